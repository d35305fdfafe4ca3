// One client on several connections, which may want the same (docs/PROTOCOL.md, 1.4).
import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../support/ask.ts';
import { HonestSession } from '../support/honest-session.ts';
import { RunningServer } from '../support/running-server.ts';
import { encrypt } from '../support/v3-cryptography.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, REQUEST, RESPONSE, ZERO_ID } from '../support/v3-frames.ts';
import { within } from '../support/waiting.ts';

const { file, crcOk } = REQUEST;
const { fileReceived, acknowledged, error } = RESPONSE;

let server: RunningServer;
let honest: HonestSession;

beforeAll(async () => {
  server = await RunningServer.start('--v3-crc', 'zlib-ciphertext', '--v3-reply-1030', 'always');
  honest = await HonestSession.start(server);
});

afterAll(async () => {
  await honest.stop();
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

function newClient(name: string): SimulatedClient {
  return new SimulatedClient(() => server.port, name);
}

async function stored(client: SimulatedClient, name = 'f'): Promise<string | undefined> {
  return readFile(server.file(client.name, name), 'utf8').catch(() => undefined);
}

test('a conversation goes on over several', async () => {
  using client = newClient('several');
  for (const step of [() => client.register(), () => client.exchangeKey(), () => client.reconnect()]) {
    await step();
    client.close();
  }
  for (const code of [file, crcOk]) {
    await ask(client, code);
    client.close();
  }
  expect(await stored(client)).toBe('content');
});

test('the same file: the newer has it, the older is refused within a second', async () => {
  using client = await newClient('takeover').enrol();
  using older = await V3Connection.open(server.port);
  const ciphertext = encrypt(client.aesKey, Buffer.alloc(3_000_000, 'older'));
  await older.send(client.fileRequest(nameField('f'), ciphertext).subarray(0, 1_000_000));
  await client.reconnect(); // the older one has been read as far as it goes, or nearly
  using newer = await V3Connection.open(server.port);
  const whole = client.fileRequest(nameField('f'), encrypt(client.aesKey, Buffer.alloc(500_000, 'newer')));
  await newer.send(whole.subarray(0, 1000));
  expect((await older.response(1000)).code, 'while the newer is still coming').toBe(error);
  await newer.send(whole.subarray(1000));
  expect((await newer.response()).code).toBe(fileReceived);
  expect(await ask(client, crcOk)).toBe(acknowledged);
  expect(await stored(client)).toBe(Buffer.alloc(500_000, 'newer').toString());
  expect(await within(older.ended, 8000), 'more than 1 MiB was still to come').toBe(true);
});

test('the same file, eight at once: whole and one of them', async () => {
  using client = await newClient('eight').enrol();
  const contents = Array.from({ length: 8 }, (_, i) => Buffer.alloc(400_000, `${i}`));
  const connections = await Promise.all(contents.map(() => V3Connection.open(server.port)));
  const codes = await Promise.all(
    connections.map(async (connection, i) => {
      await connection.send(
        client.fileRequest(nameField('f'), encrypt(client.aesKey, contents[i] ?? ZERO_ID)),
      );
      return (await connection.response()).code;
    }),
  );
  for (const connection of connections) connection[Symbol.dispose]();
  expect(codes).toContain(fileReceived);
  expect(codes.filter((code) => code !== fileReceived && code !== error)).toEqual([]);
  expect(await ask(client, crcOk)).toBe(acknowledged);
  const text = (await stored(client)) ?? '';
  expect(contents.map(String)).toContain(text);
});

test('different files: both, at once', async () => {
  using client = await newClient('both').enrol();
  using first = await V3Connection.open(server.port);
  const whole = client.fileRequest(nameField('slow'), encrypt(client.aesKey, Buffer.alloc(100_000, 's')));
  await first.send(whole.subarray(0, 50_000));
  expect((await client.sendFile('fast', Buffer.from('fast'))).outcome).toBe('verified');
  await first.send(whole.subarray(50_000));
  expect((await first.response()).code).toBe(fileReceived);
  expect(await ask(client, crcOk, 'slow')).toBe(acknowledged);
  expect((await stat(server.file('both', 'slow'))).size).toBe(100_000);
});
