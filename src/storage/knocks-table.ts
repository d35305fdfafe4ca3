import type { Database, Statement } from 'better-sqlite3';
import type { AuthenticKnock, Taking } from '../gate/ports.ts';
import { IS_GOOD } from './fleet-lines-table.ts';

/** The table `knocks`; methods as in `KnockStore`, synchronous. */
export class KnocksTable {
  readonly #take: (knock: AuthenticKnock, now: number, forgetBefore: number) => Taking;
  readonly #joinLines: Statement<[{ readonly now: number }], Uint8Array>;

  constructor(db: Database) {
    const nameOfClient = db
      .prepare<[Uint8Array], string>(
        'SELECT name FROM clients WHERE id = ? AND spki IS NOT NULL AND revoked_at IS NULL AND keyless = 0',
      )
      .pluck();
    this.#joinLines = db
      .prepare<[{ readonly now: number }], Uint8Array>(
        `SELECT hash FROM tokens WHERE expires_at > :now
         UNION ALL SELECT hash FROM fleet_lines WHERE ${IS_GOOD}`,
      )
      .pluck();
    const nameOfLine = db
      .prepare<[{ readonly id: Uint8Array; readonly now: number }], string>(
        `SELECT name FROM tokens WHERE hash = :id AND expires_at > :now
         UNION ALL SELECT pattern FROM fleet_lines WHERE hash = :id AND ${IS_GOOD}`,
      )
      .pluck();
    const forget = db.prepare<[number]>('DELETE FROM knocks WHERE time < ?');
    const insert = db.prepare<[Uint8Array, Uint8Array, number]>(
      'INSERT OR IGNORE INTO knocks (id, nonce, time) VALUES (?, ?, ?)',
    );
    const take = db.transaction((knock: AuthenticKnock, now: number, forgetBefore: number): Taking => {
      const { id, nonce, time, by } = knock;
      const name = by === 'client' ? nameOfClient.get(id) : nameOfLine.get({ id, now });
      if (name === undefined) return { outcome: 'unknown' };
      forget.run(forgetBefore);
      return insert.run(id, nonce, time).changes === 1 ? { outcome: 'taken', name } : { outcome: 'replayed' };
    });
    this.#take = (knock, now, forgetBefore) => take.immediate(knock, now, forgetBefore);
  }

  take(knock: AuthenticKnock, now: number, forgetBefore: number): Taking {
    return this.#take(knock, now, forgetBefore);
  }

  joinLines(now: number): readonly Uint8Array[] {
    return this.#joinLines.all({ now });
  }
}
