// Names that want to be elsewhere, or to write on somebody's terminal.
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HonestSession } from '../support/honest-session.ts';
import { RunningServer } from '../support/running-server.ts';
import { encrypt } from '../support/v3-cryptography.ts';
import { SimulatedClient, type Outcome } from '../support/simulated-client.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { filePayload, nameField, receivedFile, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { vectors } from '../support/vectors.ts';

const CONTENT = Buffer.from('content of a file with a name');
const paths = vectors('storage-paths').filter(
  ({ sent }) => Buffer.byteLength(sent) < 255 && !sent.includes('\0'),
);

let server: RunningServer;
let honest: HonestSession;

beforeAll(async () => {
  server = await RunningServer.start('--log-level', 'debug', '--trace');
  honest = await HonestSession.start(server);
});

afterAll(async () => {
  await honest.stop();
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

async function enrolled(name: string): Promise<SimulatedClient> {
  return new SimulatedClient(() => server.port, name).enrol();
}

/** The code that answers a registration of these 255 bytes. */
async function registration(field: Uint8Array): Promise<number> {
  using connection = await V3Connection.open(server.port);
  await connection.send(request(REQUEST.register, field));
  return (await connection.response()).code;
}

test('file names lie where the vectors say, or nowhere', async () => {
  const wrong: string[] = [];
  for (const [i, vector] of paths.filter(({ kind }) => kind === 'file').entries()) {
    using client = await enrolled(`p${i}`);
    const { outcome } = await client.sendFile(vector.sent, CONTENT);
    const expected: Outcome = vector.expect === 'ok' ? 'verified' : 'refused';
    if (outcome !== expected) wrong.push(`${vector.name}: ${outcome}`);
    const stored = await readdir(server.file(client.name), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    const files = stored.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const wanted = vector.expect === 'ok' ? [server.file(client.name, ...vector.segments)] : [];
    if (files.join() !== wanted.join()) wrong.push(`${vector.name}: lies at ${files.join()}`);
  }
  expect(wrong).toEqual([]);
  const around = await readdir(dirname(server.dataDir));
  expect(around.filter((name) => name !== 'data' && name !== 'ready.json')).toEqual([]);
});

test('client names are folders as they stand, or refused', async () => {
  const wrong: string[] = [];
  for (const vector of paths.filter(({ kind }) => kind === 'client')) {
    if (vector.expect === 'ok') {
      using client = await enrolled(vector.sent);
      await client.sendFile('f', CONTENT);
      if (!(await readFile(server.file(vector.sent, 'f'))).equals(CONTENT)) wrong.push(vector.name);
    } else if ((await registration(nameField(vector.sent))) !== RESPONSE.registrationRefused) {
      wrong.push(vector.name);
    }
  }
  expect(wrong).toEqual([]);
});

test('name fields are UTF-8 up to the first NUL, or refused', async () => {
  using client = await enrolled('fields');
  const ciphertext = encrypt(client.aesKey, CONTENT);
  const wrong: string[] = [];
  for (const vector of vectors('names').filter(({ expect }) => expect !== 'ok')) {
    const field = Buffer.from(vector.field_hex, 'hex');
    if ((await registration(field)) !== RESPONSE.registrationRefused)
      wrong.push(`${vector.name}, as a client`);
    const { code } = await client.exchange(client.fileRequest(field, ciphertext));
    if (code !== RESPONSE.error) wrong.push(`${vector.name}, as a file`);
  }
  expect(wrong).toEqual([]);
  expect((await client.sendFile('f', CONTENT)).outcome, 'the connection goes on').toBe('verified');
});

test('the same client in another case or composition: one has it', async () => {
  expect(await registration(nameField('Zoë'))).toBe(RESPONSE.registered);
  for (const name of ['Zoë', 'ZOË', 'zoë', 'Zoe\u0308', 'zOE\u0308']) {
    expect(await registration(nameField(name)), name).toBe(RESPONSE.registrationRefused);
  }
  const all = Array.from({ length: 40 }, (_, i) => nameField(i % 2 === 0 ? 'Contested' : 'CONTESTED'));
  const codes = await Promise.all(all.map(registration));
  expect(codes.filter((code) => code === RESPONSE.registered)).toHaveLength(1);
  expect(codes.filter((code) => code === RESPONSE.registrationRefused)).toHaveLength(39);
});

test('what follows the NUL is echoed in a 2103 and never logged', async () => {
  const canary = Buffer.from('canary-behind-the-NUL');
  using client = new SimulatedClient(() => server.port, 'k', { nameRest: canary });
  await client.enrol();
  const field = nameField('f', canary);
  const response = await client.exchange(client.fileRequest(field, encrypt(client.aesKey, CONTENT)));
  expect(receivedFile(response).field).toEqual(field);
  expect((await client.sendFile('f', CONTENT)).outcome).toBe('verified');
  const traces = [canary.toString(), canary.toString('hex', 0, 4), field.toString('hex', 2, 5)];
  const found = server.stderr.split('\n').filter((line) => traces.some((trace) => line.includes(trace)));
  expect(found).toEqual([]);
});

test('nothing from outside moves the cursor of a terminal that shows the log', async () => {
  const tricks = '\x1b[31m\x1b]0;title\x07 \u009b31m \r\n fake line \u202e\u2066\u200b';
  using client = await enrolled(`tricks ${tricks}x`);
  expect((await client.sendFile(`file ${tricks}y`, CONTENT)).outcome).toBe('verified');
  expect((await client.sendFile(`${tricks}/a:stream`, CONTENT)).outcome).toBe('refused');
  expect(await registration(nameField(`${tricks}/`))).toBe(RESPONSE.registrationRefused);
  const active = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]|^ ?fake line/u;
  const found = server.stderr.split('\n').filter((line) => active.test(line));
  expect(found.map((line) => JSON.stringify(line))).toEqual([]);
});

test('a file where a folder would have to be, and the other way round: refused, both stay', async () => {
  using client = await enrolled('clash');
  expect((await client.sendFile('a', CONTENT)).outcome).toBe('verified');
  expect((await client.sendFile('d/f', CONTENT)).outcome).toBe('verified');
  for (const name of ['a/b', 'd', 'a/b/c', 'a/b']) {
    expect((await client.sendFile(name, CONTENT)).outcome, name).toBe('refused');
  }
  expect((await client.sendFile('e/f', CONTENT)).outcome).toBe('verified');
  expect(await readFile(server.file('clash', 'a'))).toEqual(CONTENT);
  expect(await readFile(server.file('clash', 'd', 'f'))).toEqual(CONTENT);
});

test('a server that met such a file starts again', async () => {
  await using server = await RunningServer.start();
  using client = await new SimulatedClient(() => server.port, 'clash').enrol();
  expect((await client.sendFile('a', CONTENT)).outcome).toBe('verified');
  expect((await client.sendFile('a/b', CONTENT)).outcome).toBe('refused');
  client.close();
  await server.stop('SIGKILL');
  await server.again();
  await client.reconnect();
  expect(await readFile(server.file('clash', 'a'))).toEqual(CONTENT);
  expect((await client.sendFile('c', CONTENT)).outcome).toBe('verified');
});

test('links that somebody put below the folder of a client are not followed', async () => {
  using client = await enrolled('linked');
  expect((await client.sendFile('first', CONTENT)).outcome).toBe('verified');
  const outside = join(dirname(server.dataDir), 'ready.json.outside');
  await mkdir(outside);
  await writeFile(join(outside, 'victim'), 'untouched');
  await symlink(outside, server.file('linked', 'folder'));
  await symlink(join(outside, 'victim'), server.file('linked', 'file'));
  await symlink(join(outside, 'none'), server.file('linked', 'dangling'));

  const { outcome } = await client.sendFile('folder/f', CONTENT).catch(() => ({ outcome: 'refused' }));
  expect(outcome).toBe('refused');
  for (const name of ['file', 'dangling']) await client.sendFile(name, CONTENT).catch(() => undefined);
  expect(await readdir(outside)).toEqual(['victim']);
  expect(await readFile(join(outside, 'victim'), 'utf8')).toBe('untouched');
  await expect(readlink(server.file('linked', 'folder'))).resolves.toBe(outside);
});

test('the data folder is for its owner alone', async () => {
  expect((await stat(server.dataDir)).mode & 0o777).toBe(0o700);
  for (const name of ['files', 'incoming', 'keys']) {
    expect((await stat(join(server.dataDir, name))).mode & 0o077, name).toBe(0);
  }
});

test('a file whose name is as long as can be', async () => {
  using client = await enrolled('long');
  for (const name of ['n'.repeat(254), `${'é'.repeat(126)}/n`, '🎈'.repeat(63)]) {
    expect((await client.sendFile(name, CONTENT)).outcome).toBe('verified');
    expect(await readFile(server.file('long', ...name.split('/')))).toEqual(CONTENT);
  }
  const payload = filePayload(Buffer.alloc(255, 'n'), encrypt(client.aesKey, CONTENT));
  const response = await client.exchange(request(REQUEST.file, payload, { id: client.id }));
  expect(response.code, '255 bytes without a NUL').toBe(RESPONSE.error);
});
