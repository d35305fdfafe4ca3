// What `sesame put` puts where: files, folders and all that is in them, names and times, standard input, lists.
import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOf, sampleBytes } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { filesBelow } from '../support/stored-files.ts';
import { allStored, factsOf, V4Folder } from '../support/v4-folder.ts';
import { until } from '../support/waiting.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

/** What a file may do that another does not: it is empty, fits in one frame, just does not, takes many. */
const SIZES = [0, 1, 65_536, 65_537, 1_500_000];
const NAMES = [
  'plain.txt',
  'Überweisung für März.pdf',
  '日本語/ファイル',
  'new\nline',
  ' space before',
  'it\'s "quoted" $HOME `x`',
  '-n',
  '🗂/.hidden',
  `${'x'.repeat(251)}.txt`,
  `${'deep/'.repeat(150)}end`,
];

/** Below a folder of this name, each with content of its own. */
function sampleTree(root: string): Map<string, Buffer> {
  return new Map(
    NAMES.map((name, i) => [`${root}/${name}`, sampleBytes(SIZES[i % SIZES.length] ?? 0, i)] as const),
  );
}

test('-r DIR: all that is in it, byte for byte, under its own name', async () => {
  await using folder = await V4Folder.joined(server, 'tree');
  const files = sampleTree('tree');
  await folder.writeAll(files);
  const { code, acknowledged, events, stderr } = await folder.json('put', '-r', 'tree');
  expect(code, stderr).toBe(0);
  const folders = events.filter(({ event }) => event === 'folder').map(({ path }) => path);
  expect(acknowledged.filter((path) => !folders.includes(path)).sort()).toEqual([...files.keys()].sort());
  await allStored(server, 'tree', files);
  expect(await filesBelow(server.file('tree'))).toEqual([...files.keys()].sort());
});

test('empty folders arrive, and of files and folders their modes and times', async () => {
  const facts = [
    ['d/small', { mtime: 1_000_000_000_123, mode: 0o640 }],
    ['d/large', { mtime: -86_400_500, mode: 0o755 }],
    ['d/empty/inner', { mtime: 1_234_567_890_000, mode: 0o750 }],
    ['d/empty', { mtime: 4_102_444_800_000, mode: 0o700 }],
    ['d', { mtime: 981_173_106_789, mode: 0o755 }],
  ] as const;
  await using folder = await V4Folder.joined(server, 'facts');
  const files = new Map([
    ['d/small', sampleBytes(10)],
    ['d/large', sampleBytes(200_000)],
  ]);
  await folder.writeAll(files);
  await mkdir(folder.at('d/empty/inner'), { recursive: true });
  for (const [name, wanted] of facts) await folder.setFacts(name, wanted);
  expect((await folder.sesame('put', '-r', 'd')).code).toBe(0);
  await allStored(server, 'facts', files);
  // A file that is placed late touches its folder's time for a moment.
  const timeOf = async (name: string): Promise<number> => (await factsOf(server.file('facts', name))).mtime;
  for (const [name, wanted] of facts) {
    await until(`${name} has its own time`, async () => (await timeOf(name)) === wanted.mtime);
    expect(await factsOf(server.file('facts', name)), name).toEqual(wanted);
  }
});

test('a second run makes nothing anew, and sends no content of large files again', async () => {
  await using folder = await V4Folder.joined(server, 'twice');
  const files = sampleTree('twice');
  await folder.writeAll(files);
  const small = [...files.values()].filter(({ length }) => length <= 65_536);
  expect((await folder.sesame('put', '-r', 'twice')).code).toBe(0);
  const receipts = await folder.receiptLines();
  expect(receipts).toHaveLength(files.size);

  const { code, events } = await folder.json('put', '-r', 'twice');
  expect(code).toBe(0);
  const summary = events.at(-1);
  expect(summary).toMatchObject({ files: files.size, acknowledged: files.size, already_there: files.size });
  expect(summary?.bytes_sent).toBeLessThanOrEqual(small.reduce((sum, { length }) => sum + length, 0));
  expect(await folder.receiptLines()).toEqual(receipts);

  const changed = 'twice/plain.txt';
  await folder.write(changed, 'changed');
  const third = await folder.json('put', '-r', 'twice');
  const fresh = third.events.filter(
    ({ event, already_there }) => event === 'file' && already_there === false,
  );
  expect(fresh.map(({ path }) => path)).toEqual([changed]);
  await allStored(server, 'twice', new Map([...files, [changed, Buffer.from('changed')]]));
});

