// A temporary folder in memory, where the machine has such: fsync costs nothing there, and no crash of a machine is tested.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';

export class FastFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<FastFolder> {
    const parent = existsSync(MEMORY) ? MEMORY : tmpdir();
    return new FastFolder(await mkdtemp(join(parent, 'sesame-test-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
