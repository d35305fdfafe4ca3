import { closeSync, fsync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { errnoOf, toStorageError } from '../base/errors.ts';
import { entryOf, isPathConflict, splitPlace, walk } from './folder-steps.ts';

const fsyncAsync = promisify(fsync);

/**
 * Removes a file from its place, durably. A link there goes itself, and never what it points to; folders stay, whatever
 * stands where. Nothing there is well: it may have been removed before a crash, so its folder is synced all the same.
 *
 * @throws `storage-failed`
 */
export async function removeStored(root: string, clientName: string, path: string): Promise<void> {
  const { folders, name } = splitPlace(clientName, path);
  try {
    const folder = walk(root, folders);
    try {
      await unlink(entryOf(folder, name)).catch((error: unknown) => {
        if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'EISDIR') throw error;
      });
      await fsyncAsync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (error) {
    // What is no folder of ours has no file of ours in it.
    if (errnoOf(error) === 'ENOENT' || isPathConflict(error)) return;
    throw toStorageError('cannot remove a stored file', error);
  }
}
