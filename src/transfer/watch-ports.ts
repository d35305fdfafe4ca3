import type { RowId } from './ports.ts';

/** What a watcher says of its outbox (FLEET.md 3). */
export interface WatchReport {
  readonly files: number;
  readonly bytes: number;
  /** Of the files: those that were refused or failed. */
  readonly failing: number;
  /** Since when the oldest waits, ms since 1970; null: nothing waits. */
  readonly oldest: number | null;
  /** Of the newest failure, in the client's words: any text of at most 512 bytes. */
  readonly why: string;
}

/** The newest report of a client. */
export interface StoredWatchReport extends WatchReport {
  readonly clientRow: RowId;
  /** When it came, ms since 1970. */
  readonly reportedAt: number;
}

export interface WatchReportStore {
  /** Instead of the one before. A client that is gone has none. */
  save(report: StoredWatchReport): Promise<void>;
  /** One for each client that ever told. */
  list(): Promise<readonly StoredWatchReport[]>;
}
