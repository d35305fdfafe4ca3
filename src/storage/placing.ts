import { fchmodSync, fstatSync, futimesSync, linkSync, lstatSync, renameSync, rmdirSync } from 'node:fs';
import { errnoOf } from '../base/errors.ts';
import { entryOf, type FolderHandle } from './folder-steps.ts';

const PERMISSIONS = 0o777;
const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** The mode of a stored file: what its client said, without set-id bits, and always open to who serves. */
export function storedMode(mode: number): number {
  return (mode & PERMISSIONS) | 0o600;
}

/** @param mtime ns since 1970; kept as well as a double of seconds can: the ledger has the exact value */
export function setModified(fd: number, mtime: bigint): void {
  // Node takes a negative number for "now", but not a date before 1970.
  const time =
    mtime < 0n
      ? new Date(Number(mtime / NS_PER_MS))
      : Number(mtime / NS_PER_SECOND) + Number(mtime % NS_PER_SECOND) / 1e9;
  futimesSync(fd, time, time);
}

export function setAttributes(fd: number, mode: number, mtime: bigint): void {
  if ((fstatSync(fd).mode & 0o7777) !== mode) fchmodSync(fd, mode);
  setModified(fd, mtime);
}

/**
 * Gives the file at a place a second name, under which it stays when the place is taken. Doing it again is harmless.
 *
 * @returns false where another file has that name
 */
export function keepOlder(folder: FolderHandle, name: string, keptName: string): boolean {
  try {
    linkSync(entryOf(folder, name), entryOf(folder, keptName));
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return true; // nothing to be kept
    if (errno !== 'EEXIST') throw error;
    const [here, kept] = [lstatSync(entryOf(folder, name)), lstatSync(entryOf(folder, keptName))];
    return here.ino === kept.ino && here.dev === kept.dev;
  }
}

/** Renames a complete file to its place. @throws EISDIR where a folder stands there with something in it */
export function moveTo(folder: FolderHandle, name: string, temporary: string): void {
  const place = entryOf(folder, name);
  try {
    renameSync(temporary, place);
  } catch (error) {
    if (errnoOf(error) !== 'EISDIR') throw error;
    // The ledger knows of no folder here: an empty one was left by a placing that failed.
    if (!removeEmpty(place)) throw error;
    renameSync(temporary, place);
  }
}

function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}
