// The limits of docs/PROTOCOL.md, 1.6. These tests wait for time to pass, so they run at once, the longest first.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HonestSession } from '../support/honest-session.ts';
import { RunningServer } from '../support/running-server.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { encrypt, keyPair } from '../support/v3-cryptography.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { filePayload, nameField, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { until, within } from '../support/waiting.ts';

const LONG = 110_000;
const RECONNECT = request(REQUEST.reconnect, nameField('nobody'), { id: Buffer.alloc(16, 0x99) });

let server: RunningServer;
let honest: HonestSession;

beforeAll(async () => {
  server = await RunningServer.start();
  honest = await HonestSession.start(server);
});

afterAll(async () => {
  expect((await honest.stop()).slowest).toBeLessThan(5000);
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

/** How long it takes until the server has closed, in ms; sends one more byte of `drip` every `interval` ms. */
async function lifetime(
  start: Uint8Array,
  drip: Uint8Array,
  interval: number,
  limit: number,
): Promise<number> {
  using connection = await V3Connection.open(server.port);
  await connection.send(start);
  const begin = performance.now();
  for (const byte of drip) {
    if (await within(connection.ended, interval)) return performance.now() - begin;
    await connection.send(Uint8Array.of(byte));
  }
  if (!(await within(connection.ended, limit))) throw new Error(`still open after ${limit} ms`);
  return performance.now() - begin;
}

test.concurrent(
  'answers that are never read: reading pauses, then closed',
  { timeout: LONG },
  async ({ expect }) => {
    using client = await new SimulatedClient(() => server.port, 'deaf', {
      key: { bits: 4096, exponent: 3 },
    }).enrol();
    const key = Buffer.concat([nameField('deaf'), keyPair(4096, 3).publicDer]);
    const requests = request(REQUEST.publicKey, key, { id: client.id });
    const burst = Buffer.concat(Array<Buffer>(500).fill(requests));
    using connection = await V3Connection.open(server.port);
    connection.stopReading();
    const before = await server.residentMiB();
    let bursts = 0;
    let peak = 0;
    const flood = async (): Promise<void> => {
      for (; bursts < 600; bursts++) {
        await connection.send(burst);
        peak = Math.max(peak, await server.residentMiB());
      }
    };
    await Promise.race([flood(), connection.closed]);
    expect(bursts, 'the flood was stopped').toBeLessThan(600);
    expect(peak - before).toBeLessThan(150);
  },
);

test.concurrent('48 kB in 30 s are enough', { timeout: LONG }, async ({ expect }) => {
  using client = await new SimulatedClient(() => server.port, 'slow').enrol();
  using connection = await V3Connection.open(server.port);
  const frame = client.fileRequest(nameField('f'), encrypt(client.aesKey, Buffer.alloc(54_000)));
  for (let sent = 0; sent < frame.length; sent += 1600) {
    await sleep(1000);
    await connection.send(frame.subarray(sent, sent + 1600));
  }
  expect((await connection.response()).code).toBe(RESPONSE.fileReceived);
});

test.concurrent(
  '1 GiB is announced, 10 bytes come: closed, nothing left',
  { timeout: LONG },
  async ({ expect }) => {
    using client = await new SimulatedClient(() => server.port, 'announcing').enrol();
    const size = 2 ** 30;
    const announcing = (name: string, bytes: number): Buffer => {
      const start = filePayload(nameField(name), Buffer.alloc(bytes), size);
      return request(REQUEST.file, start, { id: client.id, payloadSize: size + 259 });
    };
    const before = await server.residentMiB();
    const [time, drip] = await Promise.all([
      lifetime(announcing('silence', 10), Buffer.alloc(0), 0, 45_000),
      lifetime(announcing('drip', 0), Buffer.alloc(44, 'x'), 1000, 0),
      sleep(2000).then(async () => expect((await server.residentMiB()) - before).toBeLessThan(100)),
    ]);
    expect(time).toBeGreaterThan(20_000);
    expect(drip, 'a byte a second is not enough').toBeLessThan(45_000);
  },
);

test.concurrent(
  'a connection may rest before its first request and between two',
  { timeout: LONG },
  async ({ expect }) => {
    using connection = await V3Connection.open(server.port);
    for (let time = 0; time < 2; time++) {
      await sleep(12_000);
      await connection.send(RECONNECT);
      expect((await connection.response()).code).toBe(RESPONSE.reconnectRefused);
    }
  },
);

test.concurrent(
  'a header has 10 s from its first byte, whatever drips',
  { timeout: LONG },
  async ({ expect }) => {
    const time = await lifetime(RECONNECT.subarray(0, 1), RECONNECT.subarray(1, 20), 1500, 0);
    expect(time).toBeGreaterThan(9000);
    expect(time).toBeLessThan(13_000);
  },
);

test.concurrent('a header has 10 s, in silence', { timeout: LONG }, async ({ expect }) => {
  const time = await lifetime(RECONNECT.subarray(0, 22), Buffer.alloc(0), 0, 14_000);
  expect(time).toBeGreaterThan(9000);
});

test.concurrent('a payload has 10 s, whatever drips', { timeout: LONG }, async ({ expect }) => {
  const time = await lifetime(RECONNECT.subarray(0, 100), RECONNECT.subarray(100, 120), 1500, 0);
  expect(time).toBeGreaterThan(9000);
  expect(time).toBeLessThan(13_000);
});

test('what was cut off leaves nothing behind', async () => {
  using client = await new SimulatedClient(() => server.port, 'cut off').enrol();
  for (let time = 0; time < 10; time++) {
    using connection = await V3Connection.open(server.port);
    const start = filePayload(nameField(`f${time}`), Buffer.alloc(100_000), 1_000_000);
    await connection.send(request(REQUEST.file, start, { id: client.id, payloadSize: 1_000_259 }));
    if (time % 2 === 0) connection.reset();
    else connection.end();
    expect(await within(connection.ended, 2000), 'the server ends its side too').toBe(true);
  }
  await until('only the honest file may be incoming', async () => (await server.incoming()).length <= 2);
});
