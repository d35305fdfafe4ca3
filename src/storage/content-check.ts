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

/**
 * Reads a file asynchronously and in slices: others of the thread go on.
 *
 * @param end no more than so many bytes of it
 * @returns how many there were
 */
export async function readAll(
  file: FileHandle,
  take: (slice: Uint8Array) => void,
  end = Infinity,
): Promise<number> {
  const slice = Buffer.allocUnsafeSlow(SLICE);
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(slice, 0, Math.min(SLICE, end - position), position);
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
  return digestWhere(path, size, (actual) => actual === size);
}

/**
 * The SHA-256 of the first so many bytes of a regular file.
 *
 * @returns undefined when no such file is there, or it is shorter
 */
export async function digestOfStart(path: string, bytes: number): Promise<Buffer | undefined> {
  return digestWhere(path, bytes, (actual) => actual >= bytes);
}

async function digestWhere(
  path: string,
  bytes: number,
  isSize: (actual: number) => boolean,
): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, READ_FILE);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile() || !isSize(stat.size)) return undefined;
    const hash = createHash('sha256');
    await readAll(
      file,
      (slice) => {
        hash.update(slice);
      },
      bytes,
    );
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
