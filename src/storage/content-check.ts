import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errnoOf } from '../base/errors.ts';

/** FIFOs must not keep whoever opens them waiting; links are not followed. */
export const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const SLICE = 1024 * 1024;

/** Feeds a file to a hash. @returns its size */
export function hashInto(hash: Hash, file: FileHandle): Promise<number> {
  return readAll(file, (slice) => {
    hash.update(slice);
  });
}

/** Reads a file asynchronously and in slices: others of the thread go on. @returns its size */
export async function readAll(file: FileHandle, take: (slice: Uint8Array) => void): Promise<number> {
  const slice = Buffer.allocUnsafeSlow(SLICE);
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(slice, 0, SLICE, position);
    if (bytesRead === 0) return position;
    take(slice.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/**
 * The SHA-256 of a regular file of this size.
 *
 * @returns undefined when no such file is there
 */
export async function digestOf(path: string, size: number): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, READ_FILE);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size !== size) return undefined;
    const hash = createHash('sha256');
    await hashInto(hash, file);
    return hash.digest();
  } finally {
    await file.close();
  }
}

/** Whether exactly this content stands there. @param sha256 null: its size has to do */
export async function hasContent(path: string, size: number, sha256: Uint8Array | null): Promise<boolean> {
  const digest = await digestOf(path, size);
  return digest !== undefined && (sha256 === null || digest.equals(sha256));
}
