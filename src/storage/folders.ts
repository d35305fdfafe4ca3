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

/** Folders below a trusted root, each made durable before anything in it is relied upon. */
export class DurableFolders {
  readonly #root: string;
  /** Those of which this process knows that their names are durable: one that merely exists may not be. */
  readonly #durable = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Makes a folder step by step, never through a link.
   *
   * @returns its path
   * @throws `bad-path` where something else than a folder is in the way
   */
  async make(segments: readonly string[]): Promise<string> {
    let folder = this.#root;
    for (const segment of segments) {
      const parent = folder;
      folder = join(parent, segment);
      await makeFolder(folder);
      if (this.#durable.has(folder)) continue;
      await syncFolder(parent);
      this.#remember(folder);
    }
    return folder;
  }

  /** Bounded: what is forgotten is synced once more. */
  #remember(folder: string): void {
    if (this.#durable.size >= MAX_REMEMBERED) this.#durable.clear();
    this.#durable.add(folder);
  }
}

const MAX_REMEMBERED = 10_000;

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    if ((await lstat(path)).isDirectory()) return;
    throw new SesameError('bad-path', 'a file stands where a folder is wanted', { cause: error });
  }
}
