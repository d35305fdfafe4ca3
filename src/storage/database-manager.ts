import SqliteDatabase, { type Database } from 'better-sqlite3';
import { SesameError, toStorageError } from '../base/errors.ts';
import { AccessTokensTable } from './access-tokens-table.ts';
import { AuditTable } from './audit-table.ts';
import { CatalogueTable } from './catalogue-table.ts';
import { ClientsTable } from './clients-table.ts';
import { DeletionsTable } from './deletions-table.ts';
import { FilesTable } from './files-table.ts';
import { FleetLinesTable } from './fleet-lines-table.ts';
import { GuardTable } from './guard-table.ts';
import { JoinRequestsTable } from './join-requests-table.ts';
import { JournalMarksTable } from './journal-marks-table.ts';
import { KnocksTable } from './knocks-table.ts';
import { MachinesTable } from './machines-table.ts';
import { migrate } from './migrations.ts';
import { PeopleTable } from './people-table.ts';
import { ReceiptsTable, type ReceiptIssuer } from './receipts-table.ts';
import { UploadTransactions } from './upload-transactions.ts';
import { WatchReportsTable } from './watch-reports-table.ts';

const SYNCHRONOUS_FULL = 2;
const CACHE_KIB = 16 * 1024;
/** 16 MiB of 4 KiB pages. */
const LOG_PAGES = 4096;

/**
 * The database of one data folder: SQLite in WAL mode, every commit durable. Synchronous, so it lives in a thread of its
 * own (database-thread.ts), the one writer there is. Dispose of it with `using`.
 */
export class DatabaseManager implements Disposable {
  readonly clients: ClientsTable;
  readonly catalogue: CatalogueTable;
  readonly deletions: DeletionsTable;
  readonly files: FilesTable;
  readonly machines: MachinesTable;
  readonly uploads: UploadTransactions;
  readonly journal: JournalMarksTable;
  readonly people: PeopleTable;
  readonly tokens: AccessTokensTable;
  readonly audit: AuditTable;
  readonly guard: GuardTable;
  readonly knocks: KnocksTable;
  readonly joinRequests: JoinRequestsTable;
  readonly fleetLines: FleetLinesTable;
  readonly watchReports: WatchReportsTable;
  readonly #db: Database;

  /**
   * @param issuer without one, no v4 file can be committed
   * @throws `schema-too-new`; `storage-failed`
   */
  constructor(file: string, issuer?: ReceiptIssuer) {
    this.#db = new SqliteDatabase(file);
    try {
      this.#configure();
      migrate(this.#db);
      this.clients = new ClientsTable(this.#db);
      this.catalogue = new CatalogueTable(this.#db);
      this.deletions = new DeletionsTable(this.#db);
      this.files = new FilesTable(this.#db);
      this.machines = new MachinesTable(this.#db);
      this.people = new PeopleTable(this.#db, this.machines);
      this.tokens = new AccessTokensTable(this.#db, this.machines);
      this.audit = new AuditTable(this.#db);
      this.guard = new GuardTable(this.#db);
      this.knocks = new KnocksTable(this.#db);
      this.joinRequests = new JoinRequestsTable(this.#db, this.machines);
      this.fleetLines = new FleetLinesTable(this.#db, this.machines);
      this.watchReports = new WatchReportsTable(this.#db);
      this.journal = new JournalMarksTable(this.#db);
      this.uploads = new UploadTransactions(this.#db, new ReceiptsTable(this.#db, issuer), this.journal);
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
    // Thousands of small files a second touch more pages than the default cache and log hold.
    this.#db.pragma(`cache_size = -${CACHE_KIB}`);
    this.#db.pragma(`wal_autocheckpoint = ${LOG_PAGES}`);
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
