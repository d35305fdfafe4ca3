import { closeSync, linkSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../base/errors.ts';
import { hasContent } from './content-check.ts';
import { entryOf, isPathConflict, splitPlace, walk } from './folder-steps.ts';
import type { MarkedFile, MovedFile } from './journal-marks-table.ts';

/** What is to be done with a file that is durable in the journal only. */
export type Recovery =
  /** Write it to its place. */
  | { readonly action: 'place'; readonly path: string }
  /** It stands there, or a later version does. */
  | { readonly action: 'nothing' }
  /** Neither the journal nor its place has it. */
  | { readonly action: 'lost' };

interface Folders {
  readonly files: string;
  readonly incoming: string;
}

/**
 * @param digests SHA-256 of each record that is whole, by number
 * @returns what to do with each file
 */
export async function planRecovery(
  files: readonly MarkedFile[],
  digests: ReadonlyMap<number, Uint8Array>,
  folders: Folders,
): Promise<readonly Recovery[]> {
  const plan: Recovery[] = [];
  for (const file of files) plan.push(await recoveryOf(file, digests, folders));
  return plan;
}

async function recoveryOf(
  file: MarkedFile,
  digests: ReadonlyMap<number, Uint8Array>,
  folders: Folders,
): Promise<Recovery> {
  const { successor, record, clientName } = file;
  let { path } = file;
  if (successor && !isThere(join(folders.incoming, successor.temporaryName))) {
    // Its successor was renamed already, and only its row is missing: that place is no longer this one's.
    if (successor.keepAs === null) return { action: 'nothing' };
    path = successor.keepAs;
  }
  const digest = digests.get(record);
  if (digest && Buffer.compare(digest, file.sha256) === 0) return { action: 'place', path };
  const stands = await standsAt(folders.files, clientName, path, file.size, file.sha256);
  return { action: stands ? 'nothing' : 'lost' };
}

/**
 * Versions that were moved out of the way of journaled ones: where the journal has not seen to that before the end of the
 * process, or the disk has forgotten it, they still stand where they stood.
 */
export async function finishMoves(moves: readonly MovedFile[], files: string): Promise<void> {
  for (const { clientName, path, stoodAt, size, sha256 } of moves) {
    if (await standsAt(files, clientName, path, size, sha256)) continue;
    if (await standsAt(files, clientName, stoodAt, size, sha256)) linkTo(files, clientName, stoodAt, path);
  }
}

async function standsAt(
  files: string,
  clientName: string,
  path: string,
  size: number,
  sha256: Uint8Array | null,
): Promise<boolean> {
  const { folders, name } = splitPlace(clientName, path);
  try {
    const folder = walk(files, folders);
    try {
      return await hasContent(entryOf(folder, name), size, sha256);
    } finally {
      closeSync(folder);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || isPathConflict(error)) return false;
    throw error;
  }
}

/** Both are in one folder: the kept version has only another name. */
function linkTo(files: string, clientName: string, from: string, to: string): void {
  const { folders, name } = splitPlace(clientName, from);
  const folder = walk(files, folders);
  try {
    linkSync(entryOf(folder, name), entryOf(folder, splitPlace(clientName, to).name));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    closeSync(folder);
  }
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
