import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { SesameError, toStorageError } from '../base/errors.ts';

/** Kept free for the database, so that it can still say no when the disk is full. */
const RESERVED_BYTES = 4 * 1024 * 1024;

/** @throws `disk-full` when what is kept for the database would be touched; system errors */
export function checkReserve(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize < RESERVED_BYTES)
    throw new SesameError('disk-full', 'the disk of the data folder is full');
}

/** Of the file system that a folder is on, in bytes: its size, and what is free of it for who serves. */
export async function diskState(folder: string): Promise<{ readonly total: number; readonly free: number }> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return { total: blocks * bsize, free: bavail * bsize };
}

/** The space on one disk, of which what uploads have announced and not yet written is spoken for. */
export class DiskSpace {
  readonly #folder: string;
  #promised = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws `disk-full` when so many bytes do not fit beside what is promised already */
  async promise(bytes: number): Promise<SpacePromise> {
    const promise = new SpacePromise(bytes, (change) => (this.#promised += change));
    try {
      const { bavail, bsize } = await statfs(this.#folder);
      if (bavail * bsize >= this.#promised + RESERVED_BYTES) return promise;
    } catch (error) {
      promise.release();
      throw toStorageError('cannot see how much space is left', error);
    }
    promise.release();
    throw new SesameError('disk-full', `${bytes} bytes do not fit on the disk of the data folder`);
  }
}

/** What is left of the space that one upload was promised. */
export class SpacePromise {
  readonly #change: (bytes: number) => void;
  #left: number;

  constructor(bytes: number, change: (bytes: number) => void) {
    this.#left = bytes;
    this.#change = change;
    change(bytes);
  }

  /** So much of it is used now, and shows in the file system's own count. */
  use(bytes: number): void {
    const used = Math.min(bytes, this.#left);
    this.#left -= used;
    this.#change(-used);
  }

  release(): void {
    this.use(this.#left);
  }
}