test('several paths, each under its own name; --to puts them into a folder', async () => {
  await using folder = await V4Folder.joined(server, 'paths');
  await folder.writeAll(new Map(['a/x', 'b/c/y', 'z', 'd/e/f'].map((name) => [name, Buffer.from(name)])));
  await symlink('z', folder.at('link'));
  await symlink('../z', folder.at('d/link'));
  const { code, stderr } = await folder.sesame(
    'put',
    '-r',
    'a/x',
    'b/c',
    './z',
    'link',
    'd/',
    '--to',
    'in/there',
  );
  expect(code, stderr).toBe(0);
  expect(stderr, 'a link in a folder').toContain('skipped d/link');
  const stored = { x: 'a/x', 'c/y': 'b/c/y', z: 'z', link: 'z', 'd/e/f': 'd/e/f' };
  const files = Object.entries(stored).map(
    ([path, text]) => [`in/there/${path}`, Buffer.from(text)] as const,
  );
  await allStored(server, 'paths', new Map(files));
  expect(await filesBelow(server.file('paths'))).toEqual(files.map(([path]) => path).sort());
});

test('--as stores one file under another name, below --to', async () => {
  await using folder = await V4Folder.joined(server, 'renamed');
  await folder.write('f', 'content');
  expect((await folder.sesame('put', 'f', '--as', 'new/name')).code).toBe(0);
  expect((await folder.sesame('put', 'f', '--as', 'g', '--to', 'folder')).code).toBe(0);
  const files = ['new/name', 'folder/g'].map((name) => [name, Buffer.from('content')] as const);
  await allStored(server, 'renamed', new Map(files));
});

describe('standard input', () => {
  test.for([
    ['--to', 'backups/etc.tar', 'backups/etc.tar'],
    ['--as', 'etc.tar', 'etc.tar'],
    ['--to=into/', '--as=etc.tar', 'into/etc.tar'],
  ] as const)('%s %s', async ([flag, value, path]) => {
    const name = `pipe ${flag.replaceAll('/', '')}`;
    await using folder = await V4Folder.joined(server, name);
    for (const [seed, size] of [0, 10, 3_000_000].entries()) {
      const input = sampleBytes(size, seed);
      const { code, stderr } = await folder.sesameWith({ input }, 'put', '-', flag, value);
      expect(code, stderr).toBe(0);
      await allStored(server, name, new Map([[path, input]]));
      expect((await factsOf(server.file(name, path))).mode).toBe(0o600);
    }
  });

  test('without a name: exit code 2', async () => {
    await using folder = await V4Folder.joined(server, 'nameless');
    for (const args of [['-'], ['-', '--to', 'folder/']]) {
      const { code, stderr } = await folder.sesameWith({ input: 'content' }, 'put', ...args);
      expect(code).toBe(2);
      expect(stderr).toContain('--as');
    }
  });
});

describe('--files-from', () => {
  const files = new Map(['a', 'd/b c', 'd/Größe', './e//f'].map((name) => [name, Buffer.from(name)]));

  test('a name a line, each with the path that it has in the list', async () => {
    await using folder = await V4Folder.joined(server, 'list');
    await folder.writeAll(files);
    await folder.write('list', `${[...files.keys()].join('\r\n')}\n\n${folder.at('a')}`);
    const { code, stderr } = await folder.sesame('put', '--files-from', 'list');
    expect(code, stderr).toBe(0);
    const stored = [...files, [folder.at('a').slice(1), Buffer.from('a')] as const];
    await allStored(server, 'list', new Map(stored));
    expect(await filesBelow(server.file('list'))).toHaveLength(stored.length);
  });

  test('-0: each ended by a NUL, so that any name can be listed; from stdin, and into a folder', async () => {
    await using folder = await V4Folder.joined(server, 'any name');
    const names = [...files.keys(), 'new\nline'];
    for (const name of names) await folder.write(name, name);
    const input = names.map((name) => `${name}\0`).join('');
    const { code, stderr } = await folder.sesameWith(
      { input },
      'put',
      '-0',
      '--files-from',
      '-',
      '--to',
      'T',
    );
    expect(code, stderr).toBe(0);
    await allStored(server, 'any name', new Map(names.map((name) => [`T/${name}`, Buffer.from(name)])));
  });

  test('what is missing is said, and does not keep the others; `..` leads nowhere', async () => {
    await using folder = await V4Folder.joined(server, 'gaps');
    await folder.writeAll(files);
    const input = 'missing\na\n../outside\nd/../a\n';
    const { code, failed, acknowledged } = runOf(
      await folder.sesameWith({ input }, 'put', '--json', '--files-from', '-'),
    );
    expect(code).toBe(23);
    expect(acknowledged).toEqual(['a']);
    expect(failed.toSorted()).toEqual(['../outside', 'd/../a', 'missing']);
    expect((await folder.sesame('put', '--files-from', 'no such list')).code).toBe(3);
    expect(existsSync(server.file('outside'))).toBe(false);
  });
});
