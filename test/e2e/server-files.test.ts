// `sesamed files ls` and `files get`, of a server that runs and of a data folder on which none does.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ending } from '../support/program.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { FACTS, V4Client } from '../support/v4-client.ts';
import { standsThere } from '../support/v4-uploads.ts';

const LARGE = randomBytes(3_000_000);
const STRANGE = 'ESC \x1b[31m/Größe 🎈';
const OLD = 'sent by an old hand';
/** Longer than a system call takes. */
const LONG = `${`${'long'.repeat(50)}/`.repeat(20)}${'n'.repeat(70)}`;
const JSON_LINES = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe.for(['with a running server', 'without one'])('%s', { timeout: 30_000 }, (way) => {
  let server: RunningServer;
  let folder: TemporaryFolder;

  beforeAll(async () => {
    server = await RunningServer.start();
    folder = await TemporaryFolder.create();
    using alice = await V4Client.joined(server.port, 'Alice');
    await alice.upload('dir/large.bin', LARGE);
    for (const path of ['dir/a', 'dir!', STRANGE, LONG]) await alice.put(path, Buffer.from(path));
    await standsThere(server, alice, 'dir!', Buffer.from('dir!'));
    using bob = await V4Client.joined(server.port, 'bob');
    await bob.folder('empty');
    using old = await new SimulatedClient(() => server.port, 'old').enrol();
    await old.sendFile('old.txt', Buffer.from(OLD));
    if (way === 'without one') expect(await server.stop()).toBe(0);
  });
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const files = (...args: string[]): Promise<Ending> =>
    sesamed(['files', ...args, '--data-dir', server.dataDir], { cwd: folder.path });
  const pathsOf = async (...args: string[]): Promise<unknown[]> => {
    const { code, stdout } = await files('ls', '--json', ...args);
    expect(code).toBe(0);
    return stdout === '' ? [] : JSON_LINES(stdout).map((line) => (line as { path: string }).path);
  };

  test('ls --json: one line for each file, with all that is known of it', async () => {
    const { code, stdout, stderr } = await files('ls', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const listed = JSON_LINES(stdout) as { path: string; receipt: { text: string } | null }[];
    expect(listed).toHaveLength(6);
    const large = listed.find(({ path }) => path === 'dir/large.bin');
    expect(large).toMatchObject({
      client: 'Alice',
      size: LARGE.length,
      modified: new Date(Number(FACTS.mtime / 1_000_000n)).toISOString(),
      mode: '0640',
      form: 'plaintext',
      sha256: createHash('sha256').update(LARGE).digest('hex'),
      crc32: null,
      receipt: { seq: 1 },
    });
    expect(JSON.parse(large?.receipt?.text ?? '')).toMatchObject({ path: 'dir/large.bin', seq: 1 });
    expect(listed.at(-1)).toMatchObject({
      ...{ client: 'old', path: 'old.txt', sha256: null, receipt: null },
      crc32: expect.stringMatching(/^[0-9a-f]{8}$/) as unknown,
    });
  });

  test('ls: a table for people, with nothing in it that could steer a terminal', async () => {
    const { code, stdout } = await files('ls');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CLIENT +PATH +SIZE +MODIFIED \(UTC\) +RECEIPT +DIGEST$/m);
    expect(stdout).toMatch(/^Alice +dir\/large\.bin +2\.9 MiB +2026-01-02 03:04:05 +#1 +[0-9a-f]{16}$/m);
    expect(stdout).toMatch(/^old +old\.txt +19 B +.* v3 +[0-9a-f]{8}$/m);
    expect(stdout).toContain('ESC \\u{1b}[31m/Größe 🎈');
    expect(stdout).not.toContain('\x1b');
  });

  test('ls of a client, of a folder, of a file', async () => {
    expect(await pathsOf('ALICE')).toEqual(['ESC \x1b[31m/Größe 🎈', 'dir!', 'dir/a', 'dir/large.bin', LONG]);
    expect(await pathsOf('Alice', 'dir')).toEqual(['dir/a', 'dir/large.bin']);
    expect(await pathsOf('Alice', 'dir/a')).toEqual(['dir/a']);
    expect(await pathsOf('bob'), 'has nothing').toEqual([]);
    expect((await files('ls', 'bob')).stdout).toBe('No file is stored.\n');
  });

  test.for([
    ['ls', 'nobody'],
    ['ls', 'Alice', 'di'],
    ['get', 'Alice', 'dir'],
    ['get', 'bob', '../Alice/dir/a'],
    ['verify', 'nobody'],
  ])('%s %s: exit code 3', async (args) => {
    const { code, stdout, stderr } = await files(...args);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^sesamed: no (client|file) .*\n$/);
  });

  test('get: to its own name, to another, to stdout', async () => {
    const { code, stderr } = await files('get', 'alice', 'dir/large.bin');
    expect([code, stderr]).toEqual([0, 'large.bin: 2.9 MiB\n']);
    expect((await readFile(join(folder.path, 'large.bin'))).equals(LARGE)).toBe(true);
    expect((await stat(join(folder.path, 'large.bin'))).mode & 0o777, 'for nobody else').toBe(0o600);
    expect((await files('get', 'Alice', LONG, '-o', 'sub')).code).toBe(0);
    expect(await readFile(join(folder.path, 'sub'), 'utf8')).toBe(LONG);
    const piped = await files('get', 'old', 'old.txt', '-o', '-');
    expect([piped.code, piped.stdout]).toEqual([0, OLD]);
    expect(existsSync(join(folder.path, '-'))).toBe(false);
  });

  test('get --json says what it got; with stdout there is no room for it', async () => {
    const { code, stdout } = await files('get', 'Alice', 'dir!', '-o', 'got', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ client: 'Alice', path: 'dir!', size: 4, out: 'got' });
    expect((await files('get', 'Alice', 'dir!', '-o', '-', '--json')).code).toBe(2);
  });

  test('get replaces nothing, unless told to', async () => {
    const mine = join(folder.path, 'mine');
    await writeFile(mine, 'mine, and longer than what comes');
    const { code, stderr } = await files('get', 'Alice', 'dir/a', '-o', 'mine');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^sesamed: cannot copy to mine: .*--force/);
    expect(await readFile(mine, 'utf8')).toBe('mine, and longer than what comes');
    expect((await files('get', 'Alice', 'dir/a', '-o', 'mine', '--force')).code).toBe(0);
    expect(await readFile(mine, 'utf8')).toBe('dir/a');
    expect((await files('get', 'Alice', 'dir/a', '-o', 'no/such/folder')).code).toBe(2);
  });
});

test('a thousand files with the longest entries that there are', { timeout: 60_000 }, async () => {
  await using server = await RunningServer.start();
  using client = await V4Client.joined(server.port, 'long');
  const folders = `${'\x01'.repeat(254)}x/`.repeat(15);
  const name = (i: number): string => `${folders}${'\x02'.repeat(250)}${String(i).padStart(4, '0')}`;
  const paths = Array.from({ length: 1000 }, (_, i) => name(i));
  await client.putAll(paths.map((path) => [path, Buffer.from(path.slice(-4))]));
  const listed = await sesamed(['files', 'ls', '--json', '--data-dir', server.dataDir]);
  expect([listed.code, listed.stderr]).toEqual([0, '']);
  const listedPaths = JSON_LINES(listed.stdout).map((line) => (line as { path: string }).path);
  expect(listedPaths).toEqual(paths);
  const verified = await sesamed(['files', 'verify', '--data-dir', server.dataDir]);
  expect([verified.stdout, verified.code]).toEqual(['', 0]);
  expect(verified.stderr).toBe('1000 files and 1000 receipts checked, 0 problems found\n');
});
