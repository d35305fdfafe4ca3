import { randomBytes } from 'node:crypto';
import { type Clock, DAY } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { newClientId } from '../crypto/client-id.ts';
import { sha256 } from '../crypto/sha256.ts';
import { KEYLESS_LIFETIME } from './client-registrar.ts';
import type { SessionRegistry } from './session-registry.ts';
import { FleetLines } from './fleet-lines.ts';
import type { FleetLineStore, JoinRequestStore } from './join-ports.ts';
import { JoinQueue } from './join-queue.ts';
import { checkMachineName } from './machine-name.ts';
import type { RowId } from './ports.ts';
import { clientNameKey } from './storage-path.ts';
import type { JoinToken, Machine, MachineDirectory } from './machine-ports.ts';

const TOKEN_BYTES = 32;
/** How long a join line is good for unless the operator says otherwise. */
export const JOIN_LIFETIME = DAY;

/** From where a machine may join without a token; `approval`: from anywhere, when the operator lets it. */
export type OpenJoining = 'loopback' | 'anywhere' | 'nowhere' | 'approval';

/** Where a connection comes from. */
export interface Origin {
  readonly address: string;
  readonly fromLoopback: boolean;
}

interface RegistrarParts {
  readonly directory: MachineDirectory;
  readonly requests: JoinRequestStore;
  readonly fleetLines: FleetLineStore;
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  readonly log: Logger;
  readonly openJoining: OpenJoining;
  /** There are other join lines than there were: told before whoever changed them is. */
  readonly onJoinLines?: () => Promise<void>;
}

/** Who is who in v4: machines known by their keys (PROTOCOL.md 2.3). */
export class MachineRegistrar {
  /** Machines that ask to join. */
  readonly queue: JoinQueue;
  /** Join lines for many machines. */
  readonly fleet: FleetLines;
  readonly #parts: RegistrarParts;

  constructor(parts: RegistrarParts) {
    const { requests, fleetLines, clock, log, onJoinLines } = parts;
    this.queue = new JoinQueue({ store: requests, clock, log });
    this.fleet = new FleetLines({ store: fleetLines, clock, onJoinLines });
    this.#parts = parts;
  }

  /**
   * @param spki SHA-256 of the key that the handshake proved
   * @throws `not-joined`; `revoked`
   */
  async recognise(spki: Uint8Array): Promise<Machine> {
    const machine = await this.#find(spki);
    if (!machine) throw new SesameError('not-joined', 'no client has this key: join first');
    return machine;
  }

  /**
   * @param name what the machine would be called, where the token is of many; null where it says nothing of use
   * @throws `revoked`; `token-refused`; with a token of many also `bad-name`; `name-taken`
   */
  async joinByToken(spki: Uint8Array, token: Uint8Array, name: string | null): Promise<Machine> {
    const { directory, clock, onJoinLines } = this.#parts;
    const known = await this.#find(spki);
    if (known) return known;
    const joined = await directory.joinByToken({ id: newClientId(), spki }, sha256(token), clock.now());
    if (joined) {
      await onJoinLines?.();
      return joined;
    }
    const oneOfMany = await this.fleet.join(spki, token, name);
    if (!oneOfMany) throw new SesameError('token-refused', 'this join line is unknown, used, or expired');
    return oneOfMany;
  }

  /**
   * @throws `revoked`; `join-refused`; `bad-name`; `name-taken`; where it takes approval, as `JoinQueue.ask`
   */
  async joinOpenly(spki: Uint8Array, name: string, { address, fromLoopback }: Origin): Promise<Machine> {
    const { directory, clock, openJoining } = this.#parts;
    const known = await this.#find(spki);
    if (known) return known;
    if (openJoining === 'approval') {
      await this.queue.ask(spki, name, address);
      return this.recognise(spki);
    }
    if (openJoining === 'nowhere' || (openJoining === 'loopback' && !fromLoopback)) {
      throw new SesameError(
        'join-refused',
        'joining needs a line that the operator makes with: sesamed enroll NAME',
      );
    }
    checkMachineName(name);
    const now = clock.now();
    const wanted = { id: newClientId(), spki, name, nameKey: clientNameKey(name) };
    const joined = await directory.join(wanted, now, now - KEYLESS_LIFETIME);
    if (!joined) throw new SesameError('name-taken', `the name "${name}" is taken`);
    return joined;
  }

  /**
   * Makes a token for one machine.
   *
   * @returns the token, 32 bytes: it is nowhere else
   * @throws `bad-name`; `name-taken`
   */
  async enrol(
    name: string,
    options: { readonly writeOnly: boolean; readonly lifetime: number },
  ): Promise<Uint8Array> {
    const { directory, clock, onJoinLines } = this.#parts;
    checkMachineName(name);
    const now = clock.now();
    const token = randomBytes(TOKEN_BYTES);
    const { writeOnly, lifetime } = options;
    await directory.addToken(
      { hash: sha256(token), name, nameKey: clientNameKey(name), writeOnly, expiresAt: now + lifetime },
      now,
      now - KEYLESS_LIFETIME,
    );
    await onJoinLines?.();
    return token;
  }

  /** Join lines that nobody has used yet, without their secrets. */
  joinLines(): Promise<readonly Omit<JoinToken, 'hash'>[]> {
    const { directory, clock } = this.#parts;
    return directory.listTokens(clock.now());
  }

  /** The join line of this name is good no longer. @returns false where there is none */
  async dropJoinLine(name: string): Promise<boolean> {
    const { directory, onJoinLines } = this.#parts;
    const wasThere = await directory.dropToken(clientNameKey(name));
    await onJoinLines?.();
    return wasThere;
  }

  /** Ends what it does at this moment, too. @returns false when no client of this name joined */
  async revoke(name: string): Promise<boolean> {
    const { directory, sessions } = this.#parts;
    const machine = await directory.revoke(clientNameKey(name));
    if (!machine) return false;
    sessions.endAllOf(machine.row, new SesameError('revoked', 'this client was revoked'));
    return true;
  }

  /**
   * Undoes a fleet line: it is good no longer, and nobody who joined by it is let in.
   *
   * @returns the names of those who were shut out now
   * @throws `not-found` where there is neither the line nor anybody to shut out
   */
  async revokeJoinedBy(line: RowId): Promise<readonly string[]> {
    const { directory, sessions, onJoinLines } = this.#parts;
    const { wasGood, machines } = await directory.revokeJoinedBy(line);
    for (const { row } of machines) {
      sessions.endAllOf(row, new SesameError('revoked', 'this client was revoked'));
    }
    if (!wasGood && machines.length === 0) {
      throw new SesameError('not-found', `nobody joined by fleet:${line} who is not revoked already`);
    }
    await onJoinLines?.();
    return machines.map(({ name }) => name);
  }

  async #find(spki: Uint8Array): Promise<Machine | undefined> {
    const { directory, clock } = this.#parts;
    const machine = await directory.findBySpki(spki);
    if (machine?.revoked) throw new SesameError('revoked', 'this client was revoked');
    // Not waited for: a revocation in between would end the client's sessions before this one is among them. And where it
    // fails, the disk being full, that is no reason to keep a client from what it has stored.
    if (machine) directory.touch(machine.row, clock.now()).catch(() => undefined);
    return machine;
  }
}
