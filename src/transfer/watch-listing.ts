import type { RowId } from './ports.ts';
import type { StoredWatchReport, WatchReportStore } from './watch-ports.ts';

/** A report as the operator is shown it; also its JSON. Times are ISO 8601. */
export interface WatchListing {
  readonly files: number;
  readonly bytes: number;
  readonly failing: number;
  readonly oldest: string | null;
  readonly why: string;
  readonly reported: string;
}

/** The newest report of each client that told. */
export async function watchListings(
  store: Pick<WatchReportStore, 'list'>,
): Promise<ReadonlyMap<RowId, WatchListing>> {
  return new Map((await store.list()).map((report) => [report.clientRow, toListing(report)]));
}

function toListing({ files, bytes, failing, oldest, why, reportedAt }: StoredWatchReport): WatchListing {
  const since = oldest === null ? null : new Date(oldest).toISOString();
  return { files, bytes, failing, oldest: since, why, reported: new Date(reportedAt).toISOString() };
}
