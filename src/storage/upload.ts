import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Moved, type Thread } from '../base/thread-call.ts';
import type { DurableFile, IncomingUpload } from '../transfer/ports.ts';
import type { BlockPool } from './block-pool.ts';
import { BlockWriter } from './block-writer.ts';
import type { SpacePromise } from './disk-space.ts';
import type { FileThreadApi } from './file-thread.ts';

interface UploadParts {
  readonly thread: Thread<FileThreadApi>;
  /** What the thread knows it by. */
  readonly number: number;
  readonly temporaryName: string;
  readonly pool: BlockPool;
  readonly space: SpacePromise;
  readonly log: Logger;
}

/** One file on its way to its thread. */
export class Upload implements IncomingUpload {
  readonly #parts: UploadParts;
  readonly #writer: BlockWriter;
  #kept = false;

  constructor(parts: UploadParts) {
    this.#parts = parts;
    const { thread, number, pool, space } = parts;
    this.#writer = new BlockWriter(pool, async (block, length) => {
      const back = await thread.call('write', number, new Moved(block, [block]), length);
      space.use(length);
      return back;
    });
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    return this.#writer.write(chunk);
  }

  async finish(): Promise<DurableFile> {
    this.#writer.flush();
    const { thread, number, temporaryName } = this.#parts;
    return { temporaryName, ...(await thread.call('finish', number)) };
  }

  keep(): void {
    this.#kept = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { thread, number, space, log } = this.#parts;
    this.#writer.stop(new SesameError('superseded', 'the upload is over'));
    space.release();
    try {
      await thread.call('close', number, this.#kept);
    } catch (error) {
      // The upload has its own outcome; a leftover is removed by the next start.
      log.warning('cannot clear away an upload', { why: messageOf(error) });
    }
  }
}
