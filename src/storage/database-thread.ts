import { toStorageError } from '../base/errors.ts';
import { serveThread } from '../base/thread-call.ts';
import type { ClientsTable } from './clients-table.ts';
import { DatabaseManager } from './database-manager.ts';
import type { FilesTable } from './files-table.ts';

let manager: DatabaseManager | undefined;

/** The one writer of the database: calls are carried out one by one, in the order they come. */
const databaseThread = {
  open(file: string): void {
    manager = new DatabaseManager(file);
  },

  close(): void {
    manager?.[Symbol.dispose]();
    manager = undefined;
  },

  clients<K extends keyof ClientsTable>(method: K, args: Parameters<ClientsTable[K]>): unknown {
    return carryOut(method, opened().clients, args);
  },

  files<K extends keyof FilesTable>(method: K, args: Parameters<FilesTable[K]>): unknown {
    return carryOut(method, opened().files, args);
  },
};
export type DatabaseThreadApi = typeof databaseThread;

serveThread(databaseThread);

function opened(): DatabaseManager {
  if (!manager) throw new Error('the database is not open');
  return manager;
}

function carryOut<T extends ClientsTable | FilesTable>(
  method: keyof T & string,
  table: T,
  args: readonly unknown[],
): unknown {
  try {
    const run = table[method] as (...args: readonly unknown[]) => unknown;
    return run.call(table, ...args);
  } catch (error) {
    throw toStorageError(`database, ${method}`, error);
  }
}
