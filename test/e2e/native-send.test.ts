// The compiled client sends what its transfer.info lists, and the server stores exactly that.
import { createPrivateKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClientFolder, sampleBytes } from '../support/native-client.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { listClients } from '../support/sesamed.ts';
import { filesBelow, notStored, segmentsOf } from '../support/stored-files.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

test('every file arrives byte for byte, whatever its size and its name', async () => {
  await using elsewhere = await TemporaryFolder.create();
  const files = new Map(
    Object.entries({
      empty: 0,
      '1 byte': 1,
      '15 bytes': 15,
      '16 bytes': 16,
      '17 bytes': 17,
      'a mebibyte and one': 1024 * 1024 + 1,
      'nine mebibytes': 9 * 1024 * 1024,
      'a/folder in/a folder': 1000,
      'a/../dots': 1001,
      'Größe 漢字 🎈.bin': 1002,
      '-n': 1003,
      '$(touch x); `y` | "z" #': 1004,
      [`${elsewhere.path}/absolute`]: 70_000,
    }).map(([name, size], seed) => [name, sampleBytes(size, seed)]),
  );
  await using folder = await ClientFolder.create(server.port, 'Zoë 漢字', [...files.keys()]);
  for (const [name, content] of files) await folder.write(name, content);

  const { code, stdout, stderr } = await folder.send();
  expect(code, stderr).toBe(0);
  expect(await notStored(server, 'Zoë 漢字', files)).toEqual([]);
  const places = [...files.keys()].map((name) => segmentsOf(name).join('/'));
  expect(await filesBelow(server.file('Zoë 漢字')), 'and nothing else').toEqual(places.sort());
  expect(await server.incoming()).toEqual([]);
  expect(stdout).toBe('');
  expect(stderr).toContain('13 of 13 files acknowledged');
});

test('a transfer.info with CRLF, empty lines and a byte order mark', async () => {
  await using folder = await ClientFolder.create(server.port, 'crlf');
  const text = `\ufeff127.0.0.1:${server.port}\r\ncrlf\r\n\r\na.txt\r\n\r\nb.txt`;
  await folder.write('transfer.info', text);
  const files = new Map(['a.txt', 'b.txt'].map((name) => [name, Buffer.from(`content of ${name}\r\n`)]));
  for (const [name, content] of files) await folder.write(name, content);
  expect((await folder.send()).code).toBe(0);
  expect(await notStored(server, 'crlf', files)).toEqual([]);
});

test('me.info: mode 0600, id without dashes, the key as PKCS#8 in one line', async () => {
  await using folder = await ClientFolder.create(server.port, 'canonical', ['f']);
  await folder.write('f', 'content');
  expect((await folder.send()).code).toBe(0);
  expect((await stat(folder.meInfo)).mode & 0o7777).toBe(0o600);
  const text = await readFile(folder.meInfo, 'utf8');
  const [name, id, key = '', ...rest] = text.split('\n');
  expect(name).toBe('canonical');
  const listed = (await listClients(server.dataDir)).find((client) => client.name === 'canonical');
  expect(id).toBe(listed?.id);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(rest, 'one line for the key, one end of line').toEqual(['']);
  const der = Buffer.from(key, 'base64');
  expect(der.toString('base64'), 'nothing but base64').toBe(key);
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey({
    key: der,
    format: 'der',
    type: 'pkcs8',
  });
  expect({ asymmetricKeyType, ...asymmetricKeyDetails }).toEqual({
    asymmetricKeyType: 'rsa',
    modulusLength: 1024,
    publicExponent: 17n,
  });
});

test('a second run reconnects: the same client, the same key, the same me.info', async () => {
  await using folder = await ClientFolder.create(server.port, 'again', ['f']);
  await folder.write('f', sampleBytes(1000));
  const first = await folder.run();
  const meInfo = await readFile(folder.meInfo);
  const before = await listClients(server.dataDir);
  const second = await folder.run();
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(first.events[0]).toEqual({ event: 'registered', client: 'again' });
  expect(second.events[0]).toEqual({ event: 'reconnected', client: 'again' });
  expect(await readFile(folder.meInfo)).toEqual(meInfo);

  const after = await listClients(server.dataDir);
  expect(after.map(({ name, id }) => [name, id])).toEqual(before.map(({ name, id }) => [name, id]));
  // The CRC is that of the ciphertext, which is another under another key.
  expect(second.events[1]?.crc).toMatch(/^[0-9a-f]{8}$/);
  expect(second.events[1]?.crc).toBe(first.events[1]?.crc);
});

test('a file that has changed replaces what is stored', async () => {
  await using folder = await ClientFolder.create(server.port, 'changing', ['f']);
  for (const content of ['first', 'second, and longer', '3']) {
    await folder.write('f', content);
    expect((await folder.send()).code).toBe(0);
    expect(await readFile(server.file('changing', 'f'), 'utf8')).toBe(content);
  }
});
