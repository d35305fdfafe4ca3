import type { Database, Statement } from 'better-sqlite3';
import type { AuditEntry, NumberedEntry } from '../accounts/ports.ts';

/** The table `audit`; methods as in `AuditLog`, synchronous. */
export class AuditTable {
  readonly #insert: Statement<[AuditEntry]>;
  readonly #list: Statement<[Record<string, unknown>], NumberedEntry>;

  constructor(db: Database) {
    this.#insert = db.prepare(`
      INSERT INTO audit (time, actor, address, action, target, outcome, detail)
      VALUES (:time, :actor, :address, :action, :target, :outcome, :detail)`);
    this.#list = db.prepare(`
      SELECT * FROM audit
      WHERE seq < :before
        AND (:search = '' OR instr(lower(concat_ws(char(10), actor, address, action, target, detail)), lower(:search)) > 0)
      ORDER BY seq DESC LIMIT :limit`);
  }

  record(entry: AuditEntry): void {
    this.#insert.run(entry);
  }

  list(before: number | null, limit: number, search: string): readonly NumberedEntry[] {
    return this.#list.all({ before: before ?? Number.MAX_SAFE_INTEGER, limit, search });
  }
}
