import type fs from 'node:fs/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { outcome } from '../../support/outcome.ts';

const MIB = 1024 * 1024;
const disk = vi.hoisted(() => ({ free: 0, fault: false }));

vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof fs>()),
  statfs: async () => {
    if (disk.fault) throw new Error('no such file system');
    return { bavail: disk.free / 4096, bsize: 4096 };
  },
}));

const { DiskSpace } = await import('../../../src/storage/disk-space.ts');

/** What the database keeps for itself. */
const RESERVED = 4 * MIB;

beforeEach(() => {
  Object.assign(disk, { free: RESERVED + 10 * MIB, fault: false });
});

describe('DiskSpace', () => {
  it('promises all that is free, but for what the database needs', async () => {
    expect(await outcome(new DiskSpace('/').promise(10 * MIB + 1))).toBe('disk-full');
    expect(await outcome(new DiskSpace('/').promise(10 * MIB))).toBe('ok');
  });

  it('promises nothing twice', async () => {
    const space = new DiskSpace('/');
    const first = await space.promise(6 * MIB);
    expect(await outcome(space.promise(5 * MIB))).toBe('disk-full');
    expect(await outcome(space.promise(4 * MIB))).toBe('ok');
    first.release();
    expect(await outcome(space.promise(6 * MIB))).toBe('ok');
    expect(await outcome(space.promise(1))).toBe('disk-full');
  });

  it('promises nothing twice to those who ask at once', async () => {
    const space = new DiskSpace('/');
    const asked = await Promise.all([1, 2, 3].map(() => outcome(space.promise(6 * MIB))));
    expect(asked.filter((each) => each === 'ok').length).toBeLessThanOrEqual(1);
  });

  it('counts what is written once: the file system shows it', async () => {
    const space = new DiskSpace('/');
    const first = await space.promise(6 * MIB);
    first.use(6 * MIB);
    disk.free -= 6 * MIB;
    expect(await outcome(space.promise(4 * MIB))).toBe('ok');
  });

  it('gives back no more than it promised, however often', async () => {
    const space = new DiskSpace('/');
    const first = await space.promise(1 * MIB);
    first.use(5 * MIB);
    first.release();
    first.release();
    expect(await outcome(space.promise(10 * MIB + 1))).toBe('disk-full');
  });

  it('promises nothing where it cannot see how much is free, and remembers none of it', async () => {
    const space = new DiskSpace('/');
    disk.fault = true;
    expect(await outcome(space.promise(10 * MIB))).toBe('storage-failed');
    disk.fault = false;
    expect(await outcome(space.promise(10 * MIB))).toBe('ok');
  });
});
