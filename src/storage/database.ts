import { Thread, threadEntry, type ObserveCall } from '../base/thread-call.ts';
import type { DeletionLedger } from '../transfer/deletion-ports.ts';
import type { ClientDirectory, FileLedger } from '../transfer/ports.ts';
import type { FleetLineStore, JoinRequestStore } from '../transfer/join-ports.ts';
import type { WatchReportStore } from '../transfer/watch-ports.ts';
import type { PolicyStore } from '../transfer/policy-ports.ts';
import type { MachineDirectory } from '../transfer/machine-ports.ts';
import type { Catalogue, Terms, UploadLedger, VersionFacts } from '../transfer/upload-ports.ts';
import type { AuditLog, PeopleDirectory, TokenDirectory } from '../accounts/ports.ts';
import type { KnockStore } from '../gate/ports.ts';
import type { GuardStore } from '../guard/ports.ts';
import { auditLog, peopleDirectory, tokenDirectory } from './database-accounts.ts';
import { guardStore, knockStore } from './database-doors.ts';
import { fleetLineStore, joinRequestStore, watchReportStore } from './database-fleet.ts';
import type { CatalogueTable } from './catalogue-table.ts';
import type { ClientsTable } from './clients-table.ts';
import type { DatabaseThreadApi } from './database-thread.ts';
import type { DeletionsTable } from './deletions-table.ts';
import type { FilesTable } from './files-table.ts';
import type { JournalMarksTable, MarkedFile, MovedFile } from './journal-marks-table.ts';
import { packFiles, unpackOutcomes } from './journaled-batch.ts';
import type { MachinesTable } from './machines-table.ts';
import type { PoliciesTable } from './policies-table.ts';
import type { ReceiptIssuer } from './receipts-table.ts';
import type { UploadTransactions } from './upload-transactions.ts';

/** Database calls that may wait; one more is refused with `busy`. */
const MAX_PENDING = 4096;

/** What the journal asks of the database: which versions are safe in it only. */
export interface JournalMarks {
  /**
   * From now on, none of the records up to this one can be committed any more.
   *
   * @returns those of them that stand for a version
   */
  close(upTo: number): Promise<readonly number[]>;
  /** The highest record that ever stood for a version. */
  highest(): Promise<number>;
  list(): Promise<readonly MarkedFile[]>;
  listMoves(): Promise<readonly MovedFile[]>;
  /** What these records hold is durable at its place. */
  forget(upTo: number): Promise<void>;
}

/** The asynchronous port to the database and its thread. */
export class Database implements AsyncDisposable {
  readonly clients: ClientDirectory;
  readonly catalogue: Catalogue;
  readonly deletions: DeletionLedger;
  readonly files: FileLedger;
  readonly machines: MachineDirectory;
  readonly uploads: UploadLedger;
  readonly journal: JournalMarks;
  readonly people: PeopleDirectory;
  readonly tokens: TokenDirectory;
  readonly policies: PolicyStore;
  readonly audit: AuditLog;
  readonly guard: GuardStore;
  readonly knocks: KnockStore;
  readonly joinRequests: JoinRequestStore;
  readonly fleetLines: FleetLineStore;
  readonly watchReports: WatchReportStore;
  readonly #thread: Thread<DatabaseThreadApi>;

  private constructor(thread: Thread<DatabaseThreadApi>) {
    this.#thread = thread;
    this.clients = clientDirectory(thread);
    this.catalogue = catalogueOf(thread);
    this.deletions = deletionLedger(thread);
    this.files = fileLedger(thread);
    this.machines = machineDirectory(thread);
    this.uploads = uploadLedger(thread);
    this.journal = journalMarks(thread);
    this.people = peopleDirectory(thread);
    this.tokens = tokenDirectory(thread);
    this.policies = policyStore(thread);
    this.audit = auditLog(thread);
    this.guard = guardStore(thread);
    this.knocks = knockStore(thread);
    this.joinRequests = joinRequestStore(thread);
    this.fleetLines = fleetLineStore(thread);
    this.watchReports = watchReportStore(thread);
  }

