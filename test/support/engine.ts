// The transfer engine over a real database and real files, without sockets and handlers.
import { constants, privateDecrypt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Activity } from '../../src/transfer/activity.ts';
import { Sealer } from '../../src/crypto/sealing.ts';
import { wrapAesKey } from '../../src/crypto/key-wrapping.ts';
import { DataFolder } from '../../src/storage/data-folder.ts';
import { DatabaseManager } from '../../src/storage/database-manager.ts';
import { Database } from '../../src/storage/database.ts';
import { FileStorage } from '../../src/storage/file-storage.ts';
import { ClientRegistrar } from '../../src/transfer/client-registrar.ts';
import { DialectKeeper } from '../../src/transfer/dialect-keeper.ts';
import { FileReceiver, type ReceiverSettings } from '../../src/transfer/file-receiver.ts';
import type { PolicyBook } from '../../src/transfer/policy-book.ts';
import type { Policy } from '../../src/transfer/policy.ts';
import { RateKeeper } from '../../src/transfer/rate-keeper.ts';
import type { ClientDirectory, FileLedger, FileStore, RequestBody } from '../../src/transfer/ports.ts';
import { recover } from '../../src/transfer/recovery.ts';
import { bodyOf } from './bodies.ts';
import { FakeClock } from './fake-clock.ts';
import { somePolicies } from './policies.ts';
import { RecordingLogger } from './recording-logger.ts';
import { encrypt, keyPair } from './v3-cryptography.ts';

export interface Ports {
  readonly directory: ClientDirectory;
  readonly ledger: FileLedger;
  readonly files: FileStore;
}

export interface EngineOptions {
  readonly settings?: Partial<ReceiverSettings>;
  readonly maxUpload?: number;
  readonly policies?: Readonly<Record<string, Policy>>;
  readonly clock?: FakeClock;
  /** Where many are opened on one folder: its file threads, to be shared, and no thread for the database. */
  readonly files?: FileStorage;
  /** Puts something between the engine and its ports: faults, or a crash. */
  readonly wrap?: (ports: Ports) => Ports;
}

export interface EnrolledClient {
  readonly name: string;
  readonly id: Uint8Array;
  readonly aesKey: Buffer;
}

const { publicDer, privateKey } = keyPair(1024, 17);
const SETTINGS: ReceiverSettings = {
  dialects: { crc: 'auto', replyTo1030: 'auto', maxSends: 4 },
  form: 'plaintext',
  wrongCrc: false,
};

/** What append-only looks at: it is tested with whole servers. */
const NOTHING_STANDS = {
  uploads: { findStanding: async () => undefined },
  store: { digest: async () => undefined, digestStart: async () => undefined },
};

