// Keys and ciphertexts that are none.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HonestSession } from '../support/honest-session.ts';
import { RunningServer } from '../support/running-server.ts';
import { encrypt, keyPair } from '../support/v3-cryptography.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { vectors } from '../support/vectors.ts';

const CONTENT = Buffer.from('content');

let server: RunningServer;
let honest: HonestSession;

beforeAll(async () => {
  server = await RunningServer.start();
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

function keyRequest(client: SimulatedClient, der: Uint8Array): Buffer {
  return request(REQUEST.publicKey, Buffer.concat([nameField(client.name), der]), { id: client.id });
}

test('public keys: taken, or refused with the connection going on', async () => {
  const wrong: string[] = [];
  for (const [i, vector] of vectors('rsa-public-keys').entries()) {
    const der = Buffer.from(vector.der_hex, 'hex');
    using client = newClient(`key ${i}`);
    await client.register();
    const { code, payload } = await client.exchange(keyRequest(client, der));
    if (vector.expect === 'ok') {
      if (code !== RESPONSE.aesKey || payload.length !== 16 + vector.bits / 8) wrong.push(vector.name);
      continue;
    }
    if (code !== RESPONSE.error) wrong.push(vector.name);
    if (der.length < 160 || der.length > 1024) client.close(); // the payload size is refused, which closes
    await client.exchangeKey();
  }
  expect(wrong).toEqual([]);
});

test('a client keeps its public key and its AES key', async () => {
  using client = await newClient('keeper').enrol();
  const key = client.aesKey;
  await client.exchangeKey();
  expect(client.aesKey).toEqual(key);
  for (const exponent of [3, 65537]) {
    const response = await client.exchange(keyRequest(client, keyPair(1024, exponent).publicDer));
    expect(response.code).toBe(RESPONSE.error);
  }
  await client.reconnect();
  expect(client.aesKey).toEqual(key);
  using other = await newClient('another').enrol();
  expect(other.aesKey).not.toEqual(key);
});

test('two public keys at once for one id: one of them', async () => {
  using client = newClient('contested');
  await client.register();
  const codes = await Promise.all(
    [3, 17, 65537].map(async (exponent) => {
      using connection = await V3Connection.open(server.port);
      await connection.send(keyRequest(client, keyPair(1024, exponent).publicDer));
      return (await connection.response()).code;
    }),
  );
  expect(codes.sort()).toEqual([RESPONSE.aesKey, RESPONSE.error, RESPONSE.error]);
});

test('ciphertexts that are none: one and the same refusal, nothing left', async () => {
  using client = await newClient('ciphertexts').enrol();
  const field = nameField('f');
  const sound = encrypt(client.aesKey, Buffer.from('sixteen letters!'.repeat(3)));
  const faults: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    '1 byte': sound.subarray(0, 1),
    '15 bytes': sound.subarray(0, 15),
    '17 bytes': sound.subarray(0, 17),
    'one byte short': sound.subarray(0, -1),
    'cut by a block': sound.subarray(0, -16),
    'one byte more': Buffer.concat([sound, Buffer.alloc(1)]),
    'padding of 0': encrypt(client.aesKey, Buffer.alloc(32), false),
    'padding of 17': encrypt(client.aesKey, Buffer.alloc(32, 17), false),
    'padding of 255': encrypt(client.aesKey, Buffer.alloc(32, 255), false),
    'inconsistent padding': encrypt(client.aesKey, Buffer.from('thirteen char\x03\x02\x03'), false),
    'large and cut': encrypt(client.aesKey, Buffer.alloc(300_000)).subarray(0, -16),
    'large and odd': encrypt(client.aesKey, Buffer.alloc(300_000)).subarray(0, -1),
  };
  for (const [name, ciphertext] of Object.entries(faults)) {
    const response = await client.exchange(client.fileRequest(field, ciphertext));
    expect(response, name).toMatchObject({ code: RESPONSE.error, payload: Buffer.alloc(0) });
    const confirmed = await client.exchange(request(REQUEST.crcOk, field, { id: client.id }));
    expect(confirmed.code, `${name}: nothing is pending`).toBe(RESPONSE.error);
  }
  expect((await client.sendFile('f', CONTENT)).outcome).toBe('verified');
});

test("another client's key opens nothing", async () => {
  using alice = await newClient('alice').enrol();
  using mallory = await newClient('mallory').enrol();
  expect((await alice.sendFile('f', CONTENT)).outcome).toBe('verified');
  let refused = 0;
  for (let time = 0; time < 10; time++) {
    const ciphertext = encrypt(mallory.aesKey, randomBytes(100));
    const { code } = await alice.exchange(alice.fileRequest(nameField(`m${time}`), ciphertext));
    if (code === RESPONSE.error) refused++;
  }
  expect(refused, 'one in 256 looks padded').toBeGreaterThan(7);
});

test('200 keys of 4096 bits at once: keys or refusals, nobody else waits', async () => {
  const der = keyPair(4096, 65537).publicDer;
  const codes = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      using client = newClient(`busy ${i}`);
      await client.register();
      return (await client.exchange(keyRequest(client, der))).code;
    }),
  );
  expect(codes.filter((code) => code !== RESPONSE.aesKey && code !== RESPONSE.error)).toEqual([]);
  expect(codes).toContain(RESPONSE.aesKey);
});
