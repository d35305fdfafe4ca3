import { Batcher } from '../base/batcher.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Moved, type Thread } from '../base/thread-call.ts';
import type { ResumableUpload } from '../transfer/upload-ports.ts';
import type { BlockPool } from './block-pool.ts';
import { BlockWriter } from './block-writer.ts';
import type { FileThreadApi, FilledBlock } from './file-thread.ts';
import type { Complete } from './resumable-file.ts';

const BLOCKS_IN_ONE_MESSAGE = 16;

interface Parts {
  readonly thread: Thread<FileThreadApi>;
  /** What the thread knows it by. */
  readonly number: number;
  readonly temporaryName: string;
  readonly offset: number;
  readonly pool: BlockPool;
  readonly log: Logger;
  readonly onTaken: (bytes: number) => void;
}

/** One v4 file on its way to its thread. */
export class ThreadedUpload implements ResumableUpload {
  readonly #parts: Parts;
  readonly #writer: BlockWriter;
  /** Behind it, everything handed on so far is with the thread. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    const { thread, number, pool, onTaken } = parts;
    // A message wakes a thread, which costs more than the block in it is worth: what comes while one is answered shares
    // the next.
    const appends = new Batcher<FilledBlock, ArrayBuffer>((filled) => {
      const blocks = filled.map(({ block }) => block);
      return thread.call('append', number, new Moved(filled, blocks));
    }, BLOCKS_IN_ONE_MESSAGE);
    this.#writer = new BlockWriter(pool, async (block, length) => {
      const appended = appends.add({ block, length });
      this.#last = appended;
      const back = await appended;
      onTaken(length);
      return back;
    });
  }

  get temporaryName(): string {
    return this.#parts.temporaryName;
  }

  get offset(): number {
    return this.#parts.offset;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    return this.#writer.write(chunk);
  }

  async finish(): Promise<Complete> {
    this.#writer.flush();
    await this.#handedOn();
    const { thread, number } = this.#parts;
    return thread.call('complete', number);
  }

  async park(): Promise<void> {
    await this.#end('park');
  }

  async discard(): Promise<void> {
    await this.#end('discard');
  }

  /** A failure is the thread's to tell, at the next call. */
  async #handedOn(): Promise<void> {
    await this.#last.catch(() => undefined);
  }

  async #end(how: 'park' | 'discard'): Promise<void> {
    const { thread, number, log } = this.#parts;
    // What it holds goes on to the thread before the end does.
    this.#writer.flush();
    this.#writer.stop(new SesameError('superseded', 'the upload is over'));
    await this.#handedOn();
    try {
      await thread.call(how, number);
    } catch (error) {
      // Whoever ended it has an outcome already; a leftover is removed by the next start.
      log.warning('cannot let go of an upload', { why: messageOf(error) });
    }
  }
}
