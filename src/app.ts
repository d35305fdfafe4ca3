import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Clock, HOUR, SECOND, systemClock } from './base/clock.ts';
import { messageOf, SesameError } from './base/errors.ts';
import type { LoggerFactory } from './base/logger.ts';
import type { LoadedSettings } from './config/load-settings.ts';
import type { Settings } from './config/settings.ts';
import { ControlServer } from './control/control-server.ts';
import type { Operator } from './control/operations.ts';
import { KeyWrapper } from './crypto/key-wrapper.ts';
import { pinText, spkiHashOf, spkiHashOfPem } from './crypto/pin.ts';
import { receiptPublicKey } from './crypto/receipt-key.ts';
import { Sealer } from './crypto/sealing.ts';
import type { GetHandlerForCode } from './handlers/get-handler-for-code.ts';
import { traced } from './handlers/traced.ts';
import { v3Handlers } from './handlers/v3/v3-handlers.ts';
import { v4Handlers } from './handlers/v4/v4-handlers.ts';
import { AccessTokens } from './accounts/access-tokens.ts';
import { People } from './accounts/people.ts';
import { describeSettings, startGateway, type RunningGateway } from './gateway-app.ts';
import { Metrics } from './gateway/metrics.ts';
import { signInLink } from './gateway/sign-in-link.ts';
import { formatAddress, LOOPBACK_HOSTS, type ListenAddress } from './server/listening.ts';
import { choosePort, type PortChoice } from './server/port-choice.ts';
import { v4SecureContext } from './server/tls-upgrade.ts';
import { TransferServer } from './server/transfer-server.ts';
import { parseV3Access } from './server/v3-access.ts';
import { v3Conversation } from './server/v3-conversation.ts';
import { V4Conversation } from './server/v4-conversation.ts';
import { controlSocketPath, DataFolder } from './storage/data-folder.ts';
import { Database } from './storage/database.ts';
import { diskState } from './storage/disk-space.ts';
import { ThreadedFileBrowser } from './storage/file-browser.ts';
import { FileStorage } from './storage/file-storage.ts';
import { JournalStorage } from './storage/journal-storage.ts';
import { Activity } from './transfer/activity.ts';
import { ClientRegistrar } from './transfer/client-registrar.ts';
import { DialectKeeper } from './transfer/dialect-keeper.ts';
import { FileReceiver, type ReceiverSettings } from './transfer/file-receiver.ts';
import { LargeFileReceiver } from './transfer/large-file-receiver.ts';
import { MachineRegistrar } from './transfer/machine-registrar.ts';
import { OwnFiles } from './transfer/own-files.ts';
import { PathHolders } from './transfer/path-holders.ts';
import { recover } from './transfer/recovery.ts';
import { Session, type SessionParts } from './transfer/session.ts';
import { SessionRegistry } from './transfer/session-registry.ts';
import { SmallFileReceiver } from './transfer/small-file-receiver.ts';
import { StoredFiles } from './transfer/stored-files.ts';
import { VersionPublisher } from './transfer/version-publisher.ts';

const IDLE_CHECK = SECOND;

/** A server that accepts connections. */
export interface RunningServer {
  readonly addresses: readonly ListenAddress[];
  /** Where a browser finds the console; null without one. */
  readonly origin: string | null;
  /** For the first operator, who has no password yet. */
  readonly firstSignIn: string | null;
  readonly registrar: ClientRegistrar;
  /** Settles when nobody has been connected for `idle-exit`; never without that setting. */
  readonly idle: Promise<void>;
  /** Settles if a thread of the server died: nothing good can come of going on. */
  readonly broken: Promise<Error>;
  /** Drains within the grace time and lets go of everything. */
  stop(): Promise<void>;
}

interface ServerOptions {
  readonly loggers: LoggerFactory;
  readonly version: string;
  readonly clock?: Clock;
}

/**
 * The composition root: wires the parts of a server and starts them, in this order, so that the first connection finds
 * everything in place.
 *
 * @throws SesameError of kind config or storage, whose message tells the operator what to do
 */
