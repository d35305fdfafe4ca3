import SqliteDatabase, { type Database } from 'better-sqlite3';
import { SesameError, toStorageError } from '../base/errors.ts';
import { ClientsTable } from './clients-table.ts';
import { FilesTable } from './files-table.ts';
import { migrate } from './migrations.ts';

const SYNCHRONOUS_FULL = 2;

/**
 * The database of one data folder: SQLite in WAL mode, every commit durable. Synchronous, so it lives in a thread of its
 * own (database-thread.ts), the one writer there is. Dispose of it with `using`.
 */
export class DatabaseManager implements Disposable {
  readonly clients: ClientsTable;
  readonly files: FilesTable;
  readonly #db: Database;

  /** @throws `schema-too-new`; `storage-failed` */
  constructor(file: string) {
    this.#db = new SqliteDatabase(file);
    try {
      this.#configure();
      migrate(this.#db);
      this.clients = new ClientsTable(this.#db);
      this.files = new FilesTable(this.#db);
    } catch (error) {
      this.#db.close();
      throw toStorageError(`cannot open ${file}`, error);
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  /** An acknowledgement is a promise: the settings that keep it are read back, not just given. */
  #configure(): void {
    this.#db.pragma('journal_mode = WAL');
    this.#db.pragma('synchronous = FULL');
    this.#db.pragma('foreign_keys = ON');
    this.#db.pragma('busy_timeout = 5000');
    const journal = this.#db.pragma('journal_mode', { simple: true });
    const synchronous = this.#db.pragma('synchronous', { simple: true });
    if (journal !== 'wal' || synchronous !== SYNCHRONOUS_FULL) {
      throw new SesameError(
        'storage-failed',
        `SQLite runs with journal ${String(journal)}, synchronous ${String(synchronous)}: commits would not be durable`,
      );
    }
  }
}
