// What a guard keeps, in memory: a database in a test of what has none.
import type { GuardStore, PinRow, SuspectRow, ThrottleRow } from '../../src/guard/ports.ts';

export class MemoryGuardStore implements GuardStore {
  readonly rows = new Map<string, SuspectRow>();
  readonly throttleRows = new Map<string, ThrottleRow>();
  pinRow: PinRow | undefined;
  /** Set to make it fail. */
  failure: Error | undefined;

  async suspects(): Promise<readonly SuspectRow[]> {
    return this.#answer(Array.from(this.rows.values()));
  }

  async saveSuspects(rows: readonly SuspectRow[], gone: readonly string[]): Promise<void> {
    await this.#answer(undefined);
    for (const who of gone) this.rows.delete(who);
    for (const row of rows) this.rows.set(row.who, row);
  }

  async pin(): Promise<PinRow | undefined> {
    return this.#answer(this.pinRow);
  }

  async savePin(pin: PinRow): Promise<void> {
    await this.#answer(undefined);
    this.pinRow = pin;
  }

  async throttles(): Promise<readonly ThrottleRow[]> {
    return this.#answer(Array.from(this.throttleRows.values()));
  }

  async saveThrottles(rows: readonly ThrottleRow[]): Promise<void> {
    await this.#answer(undefined);
    for (const row of rows) this.throttleRows.set(row.who, row);
  }

  #answer<T>(value: T): Promise<T> {
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(value);
  }
}