export async function startServer(
  { settings, sources }: LoadedSettings,
  { loggers, version, clock = systemClock }: ServerOptions,
): Promise<RunningServer> {
  const log = loggers('server');
  const v3Access = parseV3Access(settings['v3.access']);
  const port = choosePort(settings.port);

  await using stack = new AsyncDisposableStack();
  const folder = stack.use(new DataFolder(settings['data-dir']));
  const sealer = new Sealer(await folder.sealKey());
  const identity = await folder.serverIdentity();
  const receiptKey = await folder.receiptKey();
  const serverPin = pinText(spkiHashOfPem(identity));
  const metrics = stack.use(new Metrics());
  const { fileCall, journalCall, databaseWrite, databaseRead } = metrics.observers;
  const issuer = { receiptKey, serverPin };
  const database = stack.use(await Database.open(folder.database, issuer, databaseWrite));
  const files = stack.use(new FileStorage(folder, loggers('storage'), fileCall));
  const [marks, storageLog] = [database.journal, loggers('storage')];
  const journal = stack.use(
    new JournalStorage({ folders: folder, marks, log: storageLog, observe: journalCall }),
  );
  const keys = stack.use(new KeyWrapper());
  const browser = stack.use(await ThreadedFileBrowser.open(folder.database, databaseRead));
  // A thread loads its modules from disk, which must not depend on how many connections are open by then.
  await Promise.all([files.ready(), journal.ready(), keys.ready()]);

  const activity = new Activity(clock, metrics.observers.acknowledgement);
  const storage: Storage = { database, files, journal, sealer, keys, activity };
  const v3 = v3Engine(storage, settings, loggers, clock);
  const v4 = v4Engine(storage, settings, loggers, clock);
  const own = new OwnFiles({ ledger: database.uploads, store: files.uploads, journal, activity });
  await journal.replay((placed) => own.restoreFolders(placed));
  await v4.publisher.finishInterrupted();
  const uploads = database.uploads;
  await recover({ ledger: database.files, uploads, files, clock, log: loggers('storage') });
  const stored = new StoredFiles({
    ...{ catalogue: database.catalogue, deletions: database.deletions, store: files.uploads, journal },
    ...{ publisher: v4.publisher, holders: v4.holders, v3: v3.receiver },
    receiptKey: receiptPublicKey(receiptKey),
    log: loggers('storage'),
  });
  await stored.finishDeletions();
  const tidy = async (): Promise<void> => {
    await v3.receiver.dropExpired();
    await v3.registrar.forgetDead();
    await v4.large.dropStale();
  };
  await tidy();
  every(HOUR, stack, () => {
    tidy().catch((error: unknown) => {
      log.error('cannot drop what has expired', { why: messageOf(error) });
    });
  });

  const trace = tracing(settings, loggers);
  const v3HandlersOfAll = trace(v3Handlers({ ...v3, replies: { ackPayload: settings['v3.ack-payload'] } }));
  const handlerParts = { files: own, receiptKey: receiptPublicKey(receiptKey) };

  const transfer = await TransferServer.start({
    hosts: settings.host === undefined ? LOOPBACK_HOSTS : [settings.host],
    port,
    v3: {
      access: v3Access,
      restLimit: settings['v3.idle-timeout'] * SECOND,
      converse: () => v3Conversation(v3HandlersOfAll),
    },
    v4: {
      secureContext: v4SecureContext(identity),
      identify: spkiHashOf,
      restLimit: settings['idle-timeout'] * SECOND,
      converse: (peer) =>
        new V4Conversation(
          (events) => new Session(v4, peer, events),
          (session) => trace(v4Handlers(session, handlerParts)),
        ),
    },
    onRefused: (code) => {
      activity.refused(code);
    },
    clock,
    log,
  });
  stack.defer(() => transfer.stop(0));
  reportPort(transfer.addresses, port, log);
  const address = settings.advertise ?? formatAddress(firstOf(transfer.addresses));
  const people = new People(database.people, clock);
  const tokens = new AccessTokens(database.tokens, clock);
  const web = settings['no-http']
    ? null
    : await startGateway({
        console: {
          ...{ people, tokens, audit: database.audit, clients: database.clients, browser, files: stored },
          ...{ registrar: v4.registrar, registry: v4.registry, uploads: v4.large, activity, version },
          ...{ address, pin: serverPin },
          connections: () => transfer.counts,
          disk: () => diskState(folder.path),
          transferAddresses: transfer.addresses.map(formatAddress),
          settings: describeSettings(settings, sources),
        },
        ownIdentity: (names) => folder.webIdentity(names),
        ...{ settings, metrics, version, clock, loggers },
      });
  if (web) stack.defer(() => web.gateway.stop(0));
  const operator: Operator = {
    clients: database.clients,
    registrar: v4.registrar,
    catalogue: database.catalogue,
    settled: async (client, path) => {
      await journal.settled(client, path);
      return true;
    },
    ...{ address, people, tokens, clock, audit: database.audit },
    signInLink: (secret) => signInLink(web?.origin ?? 'http://127.0.0.1:8357', secret),
    serverPin,
    receiptKey: handlerParts.receiptKey,
    filesFolder: folder.files,
  };
  stack.use(await ControlServer.start(controlSocketPath(folder.path), operator, loggers('control')));
  const firstSecret = web ? await people.firstLink() : undefined;
  if (settings['ready-file'] !== undefined) {
    writeReadyFile(settings['ready-file'], transfer.addresses, web, stack);
  }

  const parts = stack.move();
  return {
    addresses: transfer.addresses,
    origin: web?.origin ?? null,
    firstSignIn: web && firstSecret !== undefined ? signInLink(web.origin, firstSecret) : null,
    registrar: v3.registrar,
    idle: whenIdle(() => Math.min(transfer.quietFor, web?.gateway.quietFor ?? Infinity), settings),
    broken: Promise.race([database.death, files.death, journal.death, keys.death, browser.death]),
    stop: async () => {
      const until = clock.monotonic() + settings['grace-time'] * SECOND;
      // It says that the server drains for as long as it does.
      web?.gateway.drain();
      await transfer.stop(settings['grace-time'] * SECOND);
      await web?.gateway.stop(Math.max(0, until - clock.monotonic()));
      await parts.disposeAsync();
      log.info('stopped');
    },
  };
}

