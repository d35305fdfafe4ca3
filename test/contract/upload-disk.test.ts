import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FileStorage } from '../../src/storage/file-storage.ts';
import { version } from './tables.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { filesBelow } from '../support/stored-files.ts';
import { uploadStoreContract } from './upload-store.ts';

let folder: FastFolder;
let storage: FileStorage;

beforeAll(async () => {
  folder = await FastFolder.create();
  for (const name of ['incoming', 'files', 'elsewhere']) await mkdir(below(name));
  storage = new FileStorage({ incoming: below('incoming'), files: below('files') }, new RecordingLogger());
});
afterEach(async () => {
  // Deeper than fs.rm goes in one path.
  for (const name of ['incoming', 'files', 'elsewhere']) {
    execFileSync('find', [below(name), '-mindepth', '1', '-delete']);
  }
});
afterAll(async () => {
  await storage[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function below(...segments: string[]): string {
  return join(folder.path, ...segments);
}

async function complete(path: string) {
  const upload = await storage.uploads.create(() => undefined);
  await upload.write(Buffer.from('hello'));
  const { sha256, size } = await upload.finish();
  const { temporaryName } = upload;
  return { ...version(path), sha256, size, clientName: 'alice', temporaryName, keepAs: null };
}

async function read(path: string): Promise<void> {
  for await (const chunk of storage.uploads.read('alice', path, 0, 5)) expect(chunk).toHaveLength(5);
}

uploadStoreContract(async () => ({
  store: storage.uploads,
  visible: () => filesBelow(below('files')),
  content: (path) => readFile(below('files', path)),
  attributes: async (path) => {
    const { mode, mtimeMs } = await stat(below('files', path));
    return { mode: mode & 0o7777, mtimeMs };
  },
  incoming: () => readdir(below('incoming')),
  [Symbol.asyncDispose]: async () => {},
}));

describe('UploadStorage on disk', () => {
  it.for([
    { where: 'for the folder of a client', link: ['alice'], path: 'f' },
    { where: 'on the way', link: ['alice', 'a', 'b'], path: 'a/b/f' },
    { where: 'deeper on the way', link: ['alice', 'a', 'b'], path: 'a/b/c/f' },
  ])('follows no link that stands $where', async ({ link, path }) => {
    const place = below('files', ...link);
    await mkdir(join(place, '..'), { recursive: true });
    await mkdir(below('elsewhere', 'c'));
    for (const name of ['f', 'c/f']) await writeFile(below('elsewhere', name), 'secret');
    await symlink(below('elsewhere'), place);
    expect(await outcome(storage.uploads.publish(await complete(path)))).toBe('path-conflict');
    const inside = { path: path.replace(/f$/, 'new'), mtime: 0n, mode: 0o777 };
    expect(await outcome(storage.uploads.makeFolder('alice', inside))).toBe('path-conflict');
    expect(await outcome(read(path))).toBe('not-found');
    expect(await storage.uploads.digest('alice', path)).toBeUndefined();
    await storage.uploads.remove('alice', path);
    expect(await readFile(below('elsewhere', 'f'), 'utf8')).toBe('secret');
    expect(await filesBelow(below('elsewhere'))).toEqual(['c/f', 'f']);
  });

  it('replaces a link at the place of a file, and reads none', async () => {
    await mkdir(below('files', 'alice'));
    await writeFile(below('elsewhere', 'victim'), 'hello');
    await symlink(below('elsewhere', 'victim'), below('files', 'alice', 'f'));
    expect(await outcome(read('f'))).toBe('not-found');
    expect(await storage.uploads.digest('alice', 'f')).toBeUndefined();
    await storage.uploads.publish(await complete('f'));
    expect((await lstat(below('files', 'alice', 'f'))).isFile()).toBe(true);
    expect(await readFile(below('elsewhere', 'victim'), 'utf8')).toBe('hello');
  });

  it('removes a link, and not what it points to', async () => {
    await mkdir(below('files', 'alice'));
    await writeFile(below('elsewhere', 'victim'), 'hello');
    await symlink(below('elsewhere', 'victim'), below('files', 'alice', 'f'));
    await storage.uploads.remove('alice', 'f');
    expect(await filesBelow(below('files'))).toEqual([]);
    expect(await readFile(below('elsewhere', 'victim'), 'utf8')).toBe('hello');
  });

  it('resumes and publishes nothing but regular files', async () => {
    const [link, fifo, directory] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)];
    await writeFile(below('elsewhere', 'victim'), 'untouched');
    await symlink(below('elsewhere', 'victim'), below('incoming', link));
    execFileSync('mkfifo', [below('incoming', fifo)]);
    await mkdir(below('incoming', directory));
    for (const name of [link, fifo, directory]) {
      expect(await outcome(storage.uploads.resume(name, () => undefined))).toBe('storage-failed');
      const file = { ...version('f'), clientName: 'alice', temporaryName: name, keepAs: null };
      expect(await outcome(storage.uploads.publish(file))).toMatch(/storage-failed|path-conflict/);
    }
    expect(await readFile(below('elsewhere', 'victim'), 'utf8')).toBe('untouched');
    expect(await filesBelow(below('files'))).toEqual([]);
  });

  it('reads no FIFO that stands at a place, and does not wait for it', async () => {
    await mkdir(below('files', 'alice'));
    execFileSync('mkfifo', [below('files', 'alice', 'f')]);
    expect(await outcome(read('f'))).toBe('not-found');
    expect(await storage.uploads.digest('alice', 'f')).toBeUndefined();
  });

  it('gives folders and temporary files to nobody else', async () => {
    const file = await complete('a/f');
    expect((await stat(below('incoming', file.temporaryName))).mode & 0o777).toBe(0o600);
    await storage.uploads.publish(file);
    for (const path of ['alice', 'alice/a']) {
      expect((await lstat(below('files', path))).mode & 0o777).toBe(0o700);
    }
  });

  it('makes room for a file where an empty folder was left', async () => {
    await mkdir(below('files', 'alice', 'f'), { recursive: true });
    await storage.uploads.publish(await complete('f'));
    expect(await readFile(below('files', 'alice', 'f'), 'utf8')).toBe('hello');
  });

  it('names every fault of the disk as one of storage', async () => {
    const file = await complete('f');
    await rm(below('files'), { recursive: true });
    expect(await outcome(storage.uploads.publish(file))).toBe('storage-failed');
    await mkdir(below('files'));
    await rm(below('incoming'), { recursive: true });
    expect(await outcome(storage.uploads.create(() => undefined))).toBe('storage-failed');
    await mkdir(below('incoming'));
  });
});
