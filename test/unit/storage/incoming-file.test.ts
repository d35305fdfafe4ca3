import type fs from 'node:fs';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FastFolder } from '../../support/fast-folder.ts';
import { outcome, outcomeOf } from '../../support/outcome.ts';
import { encrypt } from '../../support/v3-cryptography.ts';

/** Faults of the disk, on request, and what was asked of it. */
const disk = vi.hoisted(() => ({
  calls: [] as string[],
  writeFault: undefined as string | undefined,
  syncFault: undefined as string | undefined,
  /** How many bytes one write takes at most. */
  mouthful: Infinity,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const fault = (code: string): NodeJS.ErrnoException =>
    Object.assign(new Error(`${code}, a fault`), { code });
  return {
    ...real,
    writeSync: (fd: number, bytes: Uint8Array, offset: number, length: number) => {
      disk.calls.push('write');
      if (disk.writeFault !== undefined) throw fault(disk.writeFault);
      return real.writeSync(fd, bytes, offset, Math.min(length, disk.mouthful));
    },
    fsync: (fd: number, done: (error: Error | null) => void) => {
      disk.calls.push('fsync');
      if (disk.syncFault === undefined) real.fsync(fd, done);
      else done(fault(disk.syncFault));
    },
  };
});

const { IncomingFile } = await import('../../../src/storage/incoming-file.ts');

const KEY = Buffer.alloc(16, 3);
const OPTIONS = { aesKey: KEY, crc: 'zlib-ciphertext', form: 'plaintext' } as const;
const CONTENT = Buffer.alloc(10_000, 'content ');
const CIPHERTEXT = encrypt(KEY, CONTENT);

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

let files = 0;
let path: string;
beforeEach(() => {
  files += 1;
  path = join(folder.path, `${files}`);
  Object.assign(disk, { calls: [], writeFault: undefined, syncFault: undefined, mouthful: Infinity });
});

describe('IncomingFile', () => {
  it('never takes a place that is taken', () => {
    writeFileSync(path, 'somebody else’s');
    expect(outcomeOf(() => new IncomingFile(path, OPTIONS))).toBe('storage-failed');
    expect(readFileSync(path, 'utf8')).toBe('somebody else’s');
  });

  it('never follows a link, be there something behind it or not', () => {
    const target = join(folder.path, `${files}-target`);
    symlinkSync(target, path);
    expect(outcomeOf(() => new IncomingFile(path, OPTIONS))).toBe('storage-failed');
    expect(existsSync(target)).toBe(false);
    writeFileSync(target, 'untouched');
    expect(outcomeOf(() => new IncomingFile(path, OPTIONS))).toBe('storage-failed');
    expect(readFileSync(target, 'utf8')).toBe('untouched');
  });

  it('writes on where the disk takes less than it was given', async () => {
    disk.mouthful = 777;
    const file = new IncomingFile(path, OPTIONS);
    file.write(CIPHERTEXT);
    expect(await file.finish()).toMatchObject({ size: CONTENT.length });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(disk.calls.filter((call) => call === 'write').length).toBeGreaterThan(12);
  });

  it('is synced once it is complete, behind its last write', async () => {
    const file = new IncomingFile(path, OPTIONS);
    file.write(CIPHERTEXT);
    expect(disk.calls).not.toContain('fsync');
    await file.finish();
    expect(disk.calls.at(-1)).toBe('fsync');
    expect(disk.calls.filter((call) => call === 'fsync')).toHaveLength(1);
  });

  it('is not synced where it does not decrypt', async () => {
    const file = new IncomingFile(path, OPTIONS);
    file.write(CIPHERTEXT.subarray(16, 64));
    expect(await outcome(file.finish())).toBe('bad-ciphertext');
    await file.discard();
    expect(disk.calls).not.toContain('fsync');
    expect(existsSync(path)).toBe(false);
  });

  it('holds no descriptor when it is over', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const kept = new IncomingFile(path, OPTIONS);
    kept.write(CIPHERTEXT);
    await kept.finish();
    const dropped = new IncomingFile(`${path}-dropped`, OPTIONS);
    dropped.write(CIPHERTEXT);
    await dropped.discard();
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  it('can be discarded when it is gone already', async () => {
    const file = new IncomingFile(path, OPTIONS);
    await file.discard();
    expect(await outcome(file.discard())).toBe('ok');
  });
});

describe('a fault of the disk', () => {
  it.for([
    { errno: 'ENOSPC', expected: 'disk-full' },
    { errno: 'EDQUOT', expected: 'disk-full' },
    { errno: 'EIO', expected: 'storage-failed' },
  ])('$errno at a write is $expected, and stays', async ({ errno, expected }) => {
    const file = new IncomingFile(path, OPTIONS);
    file.write(CIPHERTEXT.subarray(0, 1600));
    disk.writeFault = errno;
    expect(outcomeOf(() => file.write(CIPHERTEXT.subarray(1600, 3200)))).toBe(expected);
    disk.writeFault = undefined;
    expect(outcomeOf(() => file.write(CIPHERTEXT.subarray(3200)))).toBe(expected);
    expect(await outcome(file.finish())).toBe(expected);
    expect(disk.calls).not.toContain('fsync');
    await file.discard();
    expect(existsSync(path)).toBe(false);
  });

  it('at the sync is never tried again on the same data', async () => {
    const file = new IncomingFile(path, OPTIONS);
    file.write(CIPHERTEXT);
    disk.syncFault = 'EIO';
    expect(await outcome(file.finish())).toBe('storage-failed');
    disk.syncFault = undefined;
    expect(await outcome(file.finish())).toBe('storage-failed');
    expect(disk.calls.filter((call) => call === 'fsync')).toHaveLength(1);
    await file.discard();
    expect(existsSync(path)).toBe(false);
  });
});
