// The limits of docs/PROTOCOL.md, 2.7. These tests wait for time to pass, so they run at once, the longest first.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { FACTS, V4Client } from '../support/v4-client.ts';
import { V4_REQUEST, v4Payload, v4Request } from '../support/v4-frames.ts';
import { HonestSession } from '../support/honest-session.ts';
import { clientHello } from '../support/v4-raw.ts';
import { within } from '../support/waiting.ts';

const LONG = 40_000;

let server: RunningServer;
let honest: HonestSession;

beforeAll(async () => {
  server = await RunningServer.start();
  honest = await HonestSession.start(server, 4);
});

afterAll(async () => {
  expect((await honest.stop()).slowest).toBeLessThan(10_000);
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

interface Line {
  readonly ended: Promise<unknown>;
  send(bytes: Uint8Array): Promise<void>;
}

/** How long it takes until the server has closed, in ms; sends one more byte of `drip` every 1.5 s. */
async function lifetime(line: Line, start: Uint8Array, drip: Uint8Array): Promise<number> {
  await line.send(start);
  const begin = performance.now();
  for (const byte of drip) {
    if (await within(line.ended, 1500)) return performance.now() - begin;
    await line.send(Uint8Array.of(byte));
  }
  if (!(await within(line.ended, 30_000))) throw new Error('still open');
  return performance.now() - begin;
}

test.concurrent('20 s until it is in, whatever it asks for', { timeout: LONG }, async ({ expect }) => {
  using client = await V4Client.connect(server.port);
  const begin = performance.now();
  while (!(await within(client.over, 2000))) {
    await client.request(V4_REQUEST.hello, v4Payload.hello());
    if (performance.now() - begin > 30_000) throw new Error('still open');
  }
  expect(performance.now() - begin).toBeGreaterThan(18_000);
  expect(performance.now() - begin).toBeLessThan(26_000);
});

test.concurrent('20 s until it is in, in silence', { timeout: LONG }, async ({ expect }) => {
  using client = await V4Client.connect(server.port);
  const time = await lifetime(client.connection, Buffer.alloc(0), Buffer.alloc(0));
  expect(time).toBeGreaterThan(9000);
  expect(time).toBeLessThan(26_000);
});

test.concurrent('once in, it may rest', { timeout: LONG }, async () => {
  using client = await V4Client.joined(server.port, 'resting');
  await sleep(21_000);
  await client.put('f', Buffer.from('x'));
});

test.concurrent('an upload that rests between two pieces', { timeout: LONG }, async () => {
  using client = await V4Client.joined(server.port, 'pausing');
  const content = Buffer.alloc(20_000, 'x');
  const { stream } = await client.open('f', { size: content.length });
  await client.data(stream, 0, content.subarray(0, 10_000));
  await sleep(15_000);
  await client.data(stream, 10_000, content.subarray(10_000));
  await client.commit(stream, content);
});

test.concurrent(
  'a header has 10 s from its first byte, whatever drips',
  { timeout: LONG },
  async ({ expect }) => {
    using client = await V4Client.joined(server.port, 'dripping header');
    const frame = v4Request(V4_REQUEST.list, client.id, v4Payload.list(1));
    const time = await lifetime(client.connection, frame.subarray(0, 1), frame.subarray(1, 20));
    expect(time).toBeGreaterThan(9000);
    expect(time).toBeLessThan(14_000);
  },
);

test.concurrent('a payload has 10 s, whatever drips', { timeout: LONG }, async ({ expect }) => {
  using client = await V4Client.joined(server.port, 'dripping payload');
  const payload = v4Payload.put(1, { path: 'f', content: Buffer.alloc(1000), ...FACTS });
  const frame = v4Request(V4_REQUEST.put, client.id, payload);
  const time = await lifetime(client.connection, frame.subarray(0, 100), frame.subarray(100, 120));
  expect(time).toBeGreaterThan(9000);
  expect(time).toBeLessThan(14_000);
});

test.concurrent('a handshake has 10 s, whatever drips', { timeout: LONG }, async ({ expect }) => {
  const hello = await clientHello();
  using dripping = await V3Connection.open(server.port);
  using silent = await V3Connection.open(server.port);
  using undecided = await V3Connection.open(server.port);
  const times = await Promise.all([
    lifetime(dripping, hello.subarray(0, 60), hello.subarray(60, 80)),
    lifetime(silent, hello, Buffer.alloc(0)),
    lifetime(undecided, hello.subarray(0, 5), Buffer.alloc(0)),
  ]);
  for (const time of times) {
    expect(time).toBeGreaterThan(9000);
    expect(time).toBeLessThan(14_000);
  }
});
