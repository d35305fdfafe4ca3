import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { errnoOf, SesameError } from '../base/errors.ts';

/**
 * Paths below `files/` are walked one folder after another, by handle: a link is never followed, whoever put it there
 * and when, and the path as a whole may be longer than the system takes in one go.
 */
export type FolderHandle = number;

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What system calls say when a file is where a folder should be, or the reverse. */
const PATH_CONFLICTS = new Set(['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'ELOOP', 'ENAMETOOLONG']);

/** The path of an entry of an open folder. */
export function entryOf(folder: FolderHandle, name: string): string {
  return `/proc/self/fd/${folder}/${name}`;
}

export function openRoot(path: string): FolderHandle {
  return openSync(path, OPEN_FOLDER);
}

/** @throws ENOENT; ENOTDIR or ELOOP where something else than a folder is there */
export function stepInto(folder: FolderHandle, name: string): FolderHandle {
  return openSync(entryOf(folder, name), OPEN_FOLDER);
}

/** As `stepInto`, and makes the folder where there is none. */
export function stepOrMake(folder: FolderHandle, name: string): FolderHandle {
  try {
    return stepInto(folder, name);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  try {
    mkdirSync(entryOf(folder, name), { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  return stepInto(folder, name);
}

/**
 * Opens a folder that is there.
 *
 * @returns a handle of the caller's own
 * @throws ENOENT; ENOTDIR or ELOOP where something else than a folder is on the way
 */
export function walk(root: string, segments: readonly string[]): FolderHandle {
  let folder = openRoot(root);
  for (const segment of segments) {
    const parent = folder;
    try {
      folder = stepInto(parent, segment);
    } finally {
      closeSync(parent);
    }
  }
  return folder;
}

export function isPathConflict(error: unknown): boolean {
  return PATH_CONFLICTS.has(errnoOf(error) ?? '');
}

export function pathConflict(cause?: unknown): SesameError {
  return new SesameError('path-conflict', 'the path clashes with a file or folder that is there', { cause });
}

/** `a/b/c` of client X → the folders X, a, b, and the name c. */
export function splitPlace(
  clientName: string,
  path: string,
): { readonly folders: readonly string[]; readonly name: string } {
  const segments = path.split('/');
  return { folders: [clientName, ...segments.slice(0, -1)], name: segments.at(-1) ?? '' };
}
