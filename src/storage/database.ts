import { Thread, threadEntry } from '../base/thread-call.ts';
import type { ClientDirectory, FileLedger } from '../transfer/ports.ts';
import type { ClientsTable } from './clients-table.ts';
import type { DatabaseThreadApi } from './database-thread.ts';
import type { FilesTable } from './files-table.ts';

/** Database calls that may wait; one more is refused with `busy`. */
const MAX_PENDING = 4096;

/** The asynchronous port to the database and its thread. */
export class Database implements AsyncDisposable {
  readonly clients: ClientDirectory;
  readonly files: FileLedger;
  readonly #thread: Thread<DatabaseThreadApi>;

  private constructor(thread: Thread<DatabaseThreadApi>) {
    this.#thread = thread;
    this.clients = clientDirectory(thread);
    this.files = fileLedger(thread);
  }

  /** @throws `schema-too-new`; `storage-failed` */
  static async open(file: string): Promise<Database> {
    const thread = new Thread<DatabaseThreadApi>(threadEntry('database-thread', import.meta.url), {
      maxPending: MAX_PENDING,
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    try {
      await thread.call('open', file);
    } catch (error) {
      await thread[Symbol.asyncDispose]();
      throw error;
    }
    return new Database(thread);
  }

  get death(): Promise<Error> {
    return this.#thread.death;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.call('close');
    await this.#thread[Symbol.asyncDispose]();
  }
}

function clientDirectory(thread: Thread<DatabaseThreadApi>): ClientDirectory {
  const call = <K extends keyof ClientsTable>(method: K, ...args: Parameters<ClientsTable[K]>) =>
    thread.call('clients', method, args) as Promise<ReturnType<ClientsTable[K]>>;
  return {
    register: (client, now, deadBefore) => call('register', client, now, deadBefore),
    find: (id) => call('find', id),
    findByName: (nameKey) => call('findByName', nameKey),
    bindKey: (id, key, now) => call('bindKey', id, key, now),
    startSession: (row, now) => call('startSession', row, now),
    saveDialect: (row, dialect) => call('saveDialect', row, dialect),
    forgetDead: (before) => call('forgetDead', before),
    reset: (nameKey) => call('reset', nameKey),
    list: () => call('list'),
  };
}

function fileLedger(thread: Thread<DatabaseThreadApi>): FileLedger {
  const call = <K extends keyof FilesTable>(method: K, ...args: Parameters<FilesTable[K]>) =>
    thread.call('files', method, args) as Promise<ReturnType<FilesTable[K]>>;
  return {
    findOpen: (clientRow, path) => call('findOpen', clientRow, path),
    recordPending: (file, now) => call('recordPending', file, now),
    recordWaiting: (row) => call('recordWaiting', row),
    recordFailed: (row, now) => call('recordFailed', row, now),
    recordIntent: (row) => call('recordIntent', row),
    recordVerified: (row, now) => call('recordVerified', row, now),
    listOpen: () => call('listOpen'),
    listExpired: (before) => call('listExpired', before),
  };
}
