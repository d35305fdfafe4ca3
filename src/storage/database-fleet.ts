import type { Thread } from '../base/thread-call.ts';
import type { FleetLineStore, JoinRequestStore } from '../transfer/join-ports.ts';
import type { WatchReportStore } from '../transfer/watch-ports.ts';
import type { DatabaseThreadApi } from './database-thread.ts';
import type { FleetLinesTable } from './fleet-lines-table.ts';
import type { JoinRequestsTable } from './join-requests-table.ts';
import type { WatchReportsTable } from './watch-reports-table.ts';

/** The ports of fleets to the database's thread. */
export function joinRequestStore(thread: Thread<DatabaseThreadApi>): JoinRequestStore {
  const call = <K extends keyof JoinRequestsTable>(method: K, ...args: Parameters<JoinRequestsTable[K]>) =>
    thread.call('joinRequests', method, args) as Promise<ReturnType<JoinRequestsTable[K]>>;
  return {
    ask: (request, bounds, now) => call('ask', request, bounds, now),
    list: (bounds, now) => call('list', bounds, now),
    approve: (which, client, now, deadBefore) => call('approve', which, client, now, deadBefore),
    deny: (which, now) => call('deny', which, now),
  };
}

export function fleetLineStore(thread: Thread<DatabaseThreadApi>): FleetLineStore {
  const call = <K extends keyof FleetLinesTable>(method: K, ...args: Parameters<FleetLinesTable[K]>) =>
    thread.call('fleetLines', method, args) as Promise<ReturnType<FleetLinesTable[K]>>;
  return {
    add: (line) => call('add', line),
    list: (now) => call('list', now),
    drop: (row) => call('drop', row),
    join: (machine, tokenHash, now, deadBefore) => call('join', machine, tokenHash, now, deadBefore),
  };
}

export function watchReportStore(thread: Thread<DatabaseThreadApi>): WatchReportStore {
  const call = <K extends keyof WatchReportsTable>(method: K, ...args: Parameters<WatchReportsTable[K]>) =>
    thread.call('watchReports', method, args) as Promise<ReturnType<WatchReportsTable[K]>>;
  return {
    save: (client, report) => call('save', client, report),
    list: () => call('list'),
    totals: (silentSince) => call('totals', silentSince),
  };
}
