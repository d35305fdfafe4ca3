import { closeSync } from 'node:fs';
import { openRoot, stepOrMake, type FolderHandle } from './folder-steps.ts';

const MAX_OPEN = 64;

/** Open handles of the folders that were used last: thousands of files into one folder walk there once. */
export class FolderCache implements Disposable {
  readonly #root: string;
  /** By path below the root; the one used last is at the end. */
  readonly #open = new Map<string, FolderHandle>();

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Makes what is missing on the way.
   *
   * @param path segments joined by `/`
   * @returns a handle that stays good until the next call
   * @throws ENOTDIR or ELOOP where something else than a folder is on the way
   */
  folder(path: string): FolderHandle {
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const handle = this.#step(path);
    this.#open.set(path, handle);
    const [oldest] = this.#open;
    if (this.#open.size > MAX_OPEN && oldest) {
      this.#open.delete(oldest[0]);
      closeSync(oldest[1]);
    }
    return handle;
  }

  /** Closes all: a folder may have been moved or removed by somebody else. */
  clear(): void {
    for (const handle of this.#open.values()) closeSync(handle);
    this.#open.clear();
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  #step(path: string): FolderHandle {
    if (path === '') return openRoot(this.#root);
    const end = path.lastIndexOf('/');
    return stepOrMake(this.folder(path.slice(0, Math.max(end, 0))), path.slice(end + 1));
  }
}
