import type { Database, Statement } from 'better-sqlite3';
import type { StoredWatchReport, WatchTotals } from '../transfer/watch-ports.ts';

/** The table `watch_reports`; methods as in `WatchReportStore`, synchronous. */
export class WatchReportsTable {
  readonly #save: Statement<[StoredWatchReport]>;
  readonly #list: Statement<[], StoredWatchReport>;
  readonly #totals: Statement<[], WatchTotals>;

  constructor(db: Database) {
    this.#save = db.prepare(`
      INSERT OR REPLACE INTO watch_reports (client_row, files, bytes, failing, oldest, why, reported_at)
      SELECT row, :files, :bytes, :failing, :oldest, :why, :reportedAt FROM clients WHERE row = :clientRow`);
    this.#list = db.prepare(`
      SELECT client_row AS clientRow, files, bytes, failing, oldest, why, reported_at AS reportedAt
      FROM watch_reports ORDER BY client_row`);
    // total() and not sum(): what clients claim may be more together than an integer holds.
    this.#totals = db.prepare(`
      SELECT count(*) AS clients, total(files) AS files, total(bytes) AS bytes,
             count(nullif(failing, 0)) AS failing, min(oldest) AS oldest
      FROM watch_reports JOIN clients ON clients.row = client_row WHERE revoked_at IS NULL`);
  }

  save(report: StoredWatchReport): void {
    this.#save.run(report);
  }

  list(): readonly StoredWatchReport[] {
    return this.#list.all();
  }

  totals(): WatchTotals {
    return this.#totals.get() ?? { clients: 0, files: 0, bytes: 0, failing: 0, oldest: null };
  }
}
