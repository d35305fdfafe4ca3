import { SECOND } from '../base/clock.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import { sameBytes } from '../crypto/sha256.ts';
import type { LargeFileReceiver } from './large-file-receiver.ts';
import type { LargeUpload } from './large-upload.ts';
import type { MachineRegistrar, Origin } from './machine-registrar.ts';
import type { PolicyBook } from './policy-book.ts';
import type { RateKeeper } from './rate-keeper.ts';
import type { LiveSession, SessionRegistry } from './session-registry.ts';
import type { SmallFileReceiver } from './small-file-receiver.ts';
import type { Machine } from './machine-ports.ts';
import { StreamTable } from './stream-table.ts';
import type { FileFacts, SmallFile } from './upload-ports.ts';
import { Window } from './window.ts';
import type { Published } from './version-publisher.ts';

/** How soon a client that is held to a rate is told what has been taken (PROTOCOL.md 2.4, Window). */
const SLOW_REPORT = SECOND;

/** What a session says of its own accord. */
export interface SessionEvents {
  /** So many bytes of content have been taken since it began. */
  taken(total: number): void;
  refused(stream: number, why: SesameError): void;
  /** The connection is to be closed. */
  ended(why: SesameError): void;
}

export interface SessionParts {
  readonly registrar: MachineRegistrar;
  readonly registry: SessionRegistry;
  readonly small: SmallFileReceiver;
  readonly large: LargeFileReceiver;
  readonly policies: PolicyBook;
  readonly rates: RateKeeper;
  /** How long this client is shut out yet, ms; 0 where it is not. */
  readonly blockedFor: (clientName: string) => number;
}

/** Whose connection it is, as far as TLS proved it. */
export interface Peer extends Origin {
  /** SHA-256 of the key's SubjectPublicKeyInfo, 32 bytes. */
  readonly spki: Uint8Array;
}

