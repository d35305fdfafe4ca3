import { networkOf, prefixOf } from '../base/addresses.ts';
import { type Clock, DAY } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { newClientId } from '../crypto/client-id.ts';
import { parsePin, pinText } from '../crypto/pin.ts';
import { KEYLESS_LIFETIME } from './client-registrar.ts';
import type { JoinBounds, JoinRequest, JoinRequestStore } from './join-ports.ts';
import { checkMachineName, checkOwnName } from './machine-name.ts';
import { clientNameKey } from './storage-path.ts';
import type { Machine } from './machine-ports.ts';

/** FLEET.md 1, Bounds. */
const BOUNDS: JoinBounds = { all: 256, ofSource: 8, lifetime: DAY };

interface QueueParts {
  readonly store: JoinRequestStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What an operator decides about. The name and all of the fingerprint: neither alone says which machine it is. */
export interface Decision {
  readonly name: string;
  /** 43 characters. */
  readonly fingerprint: string;
}

/** A machine that asks, with its key as the operator sees it: 43 characters. */
export interface AskingMachine extends JoinRequest {
  readonly fingerprint: string;
  /** Milliseconds since 1970: when it is forgotten. */
  readonly expiresAt: number;
}

/** Machines that ask to join, until the operator has decided (FLEET.md 1). */
export class JoinQueue {
  readonly #parts: QueueParts;
  #changes = 0;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** How often it has become another since the server's start. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * @param address where it comes from
   * @returns where a client has had this key since
   * @throws `awaiting-approval`; `join-refused` where it was denied; `busy` behind the bounds; `bad-name`
   */
  async ask(spki: Uint8Array, name: string, address: string): Promise<void> {
    const { store, clock, log } = this.#parts;
    checkOwnName(name);
    const from = { address, source: prefixOf(address), network: networkOf(address) };
    const request = { spki, name, nameKey: clientNameKey(name), ...from };
    const asking = await store.ask(request, BOUNDS, clock.now());
    if (asking === 'known') return;
    if (asking === 'denied') throw new SesameError('join-refused', 'the operator has denied this machine');
    if (asking === 'full') {
      throw new SesameError('busy', 'too many machines wait for the operator: ask again later');
    }
    if (asking === 'new') {
      this.#changes += 1;
      log.info('a machine asks to join: sesamed clients waiting', {
        name,
        fingerprint: pinText(spki),
        address,
      });
    }
    throw new SesameError('awaiting-approval', 'the operator has not decided about this machine yet');
  }

  /** Who waits, the longest first; then who was denied. */
  async list(): Promise<readonly AskingMachine[]> {
    const { store, clock } = this.#parts;
    const all = await store.list(BOUNDS, clock.now());
    return all.map((request) => ({
      ...request,
      fingerprint: pinText(request.spki),
      expiresAt: (request.deniedAt ?? request.askedAt) + BOUNDS.lifetime,
    }));
  }

  /**
   * @param as another name than it asks for
   * @throws `not-found`; `name-taken`; `bad-name`
   */
  async approve(
    decision: Decision,
    { as, writeOnly }: { readonly as: string | null; readonly writeOnly: boolean },
  ): Promise<Machine> {
    const { store, clock } = this.#parts;
    const which = keyOf(decision);
    const name = as ?? (await this.#find(decision)).name;
    checkMachineName(name);
    const now = clock.now();
    const client = { id: newClientId(), name, nameKey: clientNameKey(name), writeOnly };
    const joined = await store.approve(which, client, now, now - KEYLESS_LIFETIME);
    if (!joined) throw noRequest(decision);
    this.#changes += 1;
    return joined;
  }

  /** @throws `not-found` */
  async deny(decision: Decision): Promise<void> {
    const { store, clock } = this.#parts;
    if (!(await store.deny(keyOf(decision), clock.now()))) throw noRequest(decision);
    this.#changes += 1;
  }

  /** As it spells its name. */
  async #find(decision: Decision): Promise<AskingMachine> {
    const found = (await this.list()).find(
      ({ fingerprint, name }) =>
        fingerprint === decision.fingerprint && clientNameKey(name) === clientNameKey(decision.name),
    );
    if (!found) throw noRequest(decision);
    return found;
  }
}

function keyOf(decision: Decision): { readonly spki: Uint8Array; readonly nameKey: string } {
  const spki = parsePin(decision.fingerprint);
  if (!spki) {
    throw new SesameError(
      'bad-setting',
      `"${decision.fingerprint}" is no fingerprint: it has 43 characters, all of them count`,
    );
  }
  return { spki, nameKey: clientNameKey(decision.name) };
}

function noRequest({ name, fingerprint }: Decision): SesameError {
  return new SesameError(
    'not-found',
    `no machine that calls itself "${name}" asks to join with the fingerprint ${fingerprint}: sesamed clients waiting`,
  );
}
