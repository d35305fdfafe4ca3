import { SesameError } from '../base/errors.ts';
import type { ActiveTransfer } from './activity.ts';
import type { Holder } from './path-holders.ts';
import type { Machine } from './machine-ports.ts';
import type { FileFacts, OpenUpload, ResumableUpload, StoredVersion } from './upload-ports.ts';

/** What an upload turns out to be once its path is free: content to go on with, or nothing to send at all. */
export type Beginning = BegunUpload | { readonly state: 'stored'; readonly version: StoredVersion };

/** Content to go on with. */
export interface BegunUpload {
  readonly state: 'new' | 'resumed';
  readonly row: OpenUpload;
  readonly file: ResumableUpload;
  /** Bytes of the whole content that it may get before more must be claimed. */
  readonly claimed: number;
}

/** Who an upload belongs to, and what is done when it ends before its time. */
export interface UploadEnds {
  /** A newer upload has taken the path; nothing more comes of this one. */
  superseded(why: SesameError): void;
  /** Lets go of its file, with what came or without. Never throws. */
  letGo(upload: BegunUpload, keep: boolean): Promise<void>;
}

/** One 1103 and what follows it on its stream. */
export class LargeUpload implements Holder {
  readonly machine: Machine;
  readonly facts: FileFacts;
  readonly #over = Promise.withResolvers<undefined>();
  readonly #controller = new AbortController();
  readonly #ends: UploadEnds;
  #beginning: Beginning | undefined;
  #received = 0;
  #untaken = 0;
  #claimed = 0;
  #committing = false;
  #transfer: ActiveTransfer | undefined;

  constructor(machine: Machine, facts: FileFacts, ends: UploadEnds) {
    this.machine = machine;
    this.facts = facts;
    this.#ends = ends;
  }

  get over(): Promise<unknown> {
    return this.#over.promise;
  }

  /** Aborted when nobody wants its bytes any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Where the next byte belongs. */
  get received(): number {
    return this.#received;
  }

  /** Bytes that came, or were announced, and are not written. */
  get untaken(): number {
    return this.#untaken;
  }

  /** Bytes that may come before more must be claimed. */
  get claimed(): number {
    return this.#claimed;
  }

  get beginning(): Beginning {
    if (!this.#beginning) throw new SesameError('bad-stream', 'this upload has not been opened yet');
    return this.#beginning;
  }

  /** @param transfer where others watch it; undefined where there is nothing to send */
  begin(beginning: Beginning, transfer?: ActiveTransfer): void {
    this.#beginning = beginning;
    this.#transfer = transfer;
    this.#received = beginning.state === 'stored' ? 0 : beginning.file.offset;
    this.#claimed = beginning.state === 'stored' ? 0 : beginning.claimed;
  }

  /** More of its client's quota is its own. @param bytes in all */
  claim(bytes: number): void {
    this.#claimed = bytes;
  }

  /**
   * Content is about to come.
   *
   * @throws `bad-offset`; `too-large`
   */
  expect(offset: number, bytes: number): void {
    if (this.beginning.state === 'stored') {
      throw new SesameError('bad-offset', 'a version stands there: commit it, or start over');
    }
    if (offset !== this.#received) {
      throw new SesameError('bad-offset', `offset ${offset} where ${this.#received} is next`);
    }
    const { size } = this.facts;
    if (size !== null && offset + bytes > size) {
      throw new SesameError('too-large', `content beyond the ${size} bytes that were announced`);
    }
    this.#received += bytes;
    this.#untaken += bytes;
    this.#transfer?.add(bytes);
  }

  /** So many bytes have been written. */
  took(bytes: number): void {
    this.#untaken -= bytes;
  }

  /** @returns a promise where the caller must wait, and leave the chunk as it is, before it gives more */
  write(chunk: Uint8Array): Promise<void> | undefined {
    const { beginning } = this;
    return beginning.state === 'stored' ? undefined : beginning.file.write(chunk);
  }

  /** From here on it ends as it ends: a newer one waits. @throws the reason why it is over */
  startCommit(): void {
    this.#controller.signal.throwIfAborted();
    this.#committing = true;
  }

  supersede(): void {
    if (this.#committing || this.#controller.signal.aborted) return;
    const why = new SesameError(
      'superseded',
      'a newer upload of the same file, or its deletion, has taken over',
    );
    this.#ends.superseded(why);
    void this.abandon(why);
  }

  /** Ends it, and keeps what came for whoever goes on with it, unless there is no room for that. Never throws. */
  async abandon(why: Error): Promise<void> {
    if (this.#committing || this.#controller.signal.aborted) return;
    this.#controller.abort(why);
    // While it is being opened, who opens it sees to the rest.
    if (!this.#beginning) return;
    if (this.#beginning.state !== 'stored') await this.#ends.letGo(this.#beginning, !isRoomWanted(why));
    this.release(why);
  }

  /** It has let go of its path. @param outcome why nothing came of it; `done` where it is stored */
  release(outcome?: unknown): void {
    if (outcome === 'done') this.#transfer?.done();
    else if (isFinal(outcome)) this.#transfer?.end('failed', outcome);
    else this.#transfer?.end('interrupted', outcome);
    this.#over.resolve(undefined);
  }
}

/** Whether what came is not kept. */
function isFinal(why: unknown): boolean {
  return why instanceof SesameError && why.code !== 'truncated' && why.code !== 'superseded';
}

/** Whether it ends for want of room: what came of it takes some. */
function isRoomWanted(why: Error): boolean {
  return why instanceof SesameError && (why.code === 'disk-full' || why.code === 'over-quota');
}
