import { execFile } from 'node:child_process';
import { SesameError } from '../base/errors.ts';

/** What came of a sync of a whole file system. */
export type SyncOutcome =
  | 'durable'
  /** The disk failed: what was written since the last one may be lost, and another sync would not say so. */
  | 'failed';

/**
 * syncfs(2) on the file system of a folder, by `sync -f` of coreutils: Node has no call for it.
 *
 * @throws `storage-failed` where it could not be tried; it may be tried again
 */
export async function syncFileSystem(folder: string): Promise<SyncOutcome> {
  return new Promise((resolve, reject) => {
    execFile('sync', ['-f', '--', folder], (error) => {
      if (!error) resolve('durable');
      else if (typeof error.code === 'number' || error.killed === true) resolve('failed');
      else reject(new SesameError('storage-failed', `cannot run sync: ${error.message}`, { cause: error }));
    });
  });
}
