import type { Thread } from '../base/thread-call.ts';
import type { KnockStore } from '../gate/ports.ts';
import type { GuardStore } from '../guard/ports.ts';
import type { DatabaseThreadApi } from './database-thread.ts';
import type { GuardTable } from './guard-table.ts';
import type { KnocksTable } from './knocks-table.ts';

/** The ports of guard and gate to the database's thread. */
export function guardStore(thread: Thread<DatabaseThreadApi>): GuardStore {
  const call = <K extends keyof GuardTable>(method: K, ...args: Parameters<GuardTable[K]>) =>
    thread.call('guard', method, args) as Promise<ReturnType<GuardTable[K]>>;
  return {
    suspects: () => call('suspects'),
    saveSuspects: (rows, gone) => call('saveSuspects', rows, gone),
    pin: () => call('pin'),
    savePin: (pin) => call('savePin', pin),
    throttles: () => call('throttles'),
    saveThrottles: (rows) => call('saveThrottles', rows),
  };
}

export function knockStore(thread: Thread<DatabaseThreadApi>): KnockStore {
  const call = <K extends keyof KnocksTable>(method: K, ...args: Parameters<KnocksTable[K]>) =>
    thread.call('knocks', method, args) as Promise<ReturnType<KnocksTable[K]>>;
  return {
    take: (knock, now, forgetBefore) => call('take', knock, now, forgetBefore),
    joinLines: (now) => call('joinLines', now),
  };
}
