import type { Thread } from '../base/thread-call.ts';
import type { WatchReportStore } from '../transfer/watch-ports.ts';
import type { DatabaseThreadApi } from './database-thread.ts';
import type { WatchReportsTable } from './watch-reports-table.ts';

/** The ports of fleets to the database's thread. */
export function watchReportStore(thread: Thread<DatabaseThreadApi>): WatchReportStore {
  const call = <K extends keyof WatchReportsTable>(method: K, ...args: Parameters<WatchReportsTable[K]>) =>
    thread.call('watchReports', method, args) as Promise<ReturnType<WatchReportsTable[K]>>;
  return {
    save: (report) => call('save', report),
    list: () => call('list'),
  };
}
