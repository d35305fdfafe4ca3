import { createHash } from 'node:crypto';
import { closeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errnoOf, SesameError, toStorageError } from '../base/errors.ts';
import { ZlibCrc32 } from '../crypto/crc.ts';
import type { StoredDigest } from '../transfer/upload-ports.ts';
import { READ_FILE, readAll } from './content-check.ts';
import { entryOf, isPathConflict, splitPlace, walk } from './folder-steps.ts';

/** What goes to a client in one frame (PROTOCOL.md 2.2, 2209). */
const READ_AT_ONCE = 256 * 1024;

/** A file at its place, for reading. Lives in a file thread. */
export class StoredFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @throws `not-found`; `content-lost` when it has another size; `storage-failed` */
  static async open(root: string, clientName: string, path: string, size: number): Promise<StoredFile> {
    const file = await openStored(root, clientName, path);
    try {
      const stat = await file.stat();
      if (stat.size !== size) {
        throw new SesameError('content-lost', `the stored file has ${stat.size} bytes, not ${size}`);
      }
      return new StoredFile(file);
    } catch (error) {
      await file.close();
      throw toStorageError('cannot read a stored file', error);
    }
  }

  /** @returns how many bytes there were from this position on, at most 256 KiB and as many as the block holds */
  async read(block: Uint8Array, position: number): Promise<number> {
    try {
      const most = Math.min(block.byteLength, READ_AT_ONCE);
      const { bytesRead } = await this.#file.read(block, 0, most, position);
      return bytesRead;
    } catch (error) {
      throw toStorageError('cannot read a stored file', error);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/**
 * Opens a file at its place for reading: however long its path is, and no link, FIFO or device in its stead.
 *
 * @throws `not-found`; `storage-failed`
 */
export async function openStored(root: string, clientName: string, path: string): Promise<FileHandle> {
  const { folders, name } = splitPlace(clientName, path);
  try {
    const folder = walk(root, folders);
    try {
      const file = await open(entryOf(folder, name), READ_FILE);
      if ((await file.stat()).isFile()) return file;
      await file.close();
      throw notFound();
    } finally {
      closeSync(folder);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENXIO' || isPathConflict(error)) throw notFound();
    throw toStorageError('cannot open a stored file', error);
  }
}

/**
 * Reads a file at its place from end to end, in slices: others of the thread go on.
 *
 * @returns undefined when no file is there
 * @throws `storage-failed`
 */
export async function digestStored(
  root: string,
  clientName: string,
  path: string,
): Promise<StoredDigest | undefined> {
  let file: FileHandle;
  try {
    file = await openStored(root, clientName, path);
  } catch (error) {
    if (error instanceof SesameError && error.code === 'not-found') return undefined;
    throw error;
  }
  try {
    const digests = { sha256: createHash('sha256'), crc32: new ZlibCrc32() };
    const size = await readAll(file, (slice) => {
      digests.sha256.update(slice);
      digests.crc32.update(slice);
    });
    return { size, sha256: new Uint8Array(digests.sha256.digest()), crc32: digests.crc32.digest() };
  } catch (error) {
    throw toStorageError('cannot read a stored file', error);
  } finally {
    await file.close();
  }
}

function notFound(): SesameError {
  return new SesameError('not-found', 'nothing is stored there');
}
