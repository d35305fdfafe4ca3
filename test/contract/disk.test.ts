import { lstat, mkdir, readFile, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FileStorage } from '../../src/storage/file-storage.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { filesBelow } from '../support/stored-files.ts';
import { encrypt } from '../support/v3-cryptography.ts';
import { fileStoreContract } from './file-store.ts';

const KEY = Buffer.alloc(16, 7);
const CONTENT = Buffer.from('what the client sent');

let folder: FastFolder;
let storage: FileStorage;

beforeAll(async () => {
  folder = await FastFolder.create();
  for (const name of ['incoming', 'files', 'elsewhere']) await mkdir(join(folder.path, name));
  storage = new FileStorage({ incoming: below('incoming'), files: below('files') }, new RecordingLogger());
});
afterEach(async () => {
  for (const name of ['incoming', 'files', 'elsewhere']) {
    for (const entry of await readdir(below(name))) await rm(below(name, entry), { recursive: true });
  }
});
afterAll(async () => {
  await storage[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function below(...segments: string[]): string {
  return join(folder.path, ...segments);
}

async function receive(): Promise<{ temporaryName: string; size: number; crc32: number }> {
  const ciphertext = encrypt(KEY, CONTENT);
  const contentSize = ciphertext.length;
  await using upload = await storage.receive({
    aesKey: KEY,
    crc: 'zlib-ciphertext',
    form: 'plaintext',
    contentSize,
  });
  await upload.write(ciphertext);
  const durable = await upload.finish();
  upload.keep();
  return durable;
}

fileStoreContract(async () => ({
  store: storage,
  visible: () => filesBelow(below('files')),
  content: (path) => readFile(below('files', path)),
  [Symbol.asyncDispose]: async () => {},
}));

describe('FileStorage on disk', () => {
  it('follows no link that stands for the folder of a client', async () => {
    await symlink(below('elsewhere'), below('files', 'alice'));
    const file = { ...(await receive()), clientName: 'alice', path: 'f' };
    expect(await outcome(storage.checkPlace('alice', 'f'))).toBe('bad-path');
    expect(await outcome(storage.publish(file))).toBe('bad-path');
    expect(await readdir(below('elsewhere'))).toEqual([]);
  });

  it('follows no link on the way', async () => {
    await mkdir(below('files', 'alice', 'a'), { recursive: true });
    await symlink(below('elsewhere'), below('files', 'alice', 'a', 'b'));
    const file = { ...(await receive()), clientName: 'alice', path: 'a/b/c/f' };
    expect(await outcome(storage.checkPlace('alice', 'a/b/c/f'))).toBe('bad-path');
    expect(await outcome(storage.publish(file))).toBe('bad-path');
    expect(await readdir(below('elsewhere'))).toEqual([]);
  });

  it('writes through no link that stands at the place of a file', async () => {
    await mkdir(below('files', 'alice'));
    await writeFile(below('elsewhere', 'victim'), 'untouched');
    await symlink(below('elsewhere', 'victim'), below('files', 'alice', 'f'));
    expect(await outcome(storage.checkPlace('alice', 'f'))).toBe('bad-path');
    await outcome(storage.publish({ ...(await receive()), clientName: 'alice', path: 'f' }));
    expect(await readFile(below('elsewhere', 'victim'), 'utf8')).toBe('untouched');
  });

  it('removes a link from incoming/, not what it points to', async () => {
    await writeFile(below('elsewhere', 'victim'), 'untouched');
    await symlink(below('elsewhere', 'victim'), below('incoming', 'link'));
    expect(await readlink(below('incoming', 'link'))).toBe(below('elsewhere', 'victim'));
    await storage.removeIncoming('link');
    expect(await readdir(below('incoming'))).toEqual([]);
    expect(await readFile(below('elsewhere', 'victim'), 'utf8')).toBe('untouched');
  });

  it('makes files 0600 and folders 0700, all its own', async () => {
    const file = { ...(await receive()), clientName: 'alice', path: 'a/f' };
    expect((await stat(below('incoming', file.temporaryName))).mode & 0o777).toBe(0o600);
    await storage.publish(file);
    expect((await lstat(below('files', 'alice'))).mode & 0o777).toBe(0o700);
    expect((await lstat(below('files', 'alice', 'a'))).mode & 0o777).toBe(0o700);
    expect((await lstat(below('files', 'alice', 'a', 'f'))).mode & 0o777).toBe(0o600);
  });

  it('gives temporary files names that nobody can guess', async () => {
    const names = await Promise.all(Array.from({ length: 10 }, async () => (await receive()).temporaryName));
    expect(names.filter((name) => !/^[0-9a-f]{32}$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(10);
  });

  it('names every fault of the disk as one of storage', async () => {
    await rm(below('incoming'), { recursive: true });
    try {
      expect(await outcome(receive())).toBe('storage-failed');
      expect(await outcome(storage.listIncoming())).toBe('storage-failed');
    } finally {
      await mkdir(below('incoming'));
    }
    await mkdir(below('incoming', 'folder'));
    expect(await outcome(storage.removeIncoming('folder'))).toBe('storage-failed');
    expect(await outcome(storage.readBack('folder'))).toBe('storage-failed');
  });
});
