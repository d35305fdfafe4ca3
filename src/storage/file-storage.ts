import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readdir, rename, rm, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { errnoOf, SesameError, toStorageError } from '../base/errors.ts';
import { Thread, threadEntry } from '../base/thread-call.ts';
import type { FileStore, IncomingUpload, ReceiveOptions } from '../transfer/ports.ts';
import { BlockPool } from './block-pool.ts';
import type { FileThreadApi } from './file-thread.ts';
import { makeFolders, syncFolder } from './folders.ts';
import { Upload } from './upload.ts';

/** 16 MiB of blocks for all uploads together. */
const BLOCKS = 64;

/** Kept free for the database, so that it can still say no when the disk is full. */
const RESERVED_BYTES = 4 * 1024 * 1024;

const MAX_THREADS = 4;

/** A rename that cannot ever work: a folder where a file should be, or the reverse. */
const PATH_CONFLICTS = new Set(['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'ENAMETOOLONG']);

/** Files on disk: `incoming/` for what is under way, `files/<client>/…` for what is verified. */
export class FileStorage implements FileStore, AsyncDisposable {
  readonly #incoming: string;
  readonly #files: string;
  readonly #pool = new BlockPool(BLOCKS);
  readonly #threads: readonly Thread<FileThreadApi>[];
  #uploads = 0;

  constructor(folders: { readonly incoming: string; readonly files: string }) {
    this.#incoming = folders.incoming;
    this.#files = folders.files;
    const threads = Math.min(availableParallelism(), MAX_THREADS);
    this.#threads = Array.from(
      { length: threads },
      () =>
        new Thread<FileThreadApi>(threadEntry('file-thread', import.meta.url), {
          resourceLimits: { maxYoungGenerationSizeMb: 4 },
        }),
    );
  }

  get death(): Promise<Error> {
    return Promise.race(this.#threads.map((thread) => thread.death));
  }

  async receive(options: ReceiveOptions): Promise<IncomingUpload> {
    await this.#checkSpace(options.contentSize);
    const { aesKey, crc, form } = options;
    const temporaryName = randomBytes(16).toString('hex');
    const thread = this.#leastBusy();
    const number = this.#uploads++;
    await thread.call('open', number, join(this.#incoming, temporaryName), { aesKey, crc, form });
    return new Upload({ thread, number, temporaryName, pool: this.#pool });
  }

  async checkPlace(clientName: string, path: string): Promise<void> {
    const segments = [clientName, ...path.split('/')];
    for (let depth = 1; depth <= segments.length; depth++) {
      const there = await statOf(join(this.#files, ...segments.slice(0, depth)));
      if (!there) return;
      const fits = depth < segments.length ? there.isDirectory() : there.isFile();
      if (!fits) throw pathConflict();
    }
  }

  async publish(temporaryName: string, clientName: string, path: string): Promise<void> {
    const segments = [clientName, ...path.split('/')];
    const target = join(this.#files, ...segments);
    try {
      await makeFolders(this.#files, segments.slice(0, -1));
      await this.#moveInto(join(this.#incoming, temporaryName), target);
      await syncFolder(dirname(target));
    } catch (error) {
      if (PATH_CONFLICTS.has(errnoOf(error) ?? '')) {
        throw pathConflict(error);
      }
      throw toStorageError('cannot move a file to its place', error);
    }
  }

  async removeIncoming(temporaryName: string): Promise<void> {
    await rm(join(this.#incoming, temporaryName), { force: true });
  }

  async listIncoming(): Promise<readonly string[]> {
    return readdir(this.#incoming);
  }

  async readBack(temporaryName: string): Promise<{ size: number; crc32: number } | undefined> {
    return this.#leastBusy().call('readBack', join(this.#incoming, temporaryName));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()));
  }

  async #checkSpace(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#incoming);
    if (bavail * bsize < bytes + RESERVED_BYTES) {
      throw new SesameError('disk-full', `${bytes} bytes do not fit on the disk of the data folder`);
    }
  }

  async #moveInto(source: string, target: string): Promise<void> {
    try {
      await rename(source, target);
    } catch (error) {
      // Renamed already, before a crash: the file is at its place.
      const done = errnoOf(error) === 'ENOENT' && ((await statOf(target))?.isFile() ?? false);
      if (!done) throw error;
    }
  }

  #leastBusy(): Thread<FileThreadApi> {
    return this.#threads.reduce((best, thread) => (thread.pending < best.pending ? thread : best));
  }
}

/** @returns undefined when nothing is there */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw toStorageError('cannot look below files/', error);
  }
}

function pathConflict(cause?: unknown): SesameError {
  return new SesameError('bad-path', 'the path clashes with a file or folder that is there', { cause });
}
