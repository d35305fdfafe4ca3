import type fs from 'node:fs';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FastFolder } from '../../support/fast-folder.ts';
import { outcome, outcomeOf } from '../../support/outcome.ts';

/** Faults of the disk, on request, and what was asked of it. */
const disk = vi.hoisted(() => ({
  syncs: 0,
  writeFault: undefined as string | undefined,
  syncFault: undefined as string | undefined,
  /** How many bytes one write takes at most. */
  mouthful: Infinity,
  /** While it is there, syncs wait for it. */
  gate: undefined as Promise<void> | undefined,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const fault = (code: string): NodeJS.ErrnoException =>
    Object.assign(new Error(`${code}, a fault`), { code });
  return {
    ...real,
    writeSync: (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      if (disk.writeFault !== undefined) throw fault(disk.writeFault);
      return real.writeSync(fd, bytes, offset, Math.min(length, disk.mouthful), position);
    },
    fdatasync: (fd: number, done: (error: Error | null) => void) => {
      disk.syncs += 1;
      const fails = disk.syncFault;
      void (disk.gate ?? Promise.resolve()).then(() => {
        if (fails === undefined) real.fdatasync(fd, done);
        else done(fault(fails));
      });
    },
  };
});

const { Segments } = await import('../../../src/storage/segments.ts');

const root = await FastFolder.create();
afterAll(() => root[Symbol.asyncDispose]());

let folders = 0;
let folder: string;
let segments: InstanceType<typeof Segments>;
beforeEach(() => {
  folders += 1;
  folder = join(root.path, `${folders}`);
  mkdirSync(folder);
  segments = new Segments(folder);
  Object.assign(disk, {
    syncs: 0,
    writeFault: undefined,
    syncFault: undefined,
    mouthful: Infinity,
    gate: undefined,
  });
});

async function append(...contents: string[]): Promise<number[]> {
  const block = new ArrayBuffer(10_000);
  const digests = contents.map((content) => createHash('sha256').update(content).digest());
  let end = 0;
  for (const content of contents) {
    end += 52;
    new Uint8Array(block).set(Buffer.from(content), end);
    end += Buffer.byteLength(content);
  }
  const lengths = Uint32Array.from(contents, (content) => Buffer.byteLength(content));
  return Array.from(await segments.append({ block, lengths, digests: Buffer.concat(digests) }));
}

function read(record: number): string {
  const into = Buffer.alloc(10_000);
  return into.toString('utf8', 0, segments.read(record, into));
}

/** What another process would find. */
function found(): number[] {
  return [...new Segments(folder).load(1).keys()];
}

describe('Segments', () => {
  it('gives back what was appended', async () => {
    const records = await append('one', '', 'three');
    expect(records).toEqual([1, 2, 3]);
    expect(records.map(read)).toEqual(['one', '', 'three']);
    expect(found()).toEqual([1, 2, 3]);
    expect(outcomeOf(() => read(4))).toBe('content-lost');
  });

  it('writes on where the disk takes less than it was given', async () => {
    disk.mouthful = 7;
    expect((await append('one', 'two')).map(read)).toEqual(['one', 'two']);
    expect(found()).toEqual([1, 2]);
  });

  it('lays a record out as it is written down', async () => {
    await append('hello');
    const bytes = readFileSync(join(folder, readdirSync(folder)[0] ?? ''));
    expect(bytes.toString('hex')).toBe(
      '534a5231' + // SJR1
        '05000000' +
        '0100000000000000' +
        '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' +
        bytes.subarray(48, 52).toString('hex') +
        Buffer.from('hello').toString('hex'),
    );
  });

  it('syncs once for all that comes meanwhile', async () => {
    const gate = Promise.withResolvers<undefined>();
    disk.gate = gate.promise;
    const first = append('first');
    await new Promise(setImmediate);
    const others = Promise.all(['a', 'b', 'c', 'd'].map((content) => append(content)));
    await new Promise(setImmediate);
    expect(disk.syncs).toBe(1);
    gate.resolve(undefined);
    await Promise.all([first, others]);
    expect(disk.syncs).toBe(2);
  });

  it('goes on in another segment when one is sealed, and drops it when told', async () => {
    await append('one');
    expect(segments.seal()).toBe(1);
    await append('two');
    expect(readdirSync(folder)).toHaveLength(2);
    expect([1, 2].map(read)).toEqual(['one', 'two']);
    segments.drop(1, false);
    expect(found()).toEqual([2]);
    expect(segments.seal()).toBe(2);
    segments.drop(2, true);
    expect(readdirSync(folder)).toEqual(['0000000000000002.journal.damaged']);
    expect(segments.seal()).toBe(0);
  });

  it('numbers on behind segments of which nothing can be read', async () => {
    await append('one', 'two', 'three');
    const later = new Segments(folder);
    later.load(1);
    segments = later;
    expect(await append('four')).toEqual([4]);
    expect([1, 4].map(read)).toEqual(['one', 'four']);
  });
});

describe('a fault of the disk', () => {
  it.for([
    { errno: 'ENOSPC', expected: 'disk-full' },
    { errno: 'EIO', expected: 'storage-failed' },
  ])(
    '$errno at a write refuses the batch, and the next goes into a fresh segment',
    async ({ errno, expected }) => {
      await append('one');
      disk.writeFault = errno;
      expect(await outcome(append('two'))).toBe(expected);
      disk.writeFault = undefined;
      const [three = 0] = await append('three');
      expect(readdirSync(folder)).toHaveLength(2);
      expect(read(three)).toBe('three');
      expect(read(1)).toBe('one');
      expect(found()).toEqual([1, three]);
    },
  );

  it('leaves no empty segments on a full disk', async () => {
    disk.writeFault = 'ENOSPC';
    for (let i = 0; i < 5; i++) expect(await outcome(append('x'))).toBe('disk-full');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('at a sync refuses the batch, and never syncs that segment again', async () => {
    await append('one');
    disk.syncFault = 'EIO';
    expect(await outcome(append('two'))).toBe('storage-failed');
    disk.syncFault = undefined;
    disk.syncs = 0;
    const [three = 0] = await append('three');
    expect(disk.syncs).toBe(1);
    expect(readdirSync(folder)).toHaveLength(2);
    expect([1, three].map(read)).toEqual(['one', 'three']);
  });

  it('at a sync refuses all who wait for it, and those whose data it may have lost', async () => {
    await append('before');
    const gate = Promise.withResolvers<undefined>();
    disk.gate = gate.promise;
    disk.syncFault = 'EIO';
    const first = outcome(append('one'));
    await new Promise(setImmediate);
    // The sync of these would do: but that of the one before took their pages too.
    disk.syncFault = undefined;
    const second = outcome(append('two'));
    await new Promise(setImmediate);
    gate.resolve(undefined);
    expect(await first).toBe('storage-failed');
    expect(await second).toBe('storage-failed');
    expect(disk.syncs).toBe(2);
    expect(read(1)).toBe('before');
  });

  it('keeps a batch whose own sync was under way when a later write failed', async () => {
    const gate = Promise.withResolvers<undefined>();
    disk.gate = gate.promise;
    const first = append('one');
    await new Promise(setImmediate);
    disk.writeFault = 'EIO';
    const second = outcome(append('two'));
    gate.resolve(undefined);
    expect(await first).toEqual([1]);
    expect(await second).toBe('storage-failed');
    expect(read(1)).toBe('one');
    expect(found()).toEqual([1]);
  });

  it('holds no descriptor of what it dropped', async () => {
    const before = readdirSync('/proc/self/fd').length;
    await append('one');
    disk.syncFault = 'EIO';
    await outcome(append('two'));
    disk.syncFault = undefined;
    await append('three');
    segments.drop(segments.seal(), false);
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });
});
