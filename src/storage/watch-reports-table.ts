import type { Database, Statement } from 'better-sqlite3';
import type {
  DatedWatchReport,
  ReportingClient,
  StoredWatchReport,
  WatchTotals,
} from '../transfer/watch-ports.ts';

/** The table `watch_reports`; methods as in `WatchReportStore`, synchronous. */
export class WatchReportsTable {
  readonly #save: Statement<[DatedWatchReport & ReportingClient]>;
  readonly #list: Statement<[], StoredWatchReport>;
  readonly #totals: Statement<[number], WatchTotals>;

  constructor(db: Database) {
    // Where the machine's clock makes no sense: what it said before, mended as this one, or now.
    this.#save = db.prepare(`
      INSERT OR REPLACE INTO watch_reports (client_row, files, bytes, failing, oldest, why, reported_at)
      SELECT row, :files, :bytes, :failing,
             CASE WHEN :oldest < registered_at
                  THEN coalesce((SELECT oldest FROM watch_reports WHERE client_row = clients.row), :reportedAt)
                  ELSE min(:oldest, :reportedAt) END,
             :why, :reportedAt
      FROM clients WHERE row = :row AND id = :id AND revoked_at IS NULL`);
    this.#list = db.prepare(`
      SELECT client_row AS clientRow, files, bytes, failing, oldest, why, reported_at AS reportedAt
      FROM watch_reports ORDER BY client_row`);
    // total() and not sum(): what clients claim may be more together than an integer holds.
    this.#totals = db.prepare(`
      SELECT count(*) AS clients, total(files) AS files, total(bytes) AS bytes,
             count(nullif(failing, 0)) AS failing, count(CASE WHEN reported_at < ? THEN 1 END) AS silent,
             min(oldest) AS oldest, min(reported_at) AS oldestReport
      FROM watch_reports`);
  }

  save(client: ReportingClient, report: DatedWatchReport): void {
    this.#save.run({ ...report, ...client });
  }

  list(): readonly StoredWatchReport[] {
    return this.#list.all();
  }

  totals(silentSince: number): WatchTotals {
    const totals = this.#totals.get(silentSince);
    if (!totals) throw new Error('a count has no row');
    return totals;
  }
}
