import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressBytes } from '../address-bytes.ts';
import type { Firewall, FirewallPlan } from './firewall.ts';
import {
  addEntry,
  createSets,
  deleteEntry,
  destroySets,
  flushSets,
  installRules,
  isInstalled,
  removeRules,
  type Family,
} from './iptables-rules.ts';
import type { RunTool } from './run-tool.ts';

/** How often a set that the kernel still holds is tried again, and after how long, ms. */
const DESTROY_TRIES = 20;
const DESTROY_PAUSE = 50;

/** The chains SESAME and SESAME-OUT of both families, and the sets sesame4 and sesame6. */
export class IptablesFirewall implements Firewall {
  readonly #plan: FirewallPlan;
  readonly #ipset: RunTool;
  readonly #iptables: RunTool;
  readonly #families: readonly Family[];

  /** @param iptables as `ipset`, and holds the lock of all iptables programs where those do not by themselves */
  constructor(plan: FirewallPlan, ipset: RunTool, iptables: RunTool) {
    this.#plan = plan;
    this.#ipset = ipset;
    this.#iptables = iptables;
    // A kernel that knows no IPv6 has no such table, and no such packet.
    this.#families = existsSync('/proc/net/if_inet6') ? [4, 6] : [4];
  }

  async install(): Promise<void> {
    const fresh = (await this.#saved()).every((saved) => removeRules(saved) === undefined);
    try {
      await this.#sets(createSets());
      for (const family of this.#families) await this.#replace(family);
    } catch (error) {
      // One family alone is half a gate. What a run before left shut stays shut.
      if (fresh) await this.remove().catch(() => undefined);
      throw error;
    }
  }

  async stands(): Promise<boolean> {
    const saved = await this.#saved();
    return this.#families.every((family, i) => isInstalled(family, this.#plan, saved[i] ?? ''));
  }

  open(address: AddressBytes, seconds: number): Promise<void> {
    return this.#sets(addEntry(address, seconds));
  }

  close(address: AddressBytes): Promise<void> {
    return this.#sets(deleteEntry(address));
  }

  shut(): Promise<void> {
    return this.#sets(flushSets());
  }

  async remove(): Promise<string | undefined> {
    const found: string[] = [];
    for (const family of this.#families) {
      const rules = removeRules(await this.#save(family));
      if (rules === undefined) continue;
      await this.#restore(family, rules);
      found.push(`the chains of ${family === 4 ? 'iptables' : 'ip6tables'}`);
    }
    const names = (await this.#ipset('ipset', ['list', '-n'])).split('\n');
    const sets = ([4, 6] as const).filter((family) => names.includes(`sesame${family}`));
    if (sets.length > 0) await this.#destroy(sets);
    found.push(...sets.map((family) => `the set sesame${family}`));
    return found.length === 0 ? undefined : `iptables: ${found.join(', ')}`;
  }

  async #replace(family: Family): Promise<void> {
    const rules = async (): Promise<string> => installRules(family, this.#plan, await this.#save(family));
    try {
      await this.#restore(family, await rules());
    } catch {
      // Somebody else may have changed the table since it was read.
      await this.#restore(family, await rules());
    }
  }

  /** The kernel lets go of a set a moment after the rules that named it are gone. */
  async #destroy(families: readonly Family[]): Promise<void> {
    for (const family of families) {
      for (let tries = 1; ; tries += 1) {
        try {
          await this.#sets(destroySets([family]));
          break;
        } catch (error) {
          if (tries === DESTROY_TRIES) throw error;
          await sleep(DESTROY_PAUSE);
        }
      }
    }
  }

  async #sets(input: string): Promise<void> {
    await this.#ipset('ipset', ['restore'], { input });
  }

  #saved(): Promise<string[]> {
    return Promise.all(this.#families.map((family) => this.#save(family)));
  }

  #save(family: Family): Promise<string> {
    return this.#iptables(`${tool(family)}-save`, ['-t', 'filter']);
  }

  async #restore(family: Family, input: string): Promise<void> {
    await this.#iptables(`${tool(family)}-restore`, ['--noflush', '-w', '5'], { input });
  }
}

function tool(family: Family): string {
  return family === 4 ? 'iptables' : 'ip6tables';
}
