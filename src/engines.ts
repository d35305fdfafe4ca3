import type { Clock } from './base/clock.ts';
import type { LoggerFactory } from './base/logger.ts';
import type { Settings } from './config/settings.ts';
import { KeyWrapper } from './crypto/key-wrapper.ts';
import { receiptPublicKey } from './crypto/receipt-key.ts';
import { Sealer } from './crypto/sealing.ts';
import type { Observers } from './gateway/metrics.ts';
import type { DataFolder } from './storage/data-folder.ts';
import { Database } from './storage/database.ts';
import { ThreadedFileBrowser } from './storage/file-browser.ts';
import { FileStorage } from './storage/file-storage.ts';
import { JournalStorage } from './storage/journal-storage.ts';
import type { ReceiptIssuer } from './storage/receipts-table.ts';
import type { Activity } from './transfer/activity.ts';
import { ClientRegistrar } from './transfer/client-registrar.ts';
import { DialectKeeper } from './transfer/dialect-keeper.ts';
import { FileReceiver, type ReceiverSettings } from './transfer/file-receiver.ts';
import { LargeFileReceiver } from './transfer/large-file-receiver.ts';
import { MachineRegistrar } from './transfer/machine-registrar.ts';
import { OwnFiles } from './transfer/own-files.ts';
import { PathHolders } from './transfer/path-holders.ts';
import { recover } from './transfer/recovery.ts';
import type { SessionParts } from './transfer/session.ts';
import { SessionRegistry } from './transfer/session-registry.ts';
import { SmallFileReceiver } from './transfer/small-file-receiver.ts';
import { StoredFiles } from './transfer/stored-files.ts';
import { VersionPublisher } from './transfer/version-publisher.ts';
import { WatchReports } from './transfer/watch-reports.ts';

/** Everything that works off the event loop on what a data folder holds. */
export interface Storage {
  readonly database: Database;
  /** A reader of its own, for who looks through all that is stored. */
  readonly browser: ThreadedFileBrowser;
  readonly files: FileStorage;
  readonly journal: JournalStorage;
  readonly sealer: Sealer;
  readonly keys: KeyWrapper;
  /** Settles if one of its threads dies. */
  readonly death: Promise<Error>;
}

/** @param stack lets go of all of it, in turn */
export async function openStorage(
  folder: DataFolder,
  issuer: ReceiptIssuer,
  { observers, loggers }: { readonly observers: Observers | undefined; readonly loggers: LoggerFactory },
  stack: AsyncDisposableStack,
): Promise<Storage> {
  const { fileCall, journalCall, databaseWrite, databaseRead } = observers ?? {};
  const log = loggers('storage');
  const sealer = new Sealer(await folder.sealKey());
  const database = stack.use(await Database.open(folder.database, issuer, databaseWrite));
  const files = stack.use(new FileStorage(folder, log, fileCall));
  const { journal: marks } = database;
  const journal = stack.use(new JournalStorage({ folders: folder, marks, log, observe: journalCall }));
  const keys = stack.use(new KeyWrapper());
  const browser = stack.use(await ThreadedFileBrowser.open(folder.database, databaseRead));
  // A thread loads its modules from disk, which must not depend on how many connections are open by then.
  await Promise.all([files.ready(), journal.ready(), keys.ready()]);
  const death = Promise.race([database.death, files.death, journal.death, keys.death, browser.death]);
  return { database, browser, files, journal, sealer, keys, death };
}

interface EngineOptions {
  /** PKCS#8 PEM. */
  readonly receiptKey: string;
  readonly settings: Settings;
  readonly activity: Activity;
  /** How long a client is shut out yet, ms; 0 where it is not. */
  readonly blockedFor: (clientName: string) => number;
  /** There are other join lines than there were. */
  readonly onJoinLines: () => Promise<void>;
  readonly clock: Clock;
  readonly loggers: LoggerFactory;
}

