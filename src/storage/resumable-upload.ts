import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Thread } from '../base/thread-call.ts';
import type { ResumableUpload } from '../transfer/upload-ports.ts';
import type { BlockPool } from './block-pool.ts';
import { BlockWriter } from './block-writer.ts';
import type { FileThreadApi } from './file-thread.ts';
import type { Complete } from './resumable-file.ts';

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

  constructor(parts: Parts) {
    this.#parts = parts;
    const { thread, number, pool, onTaken } = parts;
    this.#writer = new BlockWriter(pool, async (block, length) => {
      await thread.call('append', number, block, length);
      onTaken(length);
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
    const { thread, number } = this.#parts;
    return thread.call('complete', number);
  }

  async park(): Promise<void> {
    await this.#end('park');
  }

  async discard(): Promise<void> {
    await this.#end('discard');
  }

  async #end(how: 'park' | 'discard'): Promise<void> {
    const { thread, number, log } = this.#parts;
    // What it holds goes on to the thread before the end does.
    this.#writer.flush();
    this.#writer.stop(new SesameError('superseded', 'the upload is over'));
    try {
      await thread.call(how, number);
    } catch (error) {
      // Whoever ended it has an outcome already; a leftover is removed by the next start.
      log.warning('cannot let go of an upload', { why: messageOf(error) });
    }
  }
}
