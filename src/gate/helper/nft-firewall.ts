import { SesameError } from '../../base/errors.ts';
import type { AddressBytes } from '../address-bytes.ts';
import type { Firewall, FirewallPlan } from './firewall.ts';
import {
  closeCommands,
  installCommands,
  nftInput,
  openCommands,
  removeCommands,
  ruleCount,
  shutCommands,
  type NftCommand,
} from './nft-rules.ts';
import type { RunTool } from './run-tool.ts';

interface NftObject {
  readonly rule?: unknown;
  readonly set?: { readonly elem?: readonly unknown[] };
}

/** The table `inet sesame`. Every change is one transaction of the kernel: it happens, or it does not. */
export class NftFirewall implements Firewall {
  readonly #plan: FirewallPlan;
  readonly #run: RunTool;

  constructor(plan: FirewallPlan, run: RunTool) {
    this.#plan = plan;
    this.#run = run;
  }

  install(): Promise<void> {
    return this.#commit(installCommands(this.#plan));
  }

  async stands(): Promise<boolean> {
    const objects = await this.#table();
    return objects?.filter(({ rule }) => rule !== undefined).length === ruleCount(this.#plan);
  }

  async open(address: AddressBytes, seconds: number): Promise<void> {
    try {
      await this.#commit(openCommands(address, seconds));
    } catch {
      // An element whose time ended between being added and being deleted; now it is not there.
      await this.#commit(openCommands(address, seconds));
    }
  }

  close(address: AddressBytes): Promise<void> {
    return this.#commit(closeCommands(address));
  }

  shut(): Promise<void> {
    return this.#commit(shutCommands());
  }

  async remove(): Promise<string | undefined> {
    const objects = await this.#table();
    if (objects === undefined) return undefined;
    await this.#commit(removeCommands());
    const open = objects.reduce((sum, { set }) => sum + (set?.elem?.length ?? 0), 0);
    return `nftables: the table inet sesame, with ${open} ${open === 1 ? 'address' : 'addresses'} let in`;
  }

  async #commit(commands: readonly NftCommand[]): Promise<void> {
    await this.#run('nft', ['-j', '-f', '-'], { input: nftInput(commands) });
  }

  /** Everything in our table; undefined where there is none. */
  async #table(): Promise<readonly NftObject[] | undefined> {
    // Listing a table that is not there fails as listing without permission does.
    const tables = parse(await this.#run('nft', ['-j', 'list', 'tables', 'inet']));
    const ours = (object: object): boolean => 'table' in object && isOurs(object.table);
    if (!tables.some(ours)) return undefined;
    return parse(await this.#run('nft', ['-j', 'list', 'table', 'inet', 'sesame']));
  }
}

function isOurs(table: unknown): boolean {
  return typeof table === 'object' && table !== null && 'name' in table && table.name === 'sesame';
}

function parse(json: string): readonly NftObject[] {
  const value: unknown = JSON.parse(json);
  if (typeof value === 'object' && value !== null && 'nftables' in value && Array.isArray(value.nftables)) {
    return value.nftables as NftObject[];
  }
  throw new SesameError('gate-failed', 'nft answers in a form that is not known: which version is it?');
}
