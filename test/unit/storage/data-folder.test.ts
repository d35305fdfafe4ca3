import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { receiptPublicKey } from '../../../src/crypto/receipt-key.ts';
import { controlSocketPath, DataFolder } from '../../../src/storage/data-folder.ts';
import { FastFolder } from '../../support/fast-folder.ts';
import { outcome, outcomeOf } from '../../support/outcome.ts';
import { Program } from '../../support/program.ts';

const HOLDER = fileURLToPath(new URL('folder-holder.ts', import.meta.url));
const PARTS = ['files', 'incoming', 'keys'] as const;

const parent = await FastFolder.create();
afterAll(() => parent[Symbol.asyncDispose]());

let folders = 0;
let path: string;
beforeEach(() => {
  folders += 1;
  path = join(parent.path, `${folders}`);
});

function modeOf(...segments: string[]): number {
  return lstatSync(join(path, ...segments)).mode & 0o777;
}

describe('DataFolder', () => {
  it('is made where it is not there, with all above it, 0700', () => {
    path = join(path, 'deep', 'down');
    using folder = new DataFolder(path);
    expect(folder.path).toBe(path);
    for (const part of ['.', ...PARTS]) expect(modeOf(part)).toBe(0o700);
    expect(controlSocketPath(path)).toBe(join(path, 'control.sock'));
  });

  it('has its parts below it', () => {
    using folder = new DataFolder(path);
    expect([folder.files, folder.incoming, folder.keys]).toEqual(PARTS.map((part) => join(path, part)));
    expect(folder.database).toBe(join(path, 'sesame.db'));
  });

  it('closes a folder that is open to others as long as it is empty', () => {
    mkdirSync(path);
    chmodSync(path, 0o777);
    using _folder = new DataFolder(path);
    expect(modeOf('.')).toBe(0o700);
  });

  it.for([0o755, 0o710, 0o701, 0o770])('refuses one of mode %o with something in it', (mode) => {
    mkdirSync(path);
    writeFileSync(join(path, 'planted'), '');
    chmodSync(path, mode);
    expect(outcomeOf(() => new DataFolder(path))).toBe('data-folder');
    expect(modeOf('.')).toBe(mode);
  });

  it.for(PARTS)('refuses an open %s/ with something in it', (part) => {
    new DataFolder(path)[Symbol.dispose]();
    writeFileSync(join(path, part, 'planted'), '');
    chmodSync(join(path, part), 0o750);
    expect(outcomeOf(() => new DataFolder(path))).toBe('data-folder');
  });

  it('refuses a link to a folder', () => {
    const target = join(parent.path, `${folders}-target`);
    mkdirSync(target, { mode: 0o700 });
    symlinkSync(target, path);
    expect(outcomeOf(() => new DataFolder(path))).toBe('data-folder');
  });

  it.for(PARTS)('refuses a link in the place of %s/', (part) => {
    new DataFolder(path)[Symbol.dispose]();
    rmSync(join(path, part), { recursive: true });
    symlinkSync(parent.path, join(path, part));
    expect(outcomeOf(() => new DataFolder(path))).toBe('data-folder');
  });

  it('refuses a file, and a place where none can be made', () => {
    writeFileSync(path, '');
    expect(outcomeOf(() => new DataFolder(path))).toBe('data-folder');
    expect(outcomeOf(() => new DataFolder(join(path, 'below')))).toBe('data-folder');
  });

  it.runIf(process.getuid?.() === 0)('refuses the folder of another user', () => {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, 12_345, 12_345);
    expect(outcomeOf(() => new DataFolder(path))).toBe('data-folder');
  });
});

