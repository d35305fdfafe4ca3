import type { Database, Statement } from 'better-sqlite3';
import type { StoredWatchReport } from '../transfer/watch-ports.ts';

/** The table `watch_reports`; methods as in `WatchReportStore`, synchronous. */
export class WatchReportsTable {
  readonly #save: Statement<[StoredWatchReport]>;
  readonly #list: Statement<[], StoredWatchReport>;

  constructor(db: Database) {
    this.#save = db.prepare(`
      INSERT OR REPLACE INTO watch_reports (client_row, files, bytes, failing, oldest, why, reported_at)
      SELECT row, :files, :bytes, :failing, :oldest, :why, :reportedAt FROM clients WHERE row = :clientRow`);
    this.#list = db.prepare(`
      SELECT client_row AS clientRow, files, bytes, failing, oldest, why, reported_at AS reportedAt
      FROM watch_reports ORDER BY client_row`);
  }

  save(report: StoredWatchReport): void {
    this.#save.run(report);
  }

  list(): readonly StoredWatchReport[] {
    return this.#list.all();
  }
}
