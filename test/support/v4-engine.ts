// The v4 engine over a real database, journal and files, without sockets and handlers; its store can be made to fail.
import { SesameError } from '../../src/base/errors.ts';
import { Activity } from '../../src/transfer/activity.ts';
import { LargeFileReceiver } from '../../src/transfer/large-file-receiver.ts';
import { PathHolders } from '../../src/transfer/path-holders.ts';
import { SmallFileReceiver } from '../../src/transfer/small-file-receiver.ts';
import type { PolicyBook } from '../../src/transfer/policy-book.ts';
import type { Policy } from '../../src/transfer/policy.ts';
import { RateKeeper } from '../../src/transfer/rate-keeper.ts';
import { StoredFiles } from '../../src/transfer/stored-files.ts';
import type { ConflictPolicy, UploadLedger, UploadStore } from '../../src/transfer/upload-ports.ts';
import { VersionPublisher, type Published } from '../../src/transfer/version-publisher.ts';
import { JournalUser, smallFile } from '../contract/journals.ts';
import { ISSUER_KEY, MTIME, version } from '../contract/tables.ts';
import { FakeClock } from './fake-clock.ts';
import { somePolicies } from './policies.ts';

export interface V4EngineOptions {
  readonly policy?: ConflictPolicy;
  readonly policies?: Readonly<Record<string, Policy>>;
  readonly beforeDeletion?: V4Engine['beforeDeletion'];
}

export type DeletionStep = 'record' | 'unlink' | 'finish';

export class V4Engine implements AsyncDisposable {
  readonly user: JournalUser;
  readonly publisher: VersionPublisher;
  readonly large: LargeFileReceiver;
  readonly small: SmallFileReceiver;
  readonly stored: StoredFiles;
  readonly policies: PolicyBook;
  readonly rates: RateKeeper;
  /** Called in place of the store's and the ledger's own, which it gets. */
  publish: (own: UploadStore['publish'], ...args: Parameters<UploadStore['publish']>) => Promise<void>;
  recordIntents: (
    own: UploadLedger['recordIntents'],
    ...args: Parameters<UploadLedger['recordIntents']>
  ) => ReturnType<UploadLedger['recordIntents']>;
  /** Called before each step of a deletion, which does not happen where it throws. */
  beforeDeletion: (step: DeletionStep) => Promise<void> | void;

  private constructor(user: JournalUser, policies: PolicyBook, options: V4EngineOptions) {
    const { beforeDeletion = () => undefined } = options;
    this.user = user;
    this.policies = policies;
    this.rates = new RateKeeper({ policies, clock: new FakeClock() });
    this.beforeDeletion = beforeDeletion;
    this.publish = (own, file) => own(file);
    this.recordIntents = (own, ...args) => own(...args);
    const { uploads, catalogue, deletions } = user.database;
    const store = user.files.uploads;
    const parts = {
      ledger: {
        ...uploads,
        recordIntents: (...args) => this.recordIntents((...same) => uploads.recordIntents(...same), ...args),
      } satisfies UploadLedger,
      store: {
        create: (onTaken) => store.create(onTaken),
        resume: (name, onTaken) => store.resume(name, onTaken),
        sizeOf: (name) => store.sizeOf(name),
        digestStart: (name, bytes) => store.digestStart(name, bytes),
        checkSpace: (bytes) => store.checkSpace(bytes),
        publish: (file) => this.publish((same) => store.publish(same), file),
        makeFolder: (client, folder) => store.makeFolder(client, folder),
        read: (...args) => store.read(...args),
        digest: (client, path) => store.digest(client, path),
        remove: async (client, path) => {
          await this.beforeDeletion('unlink');
          await store.remove(client, path);
        },
        removeIncoming: (name) => store.removeIncoming(name),
      } satisfies UploadStore,
      journal: user.journal,
      holders: new PathHolders(),
      policies,
      clock: new FakeClock(),
      activity: new Activity(new FakeClock()),
      log: user.log,
    };
    this.publisher = new VersionPublisher(parts);
    this.large = new LargeFileReceiver({ ...parts, publisher: this.publisher });
    this.small = new SmallFileReceiver({ ...parts, publisher: this.publisher });
    this.stored = new StoredFiles({
      ...parts,
      catalogue,
      deletions: {
        ...deletions,
        record: async (...args) => {
          await this.beforeDeletion('record');
          await deletions.record(...args);
        },
        finish: async (...args) => {
          await this.beforeDeletion('finish');
          await deletions.finish(...args);
        },
      },
      publisher: this.publisher,
      // No client of v3 is here.
      v3: { inTurn: (_row, _path, task) => task() },
      receiptKey: ISSUER_KEY,
    });
  }

  /** As a server starts on a folder. */
  static async open(folder: string, options: V4EngineOptions = {}): Promise<V4Engine> {
    const { policy: conflict = 'replace', policies = {} } = options;
    const user = await JournalUser.open(folder);
    const book = await somePolicies(policies, { conflict }, user.database.policies);
    const engine = new V4Engine(user, book, options);
    await engine.user.replay();
    await engine.publisher.finishInterrupted();
    await engine.stored.finishDeletions();
    return engine;
  }

  /** 1103, 1104 and 1105; begins afresh where another content of the same facts stands, or came in part. */
  async upload(path: string, content: string): Promise<Published> {
    try {
      return await this.#upload(path, content, false);
    } catch (error) {
      if (!(error instanceof SesameError) || error.code !== 'wrong-hash') throw error;
      return await this.#upload(path, content, true);
    }
  }

  /** 1106, and its file stands at its place. */
  async put(path: string, content: string): Promise<Published> {
    const { machine, journal } = this.user;
    const published = await this.small.receive(machine, smallFile(path, content), () => undefined);
    await journal.settled(machine.name, path);
    return published;
  }

  async #upload(path: string, content: string, startOver: boolean): Promise<Published> {
    const { size, sha256 } = version(path, content);
    const facts = { path, size, mtime: MTIME, mode: 0o644 };
    const events = { taken: () => undefined, superseded: () => undefined };
    const upload = await this.large.open(this.user.machine, facts, startOver, events);
    if (upload.beginning.state !== 'stored') {
      const rest = Buffer.from(content).subarray(upload.received);
      if (rest.length > 0) {
        await this.large.expect(upload, upload.received, rest.length);
        await upload.write(rest);
      }
    }
    return this.large.commit(upload, size, sha256);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.user[Symbol.asyncDispose]();
  }
}
