// A disk of a few MiB, which can be filled.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf } from '../../src/base/errors.ts';

export class SmallDisk implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @param size as tmpfs takes it: `32m` */
  static mount(size: string): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), 'sesame-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', path], { stdio: 'ignore' });
    } catch (error) {
      rmdirSync(path);
      throw error;
    }
    return new SmallDisk(path);
  }

  static async isAllowed(): Promise<boolean> {
    try {
      await SmallDisk.mount('64k')[Symbol.asyncDispose]();
      return true;
    } catch {
      return false;
    }
  }

  async free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  /** Until so many bytes are left. */
  async fill(left: number): Promise<void> {
    const ballast = Buffer.alloc(Math.max(0, (await this.free()) - left));
    // Somebody else may have had the last bytes of it.
    await writeFile(this.#ballast, ballast).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOSPC') throw error;
    });
  }

  async unfill(): Promise<void> {
    await rm(this.#ballast, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    execFileSync('umount', ['-l', this.path]);
    rmdirSync(this.path);
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}

/** Whether this user may have one. */
export const CAN_HAVE_DISKS: boolean = await SmallDisk.isAllowed();
