import { closeSync, fchmodSync, fstatSync, fsync, lstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf, SesameError, toStorageError } from '../base/errors.ts';
import type { FileFacts, IntendedFile } from '../transfer/upload-ports.ts';
import { digestOf, hasContent, READ_FILE } from './content-check.ts';
import {
  entryOf,
  isPathConflict,
  openRoot,
  pathConflict,
  splitPlace,
  stepOrMake,
  type FolderHandle,
} from './folder-steps.ts';
import { keepOlder, moveTo, setAttributes, setModified, storedMode } from './placing.ts';

const MAX_REMEMBERED = 10_000;

const fsyncAsync = promisify(fsync);

export type FileToPublish = Omit<IntendedFile, 'row' | 'clientRow'>;

/** Brings complete large files to their places below `files/`, durably. Lives in a file thread. */
export class Publisher {
  readonly #files: string;
  readonly #incoming: string;
  /** Folders of which this thread knows that their names are durable: one that merely exists may not be. */
  readonly #durable = new Set<string>();

  constructor(folders: { readonly files: string; readonly incoming: string }) {
    this.#files = folders.files;
    this.#incoming = folders.incoming;
  }

  /** As `UploadStore.publish`. */
  async publish(file: FileToPublish): Promise<void> {
    const { folders, name } = splitPlace(file.clientName, file.path);
    await this.#within('cannot move a file to its place', folders, async (folder) => {
      const temporary = join(this.#incoming, file.temporaryName);
      if (this.#prepare(temporary, file)) {
        if (file.keepAs !== null) await this.#keep(folder, name, file.keepAs);
        moveTo(folder, name, temporary);
      } else if (!(await hasContent(entryOf(folder, name), file.size, file.sha256))) {
        // Renamed already, before a crash? Only if what stands there is this very content.
        throw new SesameError('content-lost', 'the content is gone from incoming/');
      }
      await fsyncAsync(folder);
    });
  }

  /** As `UploadStore.makeFolder`. */
  async makeFolder(clientName: string, { path, mode, mtime }: Omit<FileFacts, 'size'>): Promise<void> {
    await this.#within('cannot make a folder', [clientName, ...path.split('/')], (folder) => {
      fchmodSync(folder, storedMode(mode) | 0o700);
      setModified(folder, mtime);
      return Promise.resolve();
    });
  }

  /** @returns false when the file is gone from incoming/ */
  #prepare(temporary: string, { mode, mtime }: FileToPublish): boolean {
    let fd: number;
    try {
      fd = openSync(temporary, READ_FILE);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
    try {
      if (!fstatSync(fd).isFile()) throw new SesameError('storage-failed', 'an upload is no file');
      setAttributes(fd, storedMode(mode), mtime);
      return true;
    } finally {
      closeSync(fd);
    }
  }

  async #keep(folder: FolderHandle, name: string, keepAs: string): Promise<void> {
    const keptName = keepAs.slice(keepAs.lastIndexOf('/') + 1);
    if (keepOlder(folder, name, keptName)) return;
    // Kept before a crash, and then placed anew from the journal? Then both have the same content.
    const { size } = lstatSync(entryOf(folder, name));
    const [here, kept] = [
      await digestOf(entryOf(folder, name), size),
      await digestOf(entryOf(folder, keptName), size),
    ];
    if (!here || !kept || !here.equals(kept)) throw pathConflict();
  }

  /** Opens a folder, made step by step, each step durable before anything in it is relied upon. */
  async #within(
    what: string,
    segments: readonly string[],
    task: (folder: FolderHandle) => Promise<void>,
  ): Promise<void> {
    try {
      const folder = await this.#open(segments);
      try {
        await task(folder);
      } finally {
        closeSync(folder);
      }
    } catch (error) {
      if (isPathConflict(error)) throw pathConflict(error);
      throw toStorageError(what, error);
    }
  }

  async #open(segments: readonly string[]): Promise<FolderHandle> {
    let folder = openRoot(this.#files);
    let path = '';
    for (const segment of segments) {
      const parent = folder;
      path += `/${segment}`;
      try {
        if (!this.#durable.has(path)) {
          closeSync(stepOrMake(parent, segment));
          await fsyncAsync(parent);
          this.#remember(path);
        }
        folder = stepOrMake(parent, segment);
      } finally {
        closeSync(parent);
      }
    }
    return folder;
  }

  /** Bounded: what is forgotten is synced once more. */
  #remember(folder: string): void {
    if (this.#durable.size >= MAX_REMEMBERED) this.#durable.clear();
    this.#durable.add(folder);
  }
}
