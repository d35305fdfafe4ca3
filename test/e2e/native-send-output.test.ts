// What `sesame send` says, what it ends with, and what it does about files that cannot be sent.
import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClientFolder, sampleBytes } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { listClients } from '../support/sesamed.ts';
import { filesBelow, notStored } from '../support/stored-files.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

test('--json: one event a line, and a summary at the end', async () => {
  await using folder = await ClientFolder.create(server.port, 'json', ['a', 'missing', 'Größe "quoted"']);
  await folder.write('a', sampleBytes(100));
  await folder.write('Größe "quoted"', '');
  const { code, events, stderr } = await folder.run();
  expect(code).toBe(23);
  const crc = expect.stringMatching(/^[0-9a-f]{8}$/) as unknown;
  expect(events).toEqual([
    { event: 'registered', client: 'json' },
    { event: 'file', path: 'a', size: 100, status: 'acknowledged', sends: 1, crc },
    {
      event: 'file',
      path: 'missing',
      size: 0,
      status: 'failed',
      sends: 0,
      code: 'not-found',
      reason: expect.any(String) as unknown,
    },
    { event: 'file', path: 'Größe "quoted"', size: 0, status: 'acknowledged', sends: 1, crc },
    {
      event: 'summary',
      files: 3,
      acknowledged: 2,
      failed: 1,
      bytes: 100,
      seconds: expect.any(Number) as unknown,
      exit: 23,
    },
  ]);
  expect(stderr, 'what goes wrong').toContain('missing');
  expect(stderr).not.toContain('✓');
});

test('messages are on stderr, stdout is for data: there is none', async () => {
  await using folder = await ClientFolder.create(server.port, 'messages', ['f', 'missing']);
  await folder.write('f', 'content');
  const outputs = [await folder.send(), await folder.send('-v'), await folder.send('-q')];
  expect(outputs.map(({ stdout }) => stdout)).toEqual(['', '', '']);
  const [normal = '', verbose = '', quiet = ''] = outputs.map(({ stderr }) => stderr);
  for (const text of [normal, verbose]) {
    expect(text).toContain('✓ f');
    expect(text).toContain('1 of 2 files acknowledged, 1 not');
  }
  expect(verbose).toContain("reconnected as 'messages'");
  expect(quiet).not.toContain('✓');
  for (const text of [normal, verbose, quiet]) {
    expect(text).toContain('✗ missing');
    expect(text, 'no progress and no colour without a terminal').not.toMatch(/[\r\x1b]/);
  }
});

test('control characters in names are data for the server, and escaped on stderr', async () => {
  const name = 'red \x1b[31m and \x9b31m, bell \x07, reversed \u202e.txt';
  await using folder = await ClientFolder.create(server.port, 'escape', [name]);
  await folder.write(name, 'content');
  const { code, stderr } = await folder.send('-v');
  expect(code).toBe(0);
  expect(await notStored(server, 'escape', new Map([[name, Buffer.from('content')]]))).toEqual([]);
  expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

test('what cannot be sent is reported, and does not keep the others', async () => {
  const bad = ['missing', 'folder', 'fifo', 'file/below', 'broken link', 'CON', 'x'.repeat(255)];
  const good = new Map(['first', 'middle', 'last'].map((name, seed) => [name, sampleBytes(5000, seed)]));
  const [first = '', middle = '', last = ''] = good.keys();
  await using folder = await ClientFolder.create(server.port, 'mixed', [
    first,
    ...bad.slice(0, 4),
    middle,
    ...bad.slice(4),
    last,
  ]);
  for (const [name, content] of good) await folder.write(name, content);
  await mkdir(folder.at('folder'));
  execFileSync('mkfifo', [folder.at('fifo')]);
  await folder.write('file', 'in the way');
  await symlink('nowhere', folder.at('broken link'));
  await folder.write('CON', 'a name that the server refuses');

  const { code, acknowledged, failed, events, seconds } = await folder.run();
  expect(code).toBe(23);
  expect(seconds).toBeLessThan(5);
  expect(acknowledged).toEqual([...good.keys()]);
  expect(failed).toEqual(bad);
  expect(await notStored(server, 'mixed', good)).toEqual([]);
  expect(await filesBelow(server.file('mixed'))).toEqual([...good.keys()].sort());
  const codes = new Map(events.map(({ path, code: why }) => [path, why]));
  expect(bad.map((name) => codes.get(name))).toEqual([
    'not-found',
    'not-regular',
    'not-regular',
    'io',
    'not-found',
    'refused',
    'bad-name',
  ]);
});

test('more than v3 carries: refused with a reason before anything is said', async () => {
  await using folder = await ClientFolder.create(server.port, 'too large', ['sparse']);
  await folder.writeSparse('sparse', 4_294_967_024);
  const { code, events, seconds, stderr } = await folder.run();
  expect(code).toBe(23);
  expect(seconds).toBeLessThan(2);
  expect(events[0]).toMatchObject({ path: 'sparse', status: 'failed', sends: 0, code: 'too-large' });
  expect(stderr).toContain('4294967024');
  expect(stderr).toContain('4294967023');
  expect((await listClients(server.dataDir)).map(({ name }) => name)).not.toContain('too large');

  await folder.list(server.port, 'too large', ['sparse', 'small']);
  await folder.write('small', 'content');
  expect((await folder.run()).acknowledged).toEqual(['small']);
});

test('refused files alone: exit code 6', async () => {
  await using folder = await ClientFolder.create(server.port, 'refused', ['NUL', 'COM1']);
  for (const name of ['NUL', 'COM1']) await folder.write(name, 'content');
  const { code, failed } = await folder.run();
  expect(code).toBe(6);
  expect(failed).toEqual(['NUL', 'COM1']);
});

test('an empty list: nothing to do, and done', async () => {
  await using folder = await ClientFolder.create(server.port, 'idle', []);
  expect((await folder.run()).events).toMatchObject([{ event: 'summary', files: 0, failed: 0, exit: 0 }]);
});