export class Engine implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly log = new RecordingLogger();
  readonly ports: Ports;
  readonly registrar: ClientRegistrar;
  readonly receiver: FileReceiver;
  readonly #folder: DataFolder;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    folder: DataFolder,
    stack: AsyncDisposableStack,
    sealer: Sealer,
    ports: Ports,
    policies: PolicyBook,
    options: EngineOptions,
  ) {
    this.#folder = folder;
    this.#stack = stack;
    this.ports = ports;
    this.clock = options.clock ?? new FakeClock();
    const { directory } = ports;
    const settings = { ...SETTINGS, ...options.settings };
    const dialects = new DialectKeeper(directory, !settings.wrongCrc);
    const keys = { wrap: async (key: Uint8Array, aesKey: Uint8Array) => wrapAesKey(key, aesKey) };
    this.registrar = new ClientRegistrar({ directory, keys, sealer, dialects, clock: this.clock });
    this.receiver = new FileReceiver({
      ...ports,
      ...NOTHING_STANDS,
      policies,
      rates: new RateKeeper({ policies, clock: this.clock }),
      registrar: this.registrar,
      dialects,
      clock: this.clock,
      activity: new Activity(this.clock),
      log: this.log,
      settings,
    });
  }

  /** Opens a data folder as a server does, but for recovery. */
  static async open(dataDir: string, options: EngineOptions = {}): Promise<Engine> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(new DataFolder(dataDir));
    const sealer = new Sealer(await folder.sealKey());
    const ports = options.files
      ? { ...tablesInProcess(stack.use(new DatabaseManager(folder.database))), files: options.files }
      : await portsInThreads(folder, stack);
    const { maxUpload = Infinity, policies = {} } = options;
    const book = await somePolicies(policies, { maxUpload });
    return new Engine(folder, stack.move(), sealer, options.wrap?.(ports) ?? ports, book, options);
  }

  async recover(): Promise<void> {
    // No client of v4 is here.
    const uploads = { listUploads: async () => [], listIntended: async () => [], park: async () => {} };
    const store = { sizeOf: async () => undefined };
    await recover({ ...this.ports, uploads, store, clock: this.clock, log: this.log });
  }

  /** Registers a client and gives it its key. */
  async enrol(name: string): Promise<EnrolledClient> {
    const id = await this.registrar.register(name);
    return { name, id, aesKey: unwrap(await this.registrar.acceptKey(id, publicDer)) };
  }

  /** 1028. @returns the CRC of the 2103 in hex */
  async send(client: EnrolledClient, name: string, plaintext: Uint8Array): Promise<string> {
    return this.sendBody(client, name, bodyOf(encrypt(client.aesKey, plaintext)));
  }

  async sendBody({ id }: EnrolledClient, name: string, body: RequestBody): Promise<string> {
    const crc = await this.receiver.receive(id, { name, contentSize: body.length }, body);
    return Buffer.from(crc).toString('hex');
  }

  /** 1029 */
  async confirm({ id }: EnrolledClient, name: string): Promise<void> {
    await this.receiver.confirm(id, name);
  }

  /** 1030 of a client that waits for an answer, or does not. @returns whether it gets one */
  async refuse({ id }: EnrolledClient, name: string, hurried = false): Promise<boolean> {
    return this.receiver.refuse(id, name, async () => hurried);
  }

  /** 1031 */
  async giveUp({ id }: EnrolledClient, name: string): Promise<void> {
    await this.receiver.giveUp(id, name);
  }

  /** What stands at the place of a file; undefined where nothing does. */
  async stored(client: string, path: string): Promise<Buffer | undefined> {
    return readFile(join(this.#folder.files, client, path)).catch(() => undefined);
  }

  async incoming(): Promise<string[]> {
    return (await readdir(this.#folder.incoming)).sort();
  }

  /** What the ledger has in `incoming/`. */
  async owned(): Promise<string[]> {
    const open = await this.ports.ledger.listOpen();
    return open.flatMap(({ temporaryName }) => temporaryName ?? []).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function portsInThreads(folder: DataFolder, stack: AsyncDisposableStack): Promise<Ports> {
  const database = stack.use(await Database.open(folder.database));
  const files = stack.use(new FileStorage(folder, new RecordingLogger()));
  return { directory: database.clients, ledger: database.files, files };
}

function tablesInProcess({ clients, files }: DatabaseManager): Pick<Ports, 'directory' | 'ledger'> {
  return {
    directory: {
      register: async (...args) => clients.register(...args),
      find: async (...args) => clients.find(...args),
      findByName: async (...args) => clients.findByName(...args),
      bindKey: async (...args) => clients.bindKey(...args),
      startSession: async (...args) => clients.startSession(...args),
      saveDialect: async (...args) => clients.saveDialect(...args),
      forgetDead: async (...args) => clients.forgetDead(...args),
      reset: async (...args) => clients.reset(...args),
      list: async () => clients.list(),
    },
    ledger: {
      findOpen: async (...args) => files.findOpen(...args),
      roomFor: async (...args) => files.roomFor(...args),
      recordPending: async (...args) => files.recordPending(...args),
      recordWaiting: async (...args) => files.recordWaiting(...args),
      recordFailed: async (...args) => files.recordFailed(...args),
      recordIntent: async (...args) => files.recordIntent(...args),
      recordVerified: async (...args) => files.recordVerified(...args),
      listOpen: async () => files.listOpen(),
      listExpired: async (...args) => files.listExpired(...args),
    },
  };
}

export function unwrap(wrapped: Uint8Array): Buffer {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return privateDecrypt({ key: privateKey, padding, oaepHash: 'sha1' }, wrapped);
}
