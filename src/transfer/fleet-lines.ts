import { randomBytes } from 'node:crypto';
import { type Clock, HOUR } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { newClientId } from '../crypto/client-id.ts';
import { sha256 } from '../crypto/sha256.ts';
import { KEYLESS_LIFETIME } from './client-registrar.ts';
import type { FleetLine, FleetLineStore } from './join-ports.ts';
import { isOwnName } from './machine-name.ts';
import { NamePattern } from './name-pattern.ts';
import type { RowId } from './ports.ts';
import type { Machine } from './machine-ports.ts';

const TOKEN_BYTES = 32;
export const MOST_USES = 100_000;
/** A year, ms. */
export const LONGEST_LINE = 8760 * HOUR;

interface FleetParts {
  readonly store: FleetLineStore;
  readonly clock: Clock;
  /** There are other join lines than there were: told before whoever changed them is. */
  readonly onJoinLines: (() => Promise<void>) | undefined;
}

/** Join lines that work for many machines (FLEET.md 1). */
export class FleetLines {
  readonly #parts: FleetParts;
  #changes = 0;

  constructor(parts: FleetParts) {
    this.#parts = parts;
  }

  /** How often a line was made, used or dropped since the server's start. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * @returns the line, and its token, 32 bytes: it is nowhere else
   * @throws `bad-name` for a pattern that is none
   */
  async add(
    pattern: string,
    options: { readonly uses: number; readonly writeOnly: boolean; readonly lifetime: number },
  ): Promise<{ readonly line: FleetLine; readonly token: Uint8Array }> {
    const { store, clock } = this.#parts;
    const { text } = new NamePattern(pattern);
    const { uses, writeOnly, lifetime } = options;
    const token = randomBytes(TOKEN_BYTES);
    const madeAt = clock.now();
    const hash = sha256(token);
    const line = await store.add({
      hash,
      pattern: text,
      uses,
      writeOnly,
      madeAt,
      expiresAt: madeAt + lifetime,
    });
    await this.#changed();
    return { line, token };
  }

  /** Those that are good yet, without their secrets. */
  list(): Promise<readonly FleetLine[]> {
    return this.#parts.store.list(this.#parts.clock.now());
  }

  /** @returns what it was. @throws `not-found` */
  async drop(row: RowId): Promise<FleetLine> {
    const dropped = await this.#parts.store.drop(row);
    if (!dropped) throw new SesameError('not-found', `no fleet line has the number ${row}: sesamed joins ls`);
    await this.#changed();
    return dropped;
  }

  /**
   * @param name as the machine gives it
   * @returns undefined where no line that is good has this token
   * @throws `bad-name`; `name-taken`; neither uses the line up
   */
  async join(spki: Uint8Array, token: Uint8Array, name: string | null): Promise<Machine | undefined> {
    const { store, clock } = this.#parts;
    const now = clock.now();
    const usable = name !== null && isOwnName(name) ? name : null;
    const machine = { id: newClientId(), spki, name: usable };
    const joining = await store.join(machine, sha256(token), now, now - KEYLESS_LIFETIME);
    switch (joining.outcome) {
      case 'unknown':
        return undefined;
      case 'bad-name':
        throw new SesameError('bad-name', `no client of this join line can be called "${name ?? ''}"`);
      case 'name-taken':
        throw new SesameError('name-taken', `the name "${name ?? ''}" is taken`);
      case 'joined':
        await this.#changed();
        return joining.machine;
    }
  }

  async #changed(): Promise<void> {
    this.#changes += 1;
    await this.#parts.onJoinLines?.();
  }
}
