import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { CLIENT, JournalUser, smallFile } from './journals.ts';

const root = await FastFolder.create();
afterAll(() => root[Symbol.asyncDispose]());

/** Whether this user may have a small disk. */
const CAN_MOUNT = ((): boolean => {
  try {
    const place = join(root.path, 'trial');
    mkdirSync(place);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', place], { stdio: 'ignore' });
    execFileSync('umount', [place]);
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!CAN_MOUNT)('a full disk', () => {
  let folders = 0;
  let folder: string;
  const mounts: string[] = [];
  beforeEach(() => {
    folders += 1;
    folder = join(root.path, `${folders}`);
    mkdirSync(folder);
  });
  afterEach(() => {
    for (const place of mounts.splice(0).reverse()) execFileSync('umount', ['-l', place]);
  });

  function smallDisk(place: string, size: string): void {
    mkdirSync(place, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', place]);
    mounts.push(place);
  }

  const batch = (name: string, files: number) =>
    Array.from({ length: files }, (_, i) => smallFile(`${name}/${i}`, randomBytes(40_000)));

  it('under the journal refuses a batch, keeps what was taken, and passes', async () => {
    smallDisk(join(folder, 'journal'), '1m');
    await using user = await JournalUser.open(folder);
    await user.store(batch('a', 10));
    expect(await outcome(user.journal.append(batch('b', 30)))).toBe('disk-full');
    expect(await outcome(user.journal.append(batch('b', 30)))).toBe('disk-full');
    while ((await readdir(join(folder, 'journal'))).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await user.store(batch('c', 10));
    expect((await readdir(join(folder, 'files', CLIENT))).sort()).toEqual(['a', 'c']);
  });

  it('under files/ keeps files in the journal until there is room, across a restart too', async () => {
    smallDisk(folder, '3m');
    smallDisk(join(folder, 'journal'), '8m');
    const ballast = join(folder, 'ballast');
    const files = batch('a', 50);
    {
      await using user = await JournalUser.open(folder);
      await writeFile(ballast, randomBytes(1_000_000));
      await user.store(files);
      expect(user.log.lines.some(({ level }) => level === 'error')).toBe(true);
      expect((await readdir(join(folder, 'files', CLIENT, 'a'))).length).toBeLessThan(50);
      expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    }
    await using user = await JournalUser.open(folder);
    await user.replay();
    expect((await readdir(join(folder, 'files', CLIENT, 'a'))).length).toBeLessThan(50);
    await rm(ballast);
    for (const { path } of files) await user.journal.settled(CLIENT, path);
    for (const { path, content } of files) {
      expect((await readFile(join(folder, 'files', CLIENT, path))).equals(content)).toBe(true);
    }
  });
});
