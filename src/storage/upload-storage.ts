import { randomBytes } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, SesameError, toStorageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Moved, type Thread } from '../base/thread-call.ts';
import type { FileFacts, ResumableUpload, StoredDigest, UploadStore } from '../transfer/upload-ports.ts';
import type { BlockPool } from './block-pool.ts';
import type { DiskSpace } from './disk-space.ts';
import type { FileThreadApi } from './file-thread.ts';
import type { FileToPublish } from './publisher.ts';
import { ThreadedUpload } from './resumable-upload.ts';

export interface UploadStorageParts {
  /** The folder of temporary files. */
  readonly incoming: string;
  readonly threads: readonly Thread<FileThreadApi>[];
  readonly pool: BlockPool;
  readonly space: DiskSpace;
  readonly log: Logger;
}

const TEMPORARY_NAME = /^[0-9a-f]{32}$/;

/** Large files of v4, in the threads and blocks that those of v3 use. */
export class UploadStorage implements UploadStore {
  readonly #parts: UploadStorageParts;
  #numbers = 0;

  constructor(parts: UploadStorageParts) {
    this.#parts = parts;
  }

  async create(onTaken: (bytes: number) => void): Promise<ResumableUpload> {
    const temporaryName = randomBytes(16).toString('hex');
    const { thread, number } = this.#next();
    await thread.call('create', number, this.#incoming(temporaryName));
    const { pool, log } = this.#parts;
    return new ThreadedUpload({ thread, number, temporaryName, offset: 0, pool, log, onTaken });
  }

  async resume(
    temporaryName: string,
    onTaken: (bytes: number) => void,
  ): Promise<ResumableUpload | undefined> {
    const { thread, number } = this.#next();
    const offset = await thread.call('resume', number, this.#incoming(temporaryName));
    if (offset === undefined) return undefined;
    const { pool, log } = this.#parts;
    return new ThreadedUpload({ thread, number, temporaryName, offset, pool, log, onTaken });
  }

  async sizeOf(temporaryName: string): Promise<number | undefined> {
    try {
      return (await stat(this.#incoming(temporaryName))).size;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw toStorageError('cannot look into incoming/', error);
    }
  }

  digestStart(temporaryName: string, bytes: number): Promise<Uint8Array | undefined> {
    return this.#next().thread.call('digestStart', this.#incoming(temporaryName), bytes);
  }

  async checkSpace(bytes: number): Promise<void> {
    (await this.#parts.space.promise(bytes)).release();
  }

  async publish(file: FileToPublish): Promise<void> {
    const { clientName, path, temporaryName, size, mtime, mode, keepAs } = file;
    checkTemporaryName(temporaryName);
    // A digest of its own: a view would take its whole buffer along to the thread.
    const sha256 = new Uint8Array(file.sha256);
    const plain = { clientName, path, temporaryName, size, mtime, mode, keepAs, sha256 };
    await this.#next().thread.call('publish', plain);
  }

  async makeFolder(clientName: string, folder: Omit<FileFacts, 'size'>): Promise<void> {
    const { path, mode, mtime } = folder;
    await this.#next().thread.call('makeFolder', clientName, { path, mode, mtime });
  }

  async *read(
    clientName: string,
    path: string,
    offset: number,
    size: number,
    end = size,
  ): AsyncGenerator<Uint8Array> {
    const last = Math.min(end, size);
    const { pool } = this.#parts;
    const { thread, number } = this.#next();
    await thread.call('openStored', number, clientName, path, size);
    try {
      for (let position = offset; position < last;) {
        const chunk = await readBlock(thread, number, pool, position);
        if (chunk.byteLength === 0) {
          throw new SesameError('content-lost', 'the stored file became shorter while it was read');
        }
        position += chunk.byteLength;
        yield position > last ? chunk.subarray(0, chunk.byteLength - (position - last)) : chunk;
      }
    } finally {
      await thread.call('closeStored', number);
    }
  }

  digest(clientName: string, path: string): Promise<StoredDigest | undefined> {
    return this.#next().thread.call('digestStored', clientName, path);
  }

  async remove(clientName: string, path: string): Promise<void> {
    await this.#next().thread.call('removeStored', clientName, path);
  }

  async removeIncoming(temporaryName: string): Promise<void> {
    try {
      await rm(this.#incoming(temporaryName), { force: true });
    } catch (error) {
      throw toStorageError('cannot remove from incoming/', error);
    }
  }

  #incoming(temporaryName: string): string {
    checkTemporaryName(temporaryName);
    return join(this.#parts.incoming, temporaryName);
  }

  /** Threads in turns. */
  #next(): { thread: Thread<FileThreadApi>; number: number } {
    const number = this.#numbers++;
    const { threads } = this.#parts;
    const thread = threads[number % threads.length];
    if (!thread) throw new RangeError('no file threads');
    return { thread, number };
  }
}

/** @returns a chunk of the caller's own; the block is free again */
async function readBlock(
  thread: Thread<FileThreadApi>,
  number: number,
  pool: BlockPool,
  position: number,
): Promise<Uint8Array> {
  const block = await pool.acquire();
  try {
    const filled = await thread.call('readStored', number, new Moved(block, [block]), position);
    const chunk = new Uint8Array(filled.block, 0, filled.length).slice();
    pool.release(filled.block);
    return chunk;
  } catch (error) {
    pool.lose();
    throw error;
  }
}

/** It comes from the ledger, and is a part of a path. */
function checkTemporaryName(name: string): void {
  if (!TEMPORARY_NAME.test(name)) throw new SesameError('storage-failed', 'not the name of an upload');
}
