import type fs from 'node:fs';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedSync } from '../../../src/storage/shared-sync.ts';
import { FastFolder } from '../../support/fast-folder.ts';
import { outcome, outcomeOf } from '../../support/outcome.ts';

/** Faults of the disk, on request. */
const disk = vi.hoisted(() => ({
  writeFault: undefined as string | undefined,
  /** How many bytes one write takes at most. */
  mouthful: Infinity,
  /** Bytes. */
  room: Infinity,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return {
    ...real,
    writeSync: (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      const code = disk.writeFault;
      if (code !== undefined) throw Object.assign(new Error(`${code}, a fault`), { code });
      return real.writeSync(fd, bytes, offset, Math.min(length, disk.mouthful), position);
    },
    statfsSync: () => ({ bavail: disk.room, bsize: 1 }),
  };
});

const { ResumableFile } = await import('../../../src/storage/resumable-file.ts');

const CONTENT = Buffer.alloc(10_000, 'content ');
const COMPLETE = {
  size: CONTENT.length,
  sha256: new Uint8Array(createHash('sha256').update(CONTENT).digest()),
};

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

let files = 0;
let path: string;
let syncs: number;
const incoming = new SharedSync(() => {
  syncs += 1;
  return Promise.resolve();
});
beforeEach(() => {
  files += 1;
  syncs = 0;
  path = join(folder.path, `${files}`);
  Object.assign(disk, { writeFault: undefined, mouthful: Infinity, room: Infinity });
});

describe('ResumableFile', () => {
  it('leaves what is kept for the database, however small the blocks before were', async () => {
    const file = await ResumableFile.create(path);
    for (const bytes of [900, 100]) file.write(Buffer.alloc(bytes));
    disk.room = 4 * 1024 * 1024 - 1;
    expect(
      outcomeOf(() => {
        file.write(Buffer.alloc(1));
      }),
    ).toBe('disk-full');
    expect(file.size).toBe(1000);
    await file.discard();
  });

  it('never takes a place that is taken, be it by a link', async () => {
    writeFileSync(path, 'somebody else’s');
    expect(await outcome(ResumableFile.create(path))).toBe('storage-failed');
    const [link, target] = [`${path}-link`, `${path}-target`];
    symlinkSync(target, link);
    expect(await outcome(ResumableFile.create(link))).toBe('storage-failed');
    expect(await outcome(ResumableFile.resume(link))).toBe('storage-failed');
    expect(existsSync(target)).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('somebody else’s');
  });

  it('writes on where the disk takes less than it was given', async () => {
    disk.mouthful = 777;
    const file = await ResumableFile.create(path);
    file.write(CONTENT.subarray(0, 5000));
    file.write(CONTENT.subarray(5000));
    expect(await file.finish(incoming)).toEqual(COMPLETE);
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(syncs).toBe(1);
  });

  it('goes on behind what another process wrote', async () => {
    writeFileSync(path, CONTENT.subarray(0, 3333));
    const file = await ResumableFile.resume(path);
    expect(file?.size).toBe(3333);
    file?.write(CONTENT.subarray(3333));
    expect(await file?.finish(incoming)).toEqual(COMPLETE);
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
  });

  it('holds no descriptor when it is over', async () => {
    const before = readdirSync('/proc/self/fd').length;
    for (const end of ['finish', 'park', 'discard'] as const) {
      const file = await ResumableFile.create(`${path}-${end}`);
      file.write(CONTENT);
      await file[end](incoming);
      await file.park();
    }
    expect(await ResumableFile.resume(`${path}-none`)).toBeUndefined();
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
    expect([existsSync(`${path}-park`), existsSync(`${path}-discard`)]).toEqual([true, false]);
  });
});

describe('a fault of the disk', () => {
  it.for([
    { errno: 'ENOSPC', expected: 'disk-full' },
    { errno: 'EIO', expected: 'storage-failed' },
  ])('$errno at a write is $expected, and stays', async ({ errno, expected }) => {
    const file = await ResumableFile.create(path);
    file.write(CONTENT.subarray(0, 1600));
    disk.writeFault = errno;
    expect(outcomeOf(() => file.write(CONTENT.subarray(1600, 3200)))).toBe(expected);
    disk.writeFault = undefined;
    expect(outcomeOf(() => file.write(CONTENT.subarray(3200)))).toBe(expected);
    expect(await outcome(file.finish(incoming))).toBe(expected);
    expect(syncs).toBe(0);
    await file.discard();
    expect(existsSync(path)).toBe(false);
  });

  it('at the sync of the folder refuses the upload, and stays', async () => {
    const broken = new SharedSync(() => Promise.reject(new Error('EIO, a fault')));
    const file = await ResumableFile.create(path);
    file.write(CONTENT);
    expect(await outcome(file.finish(broken))).toBe('storage-failed');
    expect(await outcome(file.finish(incoming))).toBe('storage-failed');
    expect(syncs).toBe(0);
    await file.discard();
  });
});
