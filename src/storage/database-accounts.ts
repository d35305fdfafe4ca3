import type { Thread } from '../base/thread-call.ts';
import type { AuditLog, PeopleDirectory, TokenDirectory } from '../accounts/ports.ts';
import type { AccessTokensTable } from './access-tokens-table.ts';
import type { AuditTable } from './audit-table.ts';
import type { DatabaseThreadApi } from './database-thread.ts';
import type { PeopleTable } from './people-table.ts';

/** The ports of accounts to the database's thread. */
export function peopleDirectory(thread: Thread<DatabaseThreadApi>): PeopleDirectory {
  const call = <K extends keyof PeopleTable>(method: K, ...args: Parameters<PeopleTable[K]>) =>
    thread.call('people', method, args) as Promise<ReturnType<PeopleTable[K]>>;
  return {
    isEmpty: () => call('isEmpty'),
    list: () => call('list'),
    find: (nameKey) => call('find', nameKey),
    add: (person, now) => call('add', person, now),
    remove: (nameKey) => call('remove', nameKey),
    setPassword: (row, passwordHash, keep) => call('setPassword', row, passwordHash, keep),
    addLink: (hash, row, expiresAt, now) => call('addLink', hash, row, expiresAt, now),
    findLink: (hash, now) => call('findLink', hash, now),
    useLink: (hash, first, passwordHash, now) => call('useLink', hash, first, passwordHash, now),
    startSession: (person, session, now) => call('startSession', person, session, now),
    findSession: (hash, now, idleSince) => call('findSession', hash, now, idleSince),
    endSession: (hash) => call('endSession', hash),
    spaceOf: (person, machine, now, deadBefore) => call('spaceOf', person, machine, now, deadBefore),
  };
}

export function tokenDirectory(thread: Thread<DatabaseThreadApi>): TokenDirectory {
  const call = <K extends keyof AccessTokensTable>(method: K, ...args: Parameters<AccessTokensTable[K]>) =>
    thread.call('tokens', method, args) as Promise<ReturnType<AccessTokensTable[K]>>;
  return {
    add: (token, client, now, deadBefore) => call('add', token, client, now, deadBefore),
    find: (hash, now) => call('find', hash, now),
    list: () => call('list'),
    remove: (row) => call('remove', row),
  };
}

export function auditLog(thread: Thread<DatabaseThreadApi>): AuditLog {
  const call = <K extends keyof AuditTable>(method: K, ...args: Parameters<AuditTable[K]>) =>
    thread.call('audit', method, args) as Promise<ReturnType<AuditTable[K]>>;
  return {
    record: (entry) => call('record', entry),
    list: (before, limit, search) => call('list', before, limit, search),
  };
}