  /**
   * @param observe told of each call and what it took
   * @param issuer without one, no v4 file can be committed: for tools that only read
   * @throws `schema-too-new`; `storage-failed`
   */
  static async open(file: string, issuer?: ReceiptIssuer, observe?: ObserveCall): Promise<Database> {
    const thread = new Thread<DatabaseThreadApi>(threadEntry('database-thread', import.meta.url), {
      maxPending: MAX_PENDING,
      observe,
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    try {
      await thread.call('open', file, issuer);
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

function catalogueOf(thread: Thread<DatabaseThreadApi>): Catalogue {
  const call = <K extends keyof CatalogueTable>(method: K, ...args: Parameters<CatalogueTable[K]>) =>
    thread.call('catalogue', method, args) as Promise<ReturnType<CatalogueTable[K]>>;
  return {
    list: (client, path, after, limit) => call('list', client, path, after, limit),
    find: (client, path) => call('find', client, path),
    receipts: (client, after, limit) => call('receipts', client, after, limit),
  };
}

function deletionLedger(thread: Thread<DatabaseThreadApi>): DeletionLedger {
  const call = <K extends keyof DeletionsTable>(method: K, ...args: Parameters<DeletionsTable[K]>) =>
    thread.call('deletions', method, args) as Promise<ReturnType<DeletionsTable[K]>>;
  return {
    find: (client, path) => call('find', client, path),
    record: (clientRow, path) => call('record', clientRow, path),
    finish: (clientRow, path) => call('finish', clientRow, path),
    list: () => call('list'),
  };
}

function fileLedger(thread: Thread<DatabaseThreadApi>): FileLedger {
  const call = <K extends keyof FilesTable>(method: K, ...args: Parameters<FilesTable[K]>) =>
    thread.call('files', method, args) as Promise<ReturnType<FilesTable[K]>>;
  return {
    findOpen: (clientRow, path) => call('findOpen', clientRow, path),
    roomFor: (file, rules) => call('roomFor', file, rules),
    recordPending: (file, rules, now) => call('recordPending', file, rules, now),
    recordWaiting: (row) => call('recordWaiting', row),
    recordFailed: (row, now) => call('recordFailed', row, now),
    recordIntent: (row) => call('recordIntent', row),
    recordVerified: (row, now) => call('recordVerified', row, now),
    listOpen: () => call('listOpen'),
    listExpired: (before) => call('listExpired', before),
  };
}

function machineDirectory(thread: Thread<DatabaseThreadApi>): MachineDirectory {
  const call = <K extends keyof MachinesTable>(method: K, ...args: Parameters<MachinesTable[K]>) =>
    thread.call('machines', method, args) as Promise<ReturnType<MachinesTable[K]>>;
  return {
    findBySpki: (spki) => call('findBySpki', spki),
    join: (machine, now, deadBefore) => call('join', machine, now, deadBefore),
    joinByToken: (machine, tokenHash, now) => call('joinByToken', machine, tokenHash, now),
    addToken: (token, now, deadBefore) => call('addToken', token, now, deadBefore),
    listTokens: (now) => call('listTokens', now),
    dropToken: (nameKey) => call('dropToken', nameKey),
    touch: (row, now) => call('touch', row, now),
    revoke: (nameKey) => call('revoke', nameKey),
    revokeJoinedBy: (line) => call('revokeJoinedBy', line),
  };
}

function uploadLedger(thread: Thread<DatabaseThreadApi>): UploadLedger {
  const call = <K extends keyof UploadTransactions>(method: K, ...args: Parameters<UploadTransactions[K]>) =>
    thread.call('uploads', method, args) as Promise<ReturnType<UploadTransactions[K]>>;
  return {
    findUpload: (clientRow, path) => call('findUpload', clientRow, path),
    findVersion: (clientRow, path) => call('findVersion', clientRow, path),
    findStanding: (clientRow, path) => call('findStanding', clientRow, path),
    begin: (clientRow, facts, temporaryName, rules, now) =>
      call('begin', clientRow, facts, temporaryName, rules, now),
    resume: (row, came, rules, now) => call('resume', row, came, rules, now),
    claim: (row, bytes, rules) => call('claim', row, bytes, rules),
    park: (uploads) => call('park', uploads),
    drop: (row) => call('drop', row),
    recordIntents: (files) => call('recordIntents', files.map(toIntent)),
    commitIntents: (rows, now) => call('commitIntents', rows, now),
    lacksRoom: (clientRow, version) => call('lacksRoom', clientRow, version),
    commitJournaled: async (files, now) =>
      unpackOutcomes(await thread.call('commitJournaled', packFiles(files), now)),
    recordFolder: (clientRow, folder) => call('recordFolder', clientRow, folder),
    findFolder: (clientName, path) => call('findFolder', clientName, path),
    list: (clientRow, path, after, limit) => call('list', clientRow, path, after, limit),
    listIntended: () => call('listIntended'),
    listUploads: () => call('listUploads'),
    listStale: (before) => call('listStale', before),
  };
}

type Intent = VersionFacts & Terms & { readonly row: number };

/** Just what is needed, and a digest of its own: a view would take its whole buffer along. */
function toIntent(file: Intent): Intent {
  const { row, path, size, mtime, mode, sha256, rules } = file;
  return { row, path, size, mtime, mode, sha256: new Uint8Array(sha256), rules, extends: file.extends };
}

function policyStore(thread: Thread<DatabaseThreadApi>): PolicyStore {
  const call = <K extends keyof PoliciesTable>(method: K, ...args: Parameters<PoliciesTable[K]>) =>
    thread.call('policies', method, args) as Promise<ReturnType<PoliciesTable[K]>>;
  return {
    list: () => call('list'),
    save: (policy, now) => call('save', policy, now),
    remove: (key) => call('remove', key),
    usageOf: (nameKey) => call('usageOf', nameKey),
  };
}

function journalMarks(thread: Thread<DatabaseThreadApi>): JournalMarks {
  const call = <K extends keyof JournalMarksTable>(method: K, ...args: Parameters<JournalMarksTable[K]>) =>
    thread.call('journal', method, args) as Promise<ReturnType<JournalMarksTable[K]>>;
  return {
    close: (upTo) => call('close', upTo),
    highest: () => call('highest'),
    list: () => call('list'),
    listMoves: () => call('listMoves'),
    forget: (upTo) => call('forget', upTo),
  };
}
