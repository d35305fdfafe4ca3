import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { errnoOf, SesameError, toStorageError } from '../base/errors.ts';
import { Thread, threadEntry, type ObserveCall } from '../base/thread-call.ts';
import type {
  FileStore,
  FileToPublish,
  IncomingUpload,
  ReceiveOptions,
  StoredContent,
} from '../transfer/ports.ts';
import type { Logger } from '../base/logger.ts';
import { BlockPool } from './block-pool.ts';
import { DiskSpace } from './disk-space.ts';
import type { FileFolders, FileThreadApi } from './file-thread.ts';
import { DurableFolders, syncFolder } from './folders.ts';
import { Upload } from './upload.ts';
import { UploadStorage } from './upload-storage.ts';

/** 16 MiB of blocks for all uploads together. */
const BLOCKS = 16;

const MAX_THREADS = 4;

/** A rename that cannot ever work: a folder where a file should be, or the reverse. */
const PATH_CONFLICTS = new Set(['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'ENAMETOOLONG']);

/** Files on disk: `incoming/` for what is under way, `files/<client>/…` for what is verified. */
export class FileStorage implements FileStore, AsyncDisposable {
  /** Those of v4. */
  readonly uploads: UploadStorage;
  readonly #incoming: string;
  readonly #files: string;
  readonly #folders: DurableFolders;
  readonly #space: DiskSpace;
  readonly #log: Logger;
  readonly #pool = new BlockPool(BLOCKS);
  readonly #threads: readonly Thread<FileThreadApi>[];
  #uploads = 0;

  /** @param observe told of each call to a file thread, and what it took */
  constructor(
    folders: { readonly incoming: string; readonly files: string },
    log: Logger,
    observe?: ObserveCall,
  ) {
    this.#incoming = folders.incoming;
    this.#files = folders.files;
    this.#folders = new DurableFolders(folders.files);
    this.#space = new DiskSpace(folders.incoming);
    this.#log = log;
    const threads = Math.min(availableParallelism(), MAX_THREADS);
    this.#threads = Array.from(
      { length: threads },
      () =>
        new Thread<FileThreadApi>(threadEntry('file-thread', import.meta.url), {
          workerData: { incoming: folders.incoming, files: folders.files } satisfies FileFolders,
          resourceLimits: { maxYoungGenerationSizeMb: 4 },
          observe,
        }),
    );
    this.uploads = new UploadStorage({
      incoming: folders.incoming,
      ...{ threads: this.#threads, pool: this.#pool, space: this.#space, log },
    });
  }

  /** Resolves when every thread is loaded. */
  async ready(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.ready()));
  }

  get death(): Promise<Error> {
    return Promise.race(this.#threads.map((thread) => thread.death));
  }

  async receive({ aesKey, crc, form, contentSize }: ReceiveOptions): Promise<IncomingUpload> {
    const space = await this.#space.promise(contentSize);
    const temporaryName = randomBytes(16).toString('hex');
    const number = this.#uploads++;
    const thread = this.#threadFor(number);
    try {
      await thread.call('open', number, join(this.#incoming, temporaryName), { aesKey, crc, form });
    } catch (error) {
      space.release();
      throw error;
    }
    return new Upload({ thread, number, temporaryName, pool: this.#pool, space, log: this.#log });
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

  async publish(file: FileToPublish): Promise<void> {
    const segments = [file.clientName, ...file.path.split('/')];
    const target = join(this.#files, ...segments);
    try {
      await this.#folders.make(segments.slice(0, -1));
      await this.#moveInto(target, file);
      await syncFolder(dirname(target));
    } catch (error) {
      if (PATH_CONFLICTS.has(errnoOf(error) ?? '')) throw pathConflict(error);
      throw toStorageError('cannot move a file to its place', error);
    }
  }

  async removeIncoming(temporaryName: string): Promise<void> {
    try {
      await rm(join(this.#incoming, temporaryName), { force: true });
    } catch (error) {
      throw toStorageError('cannot remove from incoming/', error);
    }
  }

  async listIncoming(): Promise<readonly string[]> {
    try {
      return await readdir(this.#incoming);
    } catch (error) {
      throw toStorageError('cannot list incoming/', error);
    }
  }

  async readBack(temporaryName: string): Promise<StoredContent | undefined> {
    return this.#read(join(this.#incoming, temporaryName));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()));
  }

  async #moveInto(target: string, { temporaryName, size, crc32 }: FileToPublish): Promise<void> {
    try {
      await rename(join(this.#incoming, temporaryName), target);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      // Renamed already, before a crash? Only if what stands there is this very content.
      const there = await this.#read(target);
      if (there?.size === size && there.crc32 === crc32) return;
      throw new SesameError('content-lost', 'the content is gone from incoming/', { cause: error });
    }
  }

  async #read(path: string): Promise<StoredContent | undefined> {
    return this.#threadFor(this.#uploads).call('readBack', path);
  }

  /** In turns: how many calls wait for a thread says little of how much work its uploads will bring. */
  #threadFor(upload: number): Thread<FileThreadApi> {
    const thread = this.#threads[upload % this.#threads.length];
    if (!thread) throw new RangeError('no file threads');
    return thread;
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
