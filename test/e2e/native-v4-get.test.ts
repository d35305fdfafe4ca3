// `sesame get`: what was put comes back, where it is wanted, and nothing that stands there is lost.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FlakyProxy } from '../support/flaky-proxy.ts';
import { runOf, sampleBytes } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { filesBelow } from '../support/stored-files.ts';
import { factsOf, V4Folder } from '../support/v4-folder.ts';

const MB = 1_000_000;
const LARGE = sampleBytes(3 * MB);
const FACTS = { mtime: 1_234_567_890_123, mode: 0o640 };
const TREE = new Map([
  ['tree/a', sampleBytes(10)],
  ['tree/empty', Buffer.of()],
  ['tree/b/Größe\n🗂', sampleBytes(70_000, 1)],
  [`tree/b/${'x'.repeat(255)}`, sampleBytes(1, 2)],
]);

let server: RunningServer;
let client: V4Folder;
beforeAll(async () => {
  server = await RunningServer.start();
  client = await V4Folder.joined(server, 'owner');
  await client.writeAll(TREE);
  await client.write('large', LARGE);
  await mkdir(client.at('tree/b/no files'));
  for (const name of ['large', 'tree/b/no files', 'tree/b', 'tree']) {
    await client.setFacts(name, name === 'large' ? FACTS : { ...FACTS, mode: 0o750 });
  }
  const { code, stderr } = await client.sesame('put', '-r', 'large', 'tree');
  expect(code, stderr).toBe(0);
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** `sesame get` of that client, in an empty folder. */
async function getInto(folder: TemporaryFolder, ...args: string[]): ReturnType<V4Folder['sesame']> {
  return client.sesameWith({ cwd: folder.path }, 'get', ...args);
}

describe('one file', () => {
  test.for([
    ['here, under its last name', [], 'a'],
    ['-o NAME', ['-o', 'name'], 'name'],
    ['-o into a folder that is there', ['-o', 'there'], 'there/a'],
    ['--out into a folder that is made', ['--out', 'made/deep/'], 'made/deep/a'],
    ['into a folder behind it', ['./made/'], 'made/a'],
  ] as const)('%s', async ([, args, expected]) => {
    await using folder = await TemporaryFolder.create();
    await mkdir(join(folder.path, 'there'));
    const { code, stderr } = await getInto(folder, 'tree/a', ...args);
    expect(code, stderr).toBe(0);
    expect(await filesBelow(folder.path)).toEqual([expected]);
    expect(await readFile(join(folder.path, expected))).toEqual(TREE.get('tree/a'));
  });

  test('a large one, with its mode and time', async () => {
    await using folder = await TemporaryFolder.create();
    expect((await getInto(folder, 'large')).code).toBe(0);
    expect((await readFile(join(folder.path, 'large'))).equals(LARGE)).toBe(true);
    expect(await factsOf(join(folder.path, 'large'))).toEqual(FACTS);
  });

  test('where one stands: that is kept, exit code 23; --force replaces it', async () => {
    await using folder = await TemporaryFolder.create();
    const target = join(folder.path, 'large');
    expect((await getInto(folder, 'tree/a', '-o', 'large')).code).toBe(0);
    const { code, stderr } = await getInto(folder, 'large', 'tree/empty');
    expect(code).toBe(23);
    expect(stderr).toContain('--force');
    expect(await readFile(target)).toEqual(TREE.get('tree/a'));
    expect(await filesBelow(folder.path), 'the other one came').toEqual(['empty', 'large']);
    expect((await getInto(folder, 'large', '--force')).code).toBe(0);
    expect((await readFile(target)).equals(LARGE)).toBe(true);
  });
});

describe('-r', () => {
  test.for([
    ['tree', 'tree'],
    ['tree/', 'tree'],
    ['tree/b', 'b'],
  ] as const)('%s: all that is in it below %s, empty folders too', async ([remote, name]) => {
    await using folder = await TemporaryFolder.create();
    const { code, stderr } = await getInto(folder, '-r', remote, '-o', 'copy');
    expect(code, stderr).toBe(0);
    const prefix = remote.replace(/\/$/, '');
    const expected = [...TREE].filter(([path]) => path.startsWith(`${prefix}/`));
    expect(expected.length).toBeGreaterThan(1);
    const placed = expected.map(
      ([path, content]) => [`${name}${path.slice(prefix.length)}`, content] as const,
    );
    expect(await filesBelow(join(folder.path, 'copy'))).toEqual(placed.map(([path]) => path).sort());
    for (const [path, content] of placed) {
      expect((await readFile(join(folder.path, 'copy', path))).equals(content), path).toBe(true);
    }
    const inner = join(folder.path, 'copy', name, prefix === 'tree' ? 'b/no files' : 'no files');
    expect(await readdir(inner)).toEqual([]);
    for (const made of [inner, join(folder.path, 'copy', name)]) {
      expect(await factsOf(made), made).toEqual({ ...FACTS, mode: 0o750 });
    }
  });

  test('again over what came: nothing is replaced', async () => {
    await using folder = await TemporaryFolder.create();
    expect((await getInto(folder, '-r', 'tree')).code).toBe(0);
    expect((await getInto(folder, '-r', 'tree')).code).toBe(23);
    expect((await getInto(folder, '-r', 'tree', '--force')).code).toBe(0);
  });
});

test('--json: an event a line and a summary', async () => {
  await using folder = await TemporaryFolder.create();
  const { code, events } = runOf(await getInto(folder, '--json', 'tree/a', 'nothing'));
  expect(code).toBe(23);
  const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown;
  expect(events[0]).toEqual({ event: 'connected', client: 'owner' });
  const fetched = { event: 'file', path: 'tree/a', target: 'a', status: 'fetched', size: 10, sha256 };
  expect(events).toContainEqual(expect.objectContaining(fetched));
  const failed = { event: 'file', path: 'nothing', status: 'failed', code: 'not-found' };
  expect(events).toContainEqual(expect.objectContaining(failed));
  const summary = { event: 'summary', files: 2, fetched: 1, failed: 1, bytes: 10, exit: 23 };
  expect(events.at(-1)).toMatchObject(summary);
  expect(events).toHaveLength(4);
});

test('--bwlimit holds over all files together', async () => {
  await using folder = await TemporaryFolder.create();
  const { code, seconds, stderr } = await getInto(folder, '--bwlimit', '2M', 'large', 'tree/a');
  expect(code, stderr).toBe(0);
  expect(seconds).toBeGreaterThan(((3 * MB) / (2 * 1024 * 1024)) * 0.7);
});

describe('a connection that is cut', () => {
  test.for([
    { how: 'end', kept: 1.5 * MB },
    // A reset takes along what has come and was not read yet.
    { how: 'reset', kept: 0 },
  ] as const)('within a file ($how): the same run goes on where it was', async ({ how, kept }) => {
    await using proxy = await FlakyProxy.cutting(
      () => server.port,
      (connection) => (connection < 2 ? { direction: 'down', after: 1.2 * MB, how } : undefined),
    );
    await using folder = await TemporaryFolder.create();
    const ended = await getInto(folder, '--json', 'large', '--port', `${proxy.port}`);
    expect(ended.code, ended.stderr).toBe(0);
    expect(proxy.connections).toBe(3);
    const file = runOf(ended).events.find(({ event }) => event === 'file');
    expect(file?.resumed_from).toBeGreaterThan(kept);
    expect((await readFile(join(folder.path, 'large'))).equals(LARGE)).toBe(true);
    expect(await readdir(folder.path)).toEqual(['large']);
  });

  test('again and again, or a server that is gone: exit code 5, and nothing half is left', async () => {
    await using proxy = await FlakyProxy.cutting(
      () => server.port,
      () => ({ direction: 'down', after: 2500, how: 'end' }),
    );
    await using folder = await TemporaryFolder.create();
    for (const port of [proxy.port, await freePort()]) {
      const { code, stderr } = await getInto(folder, 'large', '--port', `${port}`, '--retries', '1');
      expect(code, stderr).toBe(5);
      expect(await readdir(folder.path)).toEqual([]);
    }
  });
});

test.for([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s in the middle: exit code %d, and nothing half is left', async ([signal, exit]) => {
  await using folder = await TemporaryFolder.create();
  const args = ['get', '--progress', '--bwlimit', '500K', 'large'];
  await using get = client.program(args, { cwd: folder.path });
  await get.says('that content comes', () => /[1-9]%/.test(get.stderr));
  expect(await readdir(folder.path)).not.toEqual([]);
  expect((await get.stop(signal)).code).toBe(exit);
  expect(await readdir(folder.path)).toEqual([]);
});

describe('what there is not', () => {
  test('a path where nothing is: exit code 3, 23 among others', async () => {
    await using folder = await TemporaryFolder.create();
    expect((await getInto(folder, 'nothing', 'tree/nothing')).code).toBe(3);
    expect((await getInto(folder, '-r', 'nothing')).code).toBe(3);
    const { code, stderr } = await getInto(folder, 'tree');
    expect(code, 'a folder').toBe(3);
    expect(stderr).toContain('-r');
    expect(await readdir(folder.path)).toEqual([]);
    expect((await getInto(folder, 'tree/a', 'nothing')).code).toBe(23);
  });

  test("another client's file: exit code 3", async () => {
    await using stranger = await V4Folder.joined(server, 'stranger');
    expect((await stranger.sesame('get', 'tree/a')).code).toBe(3);
    expect((await stranger.sesame('get', 'owner/tree/a')).code).toBe(3);
    expect((await stranger.sesame('get', '../owner/tree/a')).code, 'no path').toBe(2);
  });

  test('for a client that may only write: exit code 6', async () => {
    await using writer = await V4Folder.joined(server, 'writer', { writeOnly: true });
    await writer.write('f', 'content');
    expect((await writer.sesame('put', 'f')).code).toBe(0);
    for (const args of [['get', 'f', '-o', 'g'], ['get', '-r', 'f', '-o', 'g'], ['ls']]) {
      const { code, stderr } = await writer.sesame(...args);
      expect(code, stderr).toBe(6);
    }
  });

  test('no enrolment: exit code 3; nothing named, or two targets: 2', async () => {
    await using folder = await V4Folder.fresh();
    expect((await folder.sesame('get', 'f')).code).toBe(3);
    for (const args of [[], ['f', './', '-o', 'x'], ['/f']]) {
      expect((await folder.sesame('get', ...args)).code, args.join(' ')).toBe(2);
    }
  });
});
