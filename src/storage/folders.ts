import { lstat, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, SesameError } from '../base/errors.ts';

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Makes a folder below a trusted root, durably, step by step; never through a link.
 *
 * @throws `bad-path` where something else than a folder is in the way
 */
export async function makeFolders(root: string, segments: readonly string[]): Promise<string> {
  let folder = root;
  for (const segment of segments) {
    const parent = folder;
    folder = join(parent, segment);
    try {
      await mkdir(folder, { mode: 0o700 });
      await syncFolder(parent);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      if (!(await lstat(folder)).isDirectory()) {
        throw new SesameError('bad-path', 'a file stands where a folder is wanted', { cause: error });
      }
    }
  }
  return folder;
}
