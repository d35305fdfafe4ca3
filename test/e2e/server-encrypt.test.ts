// `--encrypt`: the server has its client send that client's own sources, and stores them as ciphertext.
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SESAME } from '../support/native-client.ts';
import { Program } from '../support/program.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { filesBelow } from '../support/stored-files.ts';
import { encrypt } from '../support/v3-cryptography.ts';
import { until } from '../support/waiting.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
/** Should the client have to be compiled first. */
const BUILD_LIMIT = 240_000;
const KEY_LINE = /AES key of the launched client client=sesame-sources key=([0-9a-f]{32})/g;
const CONTENT = Buffer.from('of another client');

let server: RunningServer;
let other: SimulatedClient;
let topLevel: unknown;

beforeAll(async () => {
  topLevel = await topLevelFiles();
  server = await RunningServer.start('--encrypt');
  other = await new SimulatedClient(() => server.port, 'another').enrol();
  await missions(1);
  expect((await other.sendFile('f', CONTENT)).outcome, 'it goes on serving').toBe('verified');
}, BUILD_LIMIT);

afterAll(async () => {
  other.close();
  await server[Symbol.asyncDispose]();
});

/** Resolves when so many missions in all have come to their end, well or not. */
async function missions(count: number, of = server): Promise<void> {
  const ended = /AES key of the launched client|could not be launched/g;
  await until(
    'the mission',
    async () => (of.stderr.match(ended)?.length ?? 0) >= count || !of.running,
    BUILD_LIMIT,
  );
}

function shownKeys(): string[] {
  return [...server.stderr.matchAll(KEY_LINE)].map(([, key = '']) => key);
}

/** transfer.info and me.info at the top level of the project: their times, and what the former says. */
async function topLevelFiles(): Promise<unknown> {
  const transferInfo = join(PROJECT, 'transfer.info');
  const times = await Promise.all(
    [transferInfo, join(PROJECT, 'me.info')].map((path) =>
      stat(path).then(
        ({ mtimeMs, ino }) => [mtimeMs, ino],
        () => 'absent',
      ),
    ),
  );
  return [await readFile(transferInfo, 'utf8'), times];
}

async function sources(): Promise<string[]> {
  return (await filesBelow(join(PROJECT, 'client-cpp'))).map((path) => join('client-cpp', path));
}

test('every source file of the client is stored as AES-128-CBC under the key that is shown', async () => {
  const [key = ''] = shownKeys();
  expect(key).not.toBe('');
  const names = await sources();
  expect(names.length).toBeGreaterThan(50);
  expect(await filesBelow(server.file('sesame-sources'))).toEqual(names);
  const wrong: string[] = [];
  for (const name of names) {
    const ciphertext = encrypt(Buffer.from(key, 'hex'), await readFile(join(PROJECT, name)));
    if (!(await readFile(server.file('sesame-sources', name))).equals(ciphertext)) wrong.push(name);
  }
  expect(wrong).toEqual([]);
});

test('transfer.info and me.info live below the data folder, those at the top level are not touched', async () => {
  const folder = join(server.dataDir, 'encrypt');
  expect((await readdir(folder)).sort()).toEqual(['me.info', 'transfer.info']);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'me.info'))).mode & 0o777).toBe(0o600);
  const [line1, line2, ...files] = (await readFile(join(folder, 'transfer.info'), 'utf8'))
    .trimEnd()
    .split('\n');
  expect([line1, line2]).toEqual([`127.0.0.1:${server.port}`, 'sesame-sources']);
  expect(files).toEqual(await sources());
  expect(await topLevelFiles()).toEqual(topLevel);
});

test('the log is at CRITICAL only, the client’s progress beside it, and no other key in either', async () => {
  const log = server.stderr.split('\n').filter((line) => /^\d{4}-\d\d-\d\d /.test(line));
  expect(log.map((line) => line.split(/ +/)[2])).toEqual(['CRITICAL']);
  expect(shownKeys()).toHaveLength(1);
  expect(server.stderr).toContain('✓ client-cpp/cli/main.cpp');
  expect(server.stderr).toMatch(/(\d+) of \1 files acknowledged/);
  const keys = [other.aesKey.toString('hex'), other.aesKey.toString('base64')];
  for (const key of keys) expect(server.stderr).not.toContain(key);
});

test('another client is stored as ciphertext too', async () => {
  expect(await readFile(server.file('another', 'f'))).toEqual(encrypt(other.aesKey, CONTENT));
});

test('both programs give the sources back, byte for byte', async () => {
  await using folder = await TemporaryFolder.create();
  const [key = ''] = shownKeys();
  const stored = server.file('sesame-sources');
  const [ours, theirs] = ['sesamed', 'sesame'].map((name) => join(folder.path, name));
  const input = `${key}\n`;
  const args = (out = ''): string[] => ['decrypt', '--key-file', '-', stored, '--out', out];
  expect((await sesamed(args(ours), { input })).code).toBe(0);
  expect((await Program.run(SESAME, args(theirs), { input })).code).toBe(0);
  for (const out of [ours ?? '', theirs ?? '']) {
    expect(await filesBelow(out)).toEqual(await sources());
    for (const name of await sources()) {
      expect((await readFile(join(out, name))).equals(await readFile(join(PROJECT, name))), name).toBe(true);
    }
  }
});

test('a second run is another conversation of the same client, under the same key', async () => {
  const meInfo = join(server.dataDir, 'encrypt', 'me.info');
  const before = await readFile(meInfo);
  expect(await server.stop()).toBe(0);
  await server.again('--encrypt');
  await missions(2);
  const [first, second] = shownKeys();
  expect(second).toBe(first);
  expect(await readFile(meInfo)).toEqual(before);
  expect(await filesBelow(server.file('sesame-sources'))).toEqual(await sources());
});

test('a client that fails is visible, and the server goes on', async () => {
  await server.stop();
  await server.again('--encrypt', '--max-upload', '4K');
  await missions(3);
  await until('why', async () => server.stderr.includes('did not send everything exit=23'));
  expect(server.stderr).toMatch(/✗ client-cpp\/\S+: refused by the server/);

  await server.stop();
  await rm(join(server.dataDir, 'encrypt', 'me.info')); // so its name is taken
  await server.again('--encrypt');
  await missions(4);
  expect(server.stderr).toMatch(/CRITICAL +encrypt +the client could not be launched .*exit code 6/);
  other.close();
  await other.reconnect();
  expect((await other.sendFile('g', CONTENT)).outcome).toBe('verified');
});