interface Storage {
  readonly database: Database;
  readonly files: FileStorage;
  readonly journal: JournalStorage;
  readonly sealer: Sealer;
  readonly keys: KeyWrapper;
  readonly activity: Activity;
}

function v3Engine(
  { database, files, sealer, keys, activity }: Storage,
  settings: Settings,
  loggers: LoggerFactory,
  clock: Clock,
): { registrar: ClientRegistrar; receiver: FileReceiver } {
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
  { database, files, journal, activity }: Storage,
  settings: Settings,
  loggers: LoggerFactory,
  clock: Clock,
): SessionParts & { publisher: VersionPublisher; holders: PathHolders } {
  const sessions = new SessionRegistry();
  const registrar = new MachineRegistrar({
    directory: database.machines,
    sessions,
    clock,
    openJoining: OPEN_JOINING[settings.join],
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
  return { registrar, registry: sessions, small, large, publisher, holders: shared.holders };
}

const OPEN_JOINING = { loopback: 'loopback', open: 'anywhere', token: 'nowhere' } as const;

/** A server that does not trace pays nothing for it. */
function tracing(
  settings: Settings,
  loggers: LoggerFactory,
): (handlers: GetHandlerForCode) => GetHandlerForCode {
  if (!settings.debug && !settings.trace) return (handlers) => handlers;
  const log = loggers('handlers');
  return (handlers) => traced(handlers, log);
}

function firstOf(addresses: readonly ListenAddress[]): ListenAddress {
  const [first] = addresses;
  if (!first) throw new SesameError('internal', 'this server listens nowhere');
  return first;
}

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

function every(interval: number, stack: AsyncDisposableStack, task: () => void): void {
  const timer = setInterval(task, interval);
  timer.unref();
  stack.defer(() => {
    clearInterval(timer);
  });
}

function reportPort(
  addresses: readonly ListenAddress[],
  wanted: PortChoice,
  log: ReturnType<LoggerFactory>,
): void {
  const port = addresses[0]?.port;
  if (wanted.port !== 0 && port !== wanted.port) {
    log.warning('the default port is taken, using the next free one', { taken: wanted.port, port });
  }
}

/** Written under another name first: who waits for the file never reads half of it. */
function writeReadyFile(
  path: string,
  addresses: readonly ListenAddress[],
  web: RunningGateway | null,
  stack: AsyncDisposableStack,
): void {
  const placeOf = ([first]: readonly ListenAddress[]) => ({ host: first?.address, port: first?.port });
  const ready = { transfer: placeOf(addresses), http: web && placeOf(web.addresses), pid: process.pid };
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(ready)}\n`);
    renameSync(temporary, path);
  } catch (error) {
    throw new SesameError('bad-setting', `--ready-file: ${messageOf(error)}`, { cause: error });
  }
  stack.defer(() => {
    rmSync(path, { force: true });
  });
}

function whenIdle(quietFor: () => number, settings: Settings): Promise<void> {
  const limit = settings['idle-exit'];
  // Who debugs looks at a server that waits.
  if (limit === undefined || settings.debug) return new Promise(() => undefined);
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (quietFor() < limit * SECOND) return;
      clearInterval(timer);
      resolve();
    }, IDLE_CHECK);
    timer.unref();
  });
}
