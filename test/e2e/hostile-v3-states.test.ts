// Every request in every state (docs/PROTOCOL.md, 1.3 and 1.4).
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../support/ask.ts';
import { HonestSession } from '../support/honest-session.ts';
import { RunningServer } from '../support/running-server.ts';
import { keyPair } from '../support/v3-cryptography.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { filePayload, nameField, request, REQUEST, RESPONSE, ZERO_ID } from '../support/v3-frames.ts';

const { file, crcOk, crcWrong, crcGiveUp } = REQUEST;
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

describe('states of a client', () => {
  const key = Buffer.concat([nameField('x'), keyPair(1024, 17).publicDer]);
  const content = filePayload(nameField('f'), Buffer.alloc(32));

  async function answers(id: Uint8Array): Promise<Record<number, number>> {
    using connection = await V3Connection.open(server.port);
    const codes: Record<number, number> = {};
    for (const code of [REQUEST.reconnect, file, crcOk, crcWrong, crcGiveUp]) {
      await connection.send(request(code, code === file ? content : nameField('f'), { id }));
      codes[code] = (await connection.response()).code;
    }
    return codes;
  }

  const refusals = { 1027: RESPONSE.reconnectRefused, 1028: error, 1029: error, 1030: error, 1031: error };

  test.each([
    ['zeros', ZERO_ID],
    ['FF', Buffer.alloc(16, 0xff)],
    ['random', randomBytes(16)],
  ])('an unknown id of %s: refused in every request, on one connection', async (_, id) => {
    expect(await answers(id)).toEqual(refusals);
    using connection = await V3Connection.open(server.port);
    await connection.send(request(REQUEST.publicKey, key, { id }));
    expect((await connection.response()).code).toBe(error);
    await connection.send(request(REQUEST.reconnect, nameField('x'), { id }));
    const response = await connection.response();
    expect(response, 'nothing was made of it').toMatchObject({
      code: RESPONSE.reconnectRefused,
      payload: Buffer.from(id),
    });
  });

  test('registered, without a key', async () => {
    using client = newClient('registered');
    await client.register();
    expect(await answers(client.id)).toEqual(refusals);
    await expect(newClient('registered').register()).rejects.toThrow('got 2101');
    await client.exchangeKey();
  });

  test('keyed', async () => {
    using client = await newClient('keyed').enrol();
    await expect(newClient('keyed').register()).rejects.toThrow('got 2101');
    await expect(client.register()).rejects.toThrow('got 2101');
    await client.reconnect();
    for (const code of [crcOk, crcWrong, crcGiveUp]) expect(await ask(client, code)).toBe(error);
  });

  test('a reconnect with the name of another: the id tells who it is', async () => {
    using alice = await newClient('alice').enrol();
    await newClient('bob').enrol();
    using connection = await V3Connection.open(server.port);
    await connection.send(request(REQUEST.reconnect, nameField('bob'), { id: alice.id }));
    const response = await connection.response();
    expect(response.code).toBe(RESPONSE.reconnected);
    expect(response.payload.subarray(0, 16)).toEqual(alice.id);
  });
});

describe('states of a file', () => {
  const none: number[] = [];
  const before = {
    none,
    verified: [file, crcOk],
    failed: [file, crcGiveUp],
    pending: [file],
    waiting: [file, crcWrong],
  };
  const refuses = { [file]: fileReceived, [crcOk]: error, [crcWrong]: error, [crcGiveUp]: error };
  const table: Record<keyof typeof before, Record<number, number>> = {
    none: refuses,
    verified: refuses,
    failed: refuses,
    pending: {
      [file]: fileReceived,
      [crcOk]: acknowledged,
      [crcWrong]: acknowledged,
      [crcGiveUp]: acknowledged,
    },
    waiting: { ...refuses, [crcGiveUp]: acknowledged },
  };
  const cells = Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([code, answer]) => ({
      state: state as keyof typeof before,
      code: Number(code),
      answer,
    })),
  );

  test.each(cells)('$state, then $code: $answer', async ({ state, code, answer }) => {
    using client = await newClient(`${state} ${code}`).enrol();
    for (const step of before[state]) await ask(client, step);
    expect(await ask(client, crcOk, 'another file')).toBe(error);
    expect(await ask(client, code)).toBe(answer);
    const verified = state === 'verified' || (state === 'pending' && code === crcOk);
    expect(await stored(client)).toBe(verified ? 'content' : undefined);
    expect((await client.sendFile('f', Buffer.from('later'))).outcome, 'it goes on').toBe('verified');
  });

  test('a send replaces what is pending', async () => {
    using client = await newClient('replacing').enrol();
    expect(await ask(client, file, 'f', 'one')).toBe(fileReceived);
    expect(await ask(client, file, 'f', 'two')).toBe(fileReceived);
    expect(await ask(client, crcOk)).toBe(acknowledged);
    expect(await stored(client)).toBe('two');
    expect(await ask(client, crcOk)).toBe(error);
  });

  test('the verified version stands until a later one is verified', async () => {
    using client = await newClient('versions').enrol();
    await ask(client, file, 'f', 'first');
    await ask(client, crcOk);
    for (const [step, content] of [
      [file, 'second'],
      [crcWrong],
      [file, 'third'],
      [crcGiveUp],
      [file, 'fourth'],
    ] as const) {
      await ask(client, step, 'f', content);
      expect(await stored(client)).toBe('first');
    }
    await ask(client, crcOk);
    expect(await stored(client)).toBe('fourth');
  });

  test('the fifth send is refused, until the count ends', async () => {
    using client = await newClient('sends').enrol();
    for (const end of [crcGiveUp, REQUEST.reconnect]) {
      for (let send = 1; send <= 4; send++) {
        expect(await ask(client, file)).toBe(fileReceived);
        expect(await ask(client, crcWrong)).toBe(acknowledged);
      }
      expect(await ask(client, file)).toBe(error);
      await ask(client, end);
    }
    expect(await ask(client, file)).toBe(fileReceived);
  });

  test('the same path by another spelling is the same file', async () => {
    using client = await newClient('spelling').enrol();
    expect(await ask(client, file, 'C:\\d\\f')).toBe(fileReceived);
    expect(await ask(client, crcOk, '../d/./f')).toBe(acknowledged);
    expect(await stored(client, 'd/f')).toBe('content');
  });
});
