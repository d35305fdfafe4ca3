import type { Database, Statement } from 'better-sqlite3';
import type { PinRow, SuspectRow, ThrottleRow } from '../guard/ports.ts';

/** The tables `guard_…`; methods as in `GuardStore`, synchronous. */
export class GuardTable {
  readonly #suspects: Statement<[], SuspectRow>;
  readonly #pin: Statement<[], PinRow>;
  readonly #savePin: Statement<[PinRow]>;
  readonly #throttles: Statement<[], ThrottleRow>;
  readonly #saveSuspects: (rows: readonly SuspectRow[], gone: readonly string[]) => void;
  readonly #saveThrottles: (rows: readonly ThrottleRow[]) => void;

  constructor(db: Database) {
    this.#suspects = db.prepare(`
      SELECT who, score, scored_ago AS scoredAgo, strikes, struck_ago AS struckAgo, block_left AS blockLeft,
             block_by AS blockBy, reason, saved_at AS savedAt FROM guard_suspects`);
    const saveSuspect = db.prepare<[SuspectRow]>(`
      INSERT OR REPLACE INTO guard_suspects
        (who, score, scored_ago, strikes, struck_ago, block_left, block_by, reason, saved_at)
      VALUES (:who, :score, :scoredAgo, :strikes, :struckAgo, :blockLeft, :blockBy, :reason, :savedAt)`);
    const forget = db.prepare<[string]>('DELETE FROM guard_suspects WHERE who = ?');
    this.#saveSuspects = db.transaction((rows: readonly SuspectRow[], gone: readonly string[]) => {
      for (const who of gone) forget.run(who);
      for (const row of rows) saveSuspect.run(row);
    });
    this.#pin = db.prepare('SELECT hash, made_at AS madeAt FROM guard_pin');
    this.#savePin = db.prepare(
      'INSERT OR REPLACE INTO guard_pin (row, hash, made_at) VALUES (1, :hash, :madeAt)',
    );
    this.#throttles = db.prepare('SELECT who, left_ms AS left, saved_at AS savedAt FROM guard_throttles');
    const saveThrottle = db.prepare<[ThrottleRow]>(
      'INSERT OR REPLACE INTO guard_throttles (who, left_ms, saved_at) VALUES (:who, :left, :savedAt)',
    );
    // What is full again by now is as good as none.
    const dropOver = db.prepare<[number]>('DELETE FROM guard_throttles WHERE saved_at + left_ms < ?');
    this.#saveThrottles = db.transaction((rows: readonly ThrottleRow[]) => {
      for (const row of rows) {
        dropOver.run(row.savedAt);
        saveThrottle.run(row);
      }
    });
  }

  suspects(): readonly SuspectRow[] {
    return this.#suspects.all();
  }

  saveSuspects(rows: readonly SuspectRow[], gone: readonly string[]): void {
    this.#saveSuspects(rows, gone);
  }

  pin(): PinRow | undefined {
    return this.#pin.get();
  }

  savePin(pin: PinRow): void {
    this.#savePin.run(pin);
  }

  throttles(): readonly ThrottleRow[] {
    return this.#throttles.all();
  }

  saveThrottles(rows: readonly ThrottleRow[]): void {
    this.#saveThrottles(rows);
  }
}
