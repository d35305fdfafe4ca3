import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Clock, HOUR, SECOND, systemClock } from './base/clock.ts';
import { messageOf, SesameError } from './base/errors.ts';
import type { LoggerFactory } from './base/logger.ts';
import type { Settings } from './config/settings.ts';
import { ControlServer } from './control/control-server.ts';
import { KeyWrapper } from './crypto/key-wrapper.ts';
import { Sealer } from './crypto/sealing.ts';
import { handlersByCode } from './handlers/get-handler-for-code.ts';
import { traced } from './handlers/traced.ts';
import type { ListenAddress } from './server/listening.ts';
import { choosePort, type PortChoice } from './server/port-choice.ts';
import { TransferServer } from './server/transfer-server.ts';
import { parseV3Access } from './server/v3-access.ts';
import { controlSocketPath, DataFolder } from './storage/data-folder.ts';
import { Database } from './storage/database.ts';
import { FileStorage } from './storage/file-storage.ts';
import { ClientRegistrar } from './transfer/client-registrar.ts';
import { DialectKeeper } from './transfer/dialect-keeper.ts';
import { FileReceiver, type ReceiverSettings } from './transfer/file-receiver.ts';
import { recover } from './transfer/recovery.ts';

const LOOPBACK_HOSTS = ['127.0.0.1', '::1'];
const IDLE_CHECK = SECOND;

/** A server that accepts connections. */
export interface RunningServer {
  readonly addresses: readonly ListenAddress[];
  readonly registrar: ClientRegistrar;
  /** Settles when nobody has been connected for `idle-exit`; never without that setting. */
  readonly idle: Promise<void>;
  /** Settles if a thread of the server died: nothing good can come of going on. */
  readonly broken: Promise<Error>;
  /** Drains within the grace time and lets go of everything. */
  stop(): Promise<void>;
}

/**
 * The composition root: wires the parts of a server and starts them, in this order, so that the first connection finds
 * everything in place.
 *
 * @throws SesameError of kind config or storage, whose message tells the operator what to do
 */
export async function startServer(
  settings: Settings,
  loggers: LoggerFactory,
  clock: Clock = systemClock,
): Promise<RunningServer> {
  const log = loggers('server');
  const v3Access = parseV3Access(settings['v3.access']);
  const port = choosePort(settings.port);

  await using stack = new AsyncDisposableStack();
  const folder = stack.use(new DataFolder(settings['data-dir']));
  const sealer = new Sealer(await folder.sealKey());
  const database = stack.use(await Database.open(folder.database));
  const files = stack.use(new FileStorage(folder, loggers('storage')));
  const keys = stack.use(new KeyWrapper());
  // A thread loads its modules from disk, which must not depend on how many connections are open by then.
  await Promise.all([files.ready(), keys.ready()]);

  const directory = database.clients;
  const ledger = database.files;
  const dialects = new DialectKeeper(directory, !settings.debug);
  const registrar = new ClientRegistrar({ directory, keys, sealer, dialects, clock });
  const receiver = new FileReceiver({
    registrar,
    dialects,
    ledger,
    files,
    clock,
    log: loggers('transfer'),
    settings: receiverSettings(settings),
  });
  await recover({ ledger, files, clock, log: loggers('storage') });
  const tidy = async (): Promise<void> => {
    await receiver.dropExpired();
    await registrar.forgetDead();
  };
  await tidy();
  every(HOUR, stack, () => {
    tidy().catch((error: unknown) => {
      log.error('cannot drop what has expired', { why: messageOf(error) });
    });
  });

  const replies = { ackPayload: settings['v3.ack-payload'] };
  const handlers = handlersByCode({ registrar, receiver, replies });
  const traces = settings.debug || settings.trace;

  stack.use(await ControlServer.start(controlSocketPath(folder.path), directory, loggers('control')));
  const transfer = await TransferServer.start({
    hosts: settings.host === undefined ? LOOPBACK_HOSTS : [settings.host],
    port,
    v3Access,
    restLimit: settings['v3.idle-timeout'] * SECOND,
    getHandlerForCode: traces ? traced(handlers, loggers('handlers')) : handlers,
    clock,
    log,
  });
  stack.defer(() => transfer.stop(0));
  reportPort(transfer.addresses, port, log);
  if (settings['ready-file'] !== undefined) writeReadyFile(settings['ready-file'], transfer.addresses, stack);

  const parts = stack.move();
  return {
    addresses: transfer.addresses,
    registrar,
    idle: whenIdle(transfer, settings),
    broken: Promise.race([database.death, files.death, keys.death]),
    stop: async () => {
      await transfer.stop(settings['grace-time'] * SECOND);
      await parts.disposeAsync();
      log.info('stopped');
    },
  };
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
  stack: AsyncDisposableStack,
): void {
  const [first] = addresses;
  const ready = { transfer: { host: first?.address, port: first?.port }, http: null, pid: process.pid };
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

function whenIdle(transfer: TransferServer, settings: Settings): Promise<void> {
  const limit = settings['idle-exit'];
  // Who debugs looks at a server that waits.
  if (limit === undefined || settings.debug) return new Promise(() => undefined);
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (transfer.quietFor < limit * SECOND) return;
      clearInterval(timer);
      resolve();
    }, IDLE_CHECK);
    timer.unref();
  });
}
