import { HOUR } from '../base/clock.ts';
import type { RowId } from './ports.ts';

/** A report that is older says little about now, ms. */
export const OLD_REPORT = HOUR;

/** What a watcher says of its outbox (FLEET.md 3). */
export interface WatchReport {
  readonly files: number;
  readonly bytes: number;
  /** Files that were refused or failed, and what keeps others from being found: may be more than `files`. */
  readonly failing: number;
  /** Since when the oldest waits, ms since 1970; null: nothing waits. */
  readonly oldest: number | null;
  /** What is wrong, in the client's words: any text of at most 512 bytes. */
  readonly why: string;
}

/** Whose a report is. Another key under the name of a client is another id in its row. */
export interface ReportingClient {
  readonly row: RowId;
  readonly id: Uint8Array;
}

/** A report when it comes. */
export interface DatedWatchReport extends WatchReport {
  /** Milliseconds since 1970. */
  readonly reportedAt: number;
}

/** The newest report of a client. */
export interface StoredWatchReport extends DatedWatchReport {
  readonly clientRow: RowId;
}

/** Of all clients that tell and are not revoked. */
export interface WatchTotals {
  readonly clients: number;
  readonly files: number;
  readonly bytes: number;
  /** Clients with failures. */
  readonly failing: number;
  /** Clients that have not told anything since a certain time. */
  readonly silent: number;
  /** Since when the oldest file of all waits, ms since 1970; null: nothing waits. */
  readonly oldest: number | null;
  /** When the oldest report came, ms since 1970; null: there is none. */
  readonly oldestReport: number | null;
}

export interface WatchReportStore {
  /**
   * Instead of the one before. A client that is gone, is revoked or has another key since has none. An `oldest` that cannot
   * be, ahead of the report or before the client joined, is mended: it is by the clock of a machine.
   */
  save(client: ReportingClient, report: DatedWatchReport): Promise<void>;
  /** One for each client that ever told with the key that it has. */
  list(): Promise<readonly StoredWatchReport[]>;
  /** @param silentSince who told before that, and not since, is silent; ms since 1970 */
  totals(silentSince: number): Promise<WatchTotals>;
}
