// One data folder, in memory, on which engines are opened one after another: the file threads are started but once.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFolder } from '../../src/storage/data-folder.ts';
import { FileStorage } from '../../src/storage/file-storage.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { FastFolder } from './fast-folder.ts';
import { RecordingLogger } from './recording-logger.ts';

export class EngineBench implements AsyncDisposable {
  readonly dataDir: string;
  readonly #folder: FastFolder;
  readonly #files: FileStorage;

  private constructor(folder: FastFolder, dataDir: string, files: FileStorage) {
    this.#folder = folder;
    this.dataDir = dataDir;
    this.#files = files;
  }

  static async create(): Promise<EngineBench> {
    const folder = await FastFolder.create();
    using data = new DataFolder(join(folder.path, 'data'));
    return new EngineBench(folder, data.path, new FileStorage(data, new RecordingLogger()));
  }

  open(options: Omit<EngineOptions, 'files'> = {}): Promise<Engine> {
    return Engine.open(this.dataDir, { ...options, files: this.#files });
  }

  /** A path in the data folder. */
  path(...segments: string[]): string {
    return join(this.dataDir, ...segments);
  }

  /** As new: no rows and no files. No engine may be open. */
  async clear(): Promise<void> {
    for (const name of await readdir(this.dataDir)) {
      if (name.startsWith('sesame.db')) await rm(this.path(name));
    }
    for (const folder of ['files', 'incoming']) {
      for (const name of await readdir(this.path(folder)))
        await rm(this.path(folder, name), { recursive: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