/** What serves clients and the operator, whatever they speak. */
export interface Engines {
  readonly v3: { readonly registrar: ClientRegistrar; readonly receiver: FileReceiver };
  readonly v4: SessionParts & { readonly publisher: VersionPublisher; readonly holders: PathHolders };
  readonly own: OwnFiles;
  readonly stored: StoredFiles;
  readonly reports: WatchReports;
  /** Drops what has expired. */
  tidy(): Promise<void>;
}

/** Wires the engines, and finishes what an earlier run left half-way, in the order that STORAGE.md has. */
export async function startEngines(storage: Storage, options: EngineOptions): Promise<Engines> {
  const { database, files, journal } = storage;
  const { receiptKey, activity, clock, loggers } = options;
  const log = loggers('storage');
  const v3 = v3Engine(storage, options);
  const v4 = v4Engine(storage, options);
  const { uploads: ledger, catalogue, deletions } = database;
  const own = new OwnFiles({ ledger, store: files.uploads, journal, activity });
  const stored = new StoredFiles({
    ...{ catalogue, deletions, store: files.uploads, journal, log },
    ...{ publisher: v4.publisher, holders: v4.holders, v3: v3.receiver },
    receiptKey: receiptPublicKey(receiptKey),
  });
  const reports = new WatchReports({ store: database.watchReports, clock, log: loggers('transfer') });
  await journal.replay((placed) => own.restoreFolders(placed));
  await v4.publisher.finishInterrupted();
  await recover({ ledger: database.files, uploads: ledger, files, clock, log });
  await stored.finishDeletions();
  const tidy = async (): Promise<void> => {
    await v3.receiver.dropExpired();
    await v3.registrar.forgetDead();
    await v4.large.dropStale();
  };
  await tidy();
  return { v3, v4, own, stored, reports, tidy };
}

function v3Engine(
  { database, files, sealer, keys }: Storage,
  { settings, activity, clock, loggers }: EngineOptions,
): Engines['v3'] {
  const directory = database.clients;
  const dialects = new DialectKeeper(directory, !settings.debug);
  const registrar = new ClientRegistrar({ directory, keys, sealer, dialects, clock });
  const receiver = new FileReceiver({
    registrar,
    dialects,
    ledger: database.files,
    files,
    clock,
    activity,
    log: loggers('transfer'),
    settings: receiverSettings(settings),
  });
  return { registrar, receiver };
}

function v4Engine(
  { database, files, journal }: Storage,
  { settings, activity, blockedFor, onJoinLines, clock, loggers }: EngineOptions,
): Engines['v4'] {
  const sessions = new SessionRegistry();
  const registrar = new MachineRegistrar({
    directory: database.machines,
    requests: database.joinRequests,
    fleetLines: database.fleetLines,
    sessions,
    clock,
    log: loggers('transfer'),
    openJoining: OPEN_JOINING[settings.join],
    onJoinLines,
  });
  const shared = {
    ledger: database.uploads,
    journal,
    store: files.uploads,
    policy: settings.conflict,
    maxUpload: settings['max-upload'] ?? Infinity,
    clock,
    activity,
    log: loggers('transfer'),
    holders: new PathHolders(),
  };
  const publisher = new VersionPublisher(shared);
  const small = new SmallFileReceiver({ ...shared, publisher });
  const large = new LargeFileReceiver({ ...shared, publisher });
  return { registrar, registry: sessions, small, large, blockedFor, publisher, holders: shared.holders };
}

const OPEN_JOINING = {
  loopback: 'loopback',
  open: 'anywhere',
  token: 'nowhere',
  approval: 'approval',
} as const;

function receiverSettings(settings: Settings): ReceiverSettings {
  return {
    dialects: {
      crc: settings['v3.crc'],
      replyTo1030: settings['v3.reply-1030'],
      maxSends: settings['v3.max-sends'],
    },
    form: settings.encrypt ? 'ciphertext' : 'plaintext',
    maxUpload: settings['max-upload'] ?? Infinity,
    wrongCrc: settings.debug,
  };
}