/** One v4 connection of one client: who it is, and the streams on which its operations run (PROTOCOL.md 2.2). */
export class Session implements LiveSession {
  readonly #parts: SessionParts;
  readonly #peer: Peer;
  readonly #events: SessionEvents;
  readonly #window: Window;
  readonly #streams = new StreamTable();
  /** Aborted when the connection is gone. */
  readonly #gone = new AbortController();
  #machine: Machine | undefined;
  #report: NodeJS.Timeout | undefined;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(parts: SessionParts, peer: Peer, events: SessionEvents) {
    this.#parts = parts;
    this.#peer = peer;
    this.#events = events;
    this.#window = new Window((total) => {
      events.taken(total);
    });
  }

  get isIn(): boolean {
    return this.#machine !== undefined;
  }

  /** @throws `not-joined` before the welcome */
  get machine(): Machine {
    if (!this.#machine) throw new SesameError('not-joined', 'no client has been welcomed on this connection');
    return this.#machine;
  }

  get clientName(): string {
    return this.machine.name;
  }

  /** Whether it may send only: as it joined, or as a policy says. */
  get isWriteOnly(): boolean {
    return this.#parts.policies.isWriteOnly(this.machine);
  }

  get window(): number {
    return this.#window.size;
  }

  /** @throws `not-joined`; `revoked`; `wrong-client-id` */
  async hello(claimedId: Uint8Array): Promise<Machine> {
    return this.#welcome(await this.#parts.registrar.recognise(this.#peer.spki), claimedId);
  }

  /** @throws as the two ways of `MachineRegistrar`; `wrong-client-id` */
  async join(
    claimedId: Uint8Array,
    way: { readonly token: Uint8Array | null; readonly name: string | null },
  ): Promise<Machine> {
    const { registrar } = this.#parts;
    const { spki } = this.#peer;
    const machine =
      way.token === null
        ? await registrar.joinOpenly(spki, way.name ?? '', this.#peer)
        : await registrar.joinByToken(spki, way.token, way.name);
    return this.#welcome(machine, claimedId);
  }

  /** Every request says whose it is, and must say the truth. @throws `wrong-client-id` */
  checkId(claimedId: Uint8Array): void {
    if (!sameBytes(claimedId, this.machine.id)) {
      throw new SesameError('wrong-client-id', 'the client id is not that of the key of this connection');
    }
  }

  /** @throws `bad-stream`, and as `LargeFileReceiver.open` */
  async open(stream: number, facts: FileFacts, startOver: boolean): Promise<LargeUpload> {
    // Who found a version there that is not his own starts over on the same stream.
    const stored = this.#streams.uploadOf(stream);
    if (startOver && stored?.beginning.state === 'stored') {
      this.#streams.end(stream);
      await stored.abandon(new SesameError('superseded', 'the client starts over'));
    }
    this.#streams.claim(stream);
    let opened: LargeUpload | undefined;
    try {
      const upload = await this.#parts.large.open(this.machine, facts, startOver, {
        taken: (bytes) => {
          opened?.took(bytes);
          this.#taken(bytes);
        },
        superseded: (why) => {
          // One that is being opened says so itself.
          if (!opened || !this.isOpen(stream, opened)) return;
          this.#streams.refuse(stream);
          this.#events.refused(stream, why);
        },
      });
      opened = upload;
      this.#streams.give(stream, upload);
      // What came for nothing is no longer in flight either.
      void upload.over.then(() => {
        this.#window.taken(upload.untaken);
      });
      return upload;
    } catch (error) {
      this.#streams.refuse(stream);
      throw error;
    }
  }

  /**
   * Content is about to come.
   *
   * @returns the upload that takes it; undefined where it is to be skipped, since its stream was refused
   * @throws `window-exceeded`; `bad-stream`; `bad-offset`; `too-large`; `over-quota`
   */
  async expect(stream: number, offset: number, bytes: number): Promise<LargeUpload | undefined> {
    this.#window.sent(bytes);
    let upload: LargeUpload | undefined;
    try {
      upload = this.#streams.taking(stream);
      if (!upload) {
        this.#window.taken(bytes);
        return undefined;
      }
      await this.#parts.large.expect(upload, offset, bytes);
      return upload;
    } catch (error) {
      this.#window.taken(bytes);
      // Who superseded it in the meantime has told the client already.
      if (upload && !this.isOpen(stream, upload)) return undefined;
      if (upload) await this.fail(stream, error instanceof Error ? error : new Error(messageOf(error)));
      throw error;
    }
  }

  /**
   * Content of an upload, as fast as its client may send.
   *
   * @returns a promise where the caller must wait, and leave the chunk as it is, before it gives more
   */
  write(upload: LargeUpload, chunk: Uint8Array): Promise<void> | undefined {
    return this.#parts.rates.pour(upload.machine, chunk, upload.signal, (slice) => upload.write(slice));
  }

  /** Content of a stream that fails ends its upload; what came is kept. */
  async fail(stream: number, why: Error): Promise<void> {
    const upload = this.#streams.uploadOf(stream);
    this.#streams.refuse(stream);
    await upload?.abandon(why);
  }

  /** Whether the stream is still this upload's, and nobody has said yet how it ends. */
  isOpen(stream: number, upload: LargeUpload): boolean {
    return this.#streams.uploadOf(stream) === upload;
  }

  /** @returns undefined where it is to be skipped. @throws `bad-stream`, and as `LargeFileReceiver.commit` */
  async commit(stream: number, size: number, sha256: Uint8Array): Promise<Published | undefined> {
    const upload = this.#streams.takeLast(stream);
    if (!upload) return undefined;
    return this.#streams.ending(stream, this.#parts.large.commit(upload, size, sha256));
  }

  /** @returns false where it is to be skipped. @throws `bad-stream` */
  async cancel(stream: number, drop: boolean): Promise<boolean> {
    const upload = this.#streams.takeLast(stream);
    if (!upload) return false;
    await this.#streams.ending(stream, this.#parts.large.cancel(upload, drop));
    return true;
  }

  /** @throws `window-exceeded`; `bad-stream`, and as `SmallFileReceiver.receive` */
  async put(stream: number, file: SmallFile): Promise<Published> {
    this.#window.sent(file.size);
    let untaken = file.size;
    const onTaken = (): void => {
      this.#taken(untaken);
      untaken = 0;
    };
    try {
      return await this.run(stream, async () => {
        const { rates, small } = this.#parts;
        if (rates.holds(this.machine)) {
          await rates.pass(this.machine, file.size, this.#gone.signal, (bytes) => {
            this.#taken(bytes);
            untaken -= bytes;
          });
          this.#gone.signal.throwIfAborted();
        }
        return small.receive(this.machine, file, onTaken);
      });
    } finally {
      onTaken();
    }
  }

  /** Runs an operation of one answer on its stream. @throws `bad-stream` */
  async run<T>(stream: number, operation: () => Promise<T>): Promise<T> {
    this.#streams.claim(stream);
    return this.#streams.ending(stream, operation());
  }

  /**
   * A request was refused: what comes behind it on its stream is skipped.
   *
   * @returns false where its number cannot say so: the connection itself has it, or an operation under way, which would
   *   seem to be the one that was refused
   */
  refuse(stream: number): boolean {
    if (stream === 0 || this.#streams.has(stream)) return false;
    this.#streams.refuse(stream);
    return true;
  }

  /** Content that came with a request that could not be read. @throws `window-exceeded` */
  skip(bytes: number): void {
    this.#window.sent(bytes);
    this.#window.taken(bytes);
  }

  /** Runs operations one after another, in the order in which they were asked for. */
  async inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(operation);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  end(why: SesameError): void {
    this.#events.ended(why);
  }

  /** The connection is gone: what came of unfinished uploads is kept. */
  async close(): Promise<void> {
    if (this.#machine) this.#parts.registry.remove(this.#machine.row, this);
    const why = new SesameError('truncated', 'the connection ended');
    this.#gone.abort(why);
    clearTimeout(this.#report);
    await Promise.all(this.#streams.clear().map((upload) => upload.abandon(why)));
  }

  /** Little is reported soon only where the client can send no more than little. */
  #taken(bytes: number): void {
    this.#window.taken(bytes);
    if (this.#report || this.#gone.signal.aborted || !this.#parts.rates.holds(this.machine)) return;
    this.#report = setTimeout(() => {
      this.#report = undefined;
      this.#window.reportNow();
    }, SLOW_REPORT);
    this.#report.unref();
  }

  #welcome(machine: Machine, claimedId: Uint8Array): Machine {
    if (claimedId.some((byte) => byte !== 0) && !sameBytes(claimedId, machine.id)) {
      throw new SesameError('wrong-client-id', 'the client id is not that of the key of this connection');
    }
    const blocked = this.#parts.blockedFor(machine.name);
    if (blocked > 0)
      throw new SesameError('blocked', `blocked for another ${Math.ceil(blocked / SECOND)} seconds`);
    this.#machine = machine;
    this.#parts.registry.add(machine.row, this);
    return machine;
  }
}
