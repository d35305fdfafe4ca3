import { createHash, type Hash } from 'node:crypto';
import { constants, writeSync } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { errnoOf, SesameError, toStorageError } from '../base/errors.ts';
import { hashInto } from './content-check.ts';
import { checkReserve } from './disk-space.ts';
import type { SharedSync } from './shared-sync.ts';

/** Write-back starts as soon as this much is dirty, so that the last sync finds little to do. */
const WRITE_BACK_SLICE = 64 * 1024 * 1024;

const CREATE_NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** A FIFO must not keep whoever opens it waiting. */
const OPEN_AGAIN = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface Complete {
  readonly size: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
}

/** One v4 upload being written, hashed as it comes; it outlives connections and processes. Lives in a file thread. */
export class ResumableFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash: Hash;
  #size: number;
  #writtenBack: number;
  #writeBack: Promise<void> | undefined;
  #failure: Error | undefined;
  #closed = false;

  private constructor(path: string, file: FileHandle, hash: Hash, size: number) {
    this.#path = path;
    this.#file = file;
    this.#hash = hash;
    this.#size = size;
    this.#writtenBack = size;
  }

  /** @throws `storage-failed`; `disk-full` */
  static async create(path: string): Promise<ResumableFile> {
    try {
      return new ResumableFile(path, await open(path, CREATE_NEW, 0o600), createHash('sha256'), 0);
    } catch (error) {
      throw toStorageError('cannot create a file in incoming/', error);
    }
  }

  /**
   * Takes up what is there, and hashes it anew.
   *
   * @returns undefined when nothing is there
   * @throws `storage-failed`, also where something else than a file is there
   */
  static async resume(path: string): Promise<ResumableFile | undefined> {
    let file: FileHandle;
    try {
      file = await open(path, OPEN_AGAIN);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw toStorageError('cannot take up an upload in incoming/', error);
    }
    try {
      if (!(await file.stat()).isFile()) throw new SesameError('storage-failed', 'an upload is no file');
      const hash = createHash('sha256');
      return new ResumableFile(path, file, hash, await hashInto(hash, file));
    } catch (error) {
      await file.close();
      throw toStorageError('cannot take up an upload in incoming/', error);
    }
  }

  get size(): number {
    return this.#size;
  }

  /** @throws `storage-failed`; `disk-full`, and again at every later call: what failed once is not tried again */
  write(bytes: Uint8Array): void {
    this.#throwIfFailed();
    try {
      // An upload may not know its size, so nobody can tell before it comes whether it fits.
      checkReserve(this.#path);
      for (let done = 0; done < bytes.byteLength;) {
        done += writeSync(this.#file.fd, bytes, done, bytes.byteLength - done, this.#size + done);
      }
    } catch (error) {
      throw this.#fail(error);
    }
    this.#hash.update(bytes);
    this.#size += bytes.byteLength;
    this.#startWriteBack();
  }

  /** @throws `storage-failed`; `disk-full` */
  async finish(incoming: SharedSync): Promise<Complete> {
    await this.#writeBack;
    this.#throwIfFailed();
    try {
      await this.#file.sync();
      await this.#close();
      await incoming.sync();
    } catch (error) {
      throw this.#fail(error);
    }
    return { size: this.#size, sha256: new Uint8Array(this.#hash.digest()) };
  }

  /** Lets go of it; what was written stays. */
  async park(): Promise<void> {
    await this.#writeBack;
    await this.#close();
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await this.park();
    try {
      await unlink(this.#path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw toStorageError('cannot remove a file from incoming/', error);
    }
  }

  #startWriteBack(): void {
    if (this.#writeBack || this.#size - this.#writtenBack < WRITE_BACK_SLICE) return;
    this.#writtenBack = this.#size;
    this.#writeBack = this.#file.datasync().then(
      () => {
        this.#writeBack = undefined;
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }

  #fail(error: unknown): Error {
    this.#failure ??= toStorageError('cannot write to incoming/', error);
    return this.#failure;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    // Before, not behind: after a close that failed, the number may be another file's.
    this.#closed = true;
    await this.#file.close();
  }
}