describe('the lock of a data folder', () => {
  it('keeps a second opener out until the first lets go', () => {
    {
      using _first = new DataFolder(path);
      expect(outcomeOf(() => new DataFolder(path))).toBe('data-folder-in-use');
      expect(outcomeOf(() => new DataFolder(`${path}/../${folders}`))).toBe('data-folder-in-use');
    }
    expect(outcomeOf(() => new DataFolder(path)[Symbol.dispose]())).toBe('ok');
  });

  it('keeps another process out', async () => {
    using _first = new DataFolder(path);
    const { stdout } = await Program.run(process.execPath, [HOLDER, path]);
    expect(stdout).toBe('data-folder-in-use\n');
  });

  it('is held by another process, and free as soon as that is killed', async () => {
    await using holder = new Program(process.execPath, [HOLDER, path]);
    await holder.says('that it has the folder', () => holder.stdout.includes('\n'));
    expect(holder.stdout).toBe('opened\n');
    expect(outcomeOf(() => new DataFolder(path))).toBe('data-folder-in-use');
    await holder.stop('SIGKILL');
    expect(outcomeOf(() => new DataFolder(path)[Symbol.dispose]())).toBe('ok');
  });

  it('does not stand in the way of another folder', () => {
    using _one = new DataFolder(path);
    using _other = new DataFolder(`${path}-other`);
    expect(statSync(`${path}-other`).isDirectory()).toBe(true);
  });
});

describe.for([
  ['seal key', 'seal.key', (folder: DataFolder) => folder.sealKey()],
  ['knock secret', 'knock.key', (folder: DataFolder) => folder.knockSecret()],
] as const)('the %s', ([, file, keyOf]) => {
  const keyPath = (): string => join(path, 'keys', file);

  it('is 32 random bytes, 0600, and stays', async () => {
    using folder = new DataFolder(path);
    const key = await keyOf(folder);
    expect(key).toHaveLength(32);
    expect(new Set(key).size).toBeGreaterThan(10);
    expect(modeOf('keys', file)).toBe(0o600);
    expect(Buffer.from(await keyOf(folder))).toEqual(Buffer.from(key));
    expect(readFileSync(keyPath())).toEqual(Buffer.from(key));
  });

  it('is another in another folder', async () => {
    using one = new DataFolder(path);
    using other = new DataFolder(`${path}-other`);
    expect(Buffer.from(await keyOf(one))).not.toEqual(Buffer.from(await keyOf(other)));
  });

  it.for([0, 31, 33])('is refused with %d bytes, and not replaced', async (length) => {
    using folder = new DataFolder(path);
    writeFileSync(keyPath(), Buffer.alloc(length, 1), { mode: 0o600 });
    expect(await outcome(keyOf(folder))).toBe('data-folder');
    expect(readFileSync(keyPath())).toHaveLength(length);
  });

  it.for([0o640, 0o604, 0o644])('is refused with mode %o', async (mode) => {
    using folder = new DataFolder(path);
    await keyOf(folder);
    chmodSync(keyPath(), mode);
    expect(await outcome(keyOf(folder))).toBe('data-folder');
  });

  it('is not read through a link', async () => {
    using folder = new DataFolder(path);
    const elsewhere = join(parent.path, `${folders}-key`);
    writeFileSync(elsewhere, Buffer.alloc(32, 1), { mode: 0o600 });
    symlinkSync(elsewhere, keyPath());
    expect(await outcome(keyOf(folder))).toBe('data-folder');
  });
});

describe('the receipt key', () => {
  const keyPath = (): string => join(path, 'keys', 'receipt.key');

  it('is an Ed25519 key in PEM, 0600, and stays', async () => {
    using folder = new DataFolder(path);
    const key = await folder.receiptKey();
    expect(receiptPublicKey(key)).toHaveLength(32);
    expect(modeOf('keys', 'receipt.key')).toBe(0o600);
    expect(await folder.receiptKey()).toBe(key);
    expect(readFileSync(keyPath(), 'utf8')).toBe(key);
  });

  it('is refused where it is something else, and not replaced', async () => {
    using folder = new DataFolder(path);
    writeFileSync(keyPath(), 'no key', { mode: 0o600 });
    expect(await outcome(folder.receiptKey())).toBe('data-folder');
    expect(readFileSync(keyPath(), 'utf8')).toBe('no key');
  });

  it.for([0o640, 0o604, 0o644])('is refused with mode %o', async (mode) => {
    using folder = new DataFolder(path);
    await folder.receiptKey();
    chmodSync(keyPath(), mode);
    expect(await outcome(folder.receiptKey())).toBe('data-folder');
  });
});
