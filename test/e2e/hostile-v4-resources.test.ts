// Floods over version 4: work and memory stay bounded, and others go on.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { V4Client } from '../support/v4-client.ts';
import { V4Connection } from '../support/v4-connection.ts';
import { MAX_CHUNK, V4_REQUEST, v4Payload, v4Request } from '../support/v4-frames.ts';
import { HonestSession } from '../support/honest-session.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { clientHello } from '../support/v4-raw.ts';
import { within } from '../support/waiting.ts';

let server: RunningServer;
let honest: HonestSession;
let before: number;

beforeAll(async () => {
  server = await RunningServer.start();
  honest = await HonestSession.start(server, 4);
});

beforeEach(async () => {
  before = await server.residentMiB();
});

afterAll(async () => {
  expect((await honest.stop()).slowest).toBeLessThan(10_000);
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

async function grown(): Promise<number> {
  return (await server.residentMiB()) - before;
}

test('1,000 half-done handshakes: caps, and honest clients go on', { timeout: 30_000 }, async () => {
  const hello = await clientHello();
  const connections = await Promise.all(
    Array.from({ length: 1000 }, async (_, i) => {
      const connection = await V3Connection.open(server.port);
      await connection.send(i % 2 === 0 ? hello : hello.subarray(0, 20));
      return connection;
    }),
  );
  using client = await V4Client.joined(server.port, 'meanwhile');
  await client.upload('f', randomBytes(100_000));
  expect(await grown()).toBeLessThan(150);
  for (const connection of connections) connection.reset();
});

test('300 handshakes that are broken off after they are through', { timeout: 30_000 }, async () => {
  const identity = newIdentity();
  for (let round = 0; round < 10; round++) {
    const connections = await Promise.all(
      Array.from({ length: 30 }, () => V4Connection.open(server.port, { identity })),
    );
    for (const connection of connections) connection[Symbol.dispose]();
  }
  using client = await V4Client.joined(server.port, 'after the storm');
  await client.put('f', Buffer.from('x'));
});

test('1,000 pipelined requests whose answers nobody reads: reading pauses, then all are answered', async () => {
  using client = await V4Client.joined(server.port, 'deaf');
  await client.putAll(Array.from({ length: 50 }, (_, i) => [`${'n'.repeat(200)} ${i}`, Buffer.from('x')]));
  before = await server.residentMiB();
  client.connection.stopReading();
  const streams = Array.from({ length: 1000 }, (_, i) => 10_000 + i);
  const frames = streams.map((stream) => v4Request(V4_REQUEST.list, client.id, v4Payload.list(stream)));
  const sent = client.connection.send(Buffer.concat(frames));
  using other = await V4Client.joined(server.port, 'hearing');
  for (let i = 0; i < 20; i++) await other.put(`${i}`, Buffer.from('x'));
  expect(await grown(), 'and not all the answers in memory').toBeLessThan(100);
  client.connection.startReading();
  await sent;
  for (const stream of streams) {
    const answer = await client.next(stream, 'listing');
    if (answer.entries.length !== 50) expect.fail(`${answer.entries.length} entries`);
  }
});

test('a download that nobody reads takes no memory', async () => {
  using client = await V4Client.joined(server.port, 'downloading');
  const content = Buffer.alloc(64 << 20, 'x');
  await client.upload('f', content);
  before = await server.residentMiB();
  client.connection.stopReading();
  await client.request(V4_REQUEST.fetch, v4Payload.fetch(5000, 0, 'f'));
  using other = await V4Client.joined(server.port, 'uploading');
  for (let i = 0; i < 20; i++) await other.put(`${i}`, Buffer.from('x'));
  expect(await grown()).toBeLessThan(32);
});

test('twice the window at once: taken as it can be, or refused', { timeout: 30_000 }, async () => {
  using client = await V4Client.joined(server.port, 'pushing');
  const { stream } = await client.open('f', { size: null });
  const { window } = client.welcome;
  const piece = Buffer.alloc(MAX_CHUNK);
  for (let at = 0; at < 2 * window; at += MAX_CHUNK) {
    const sent = client.request(V4_REQUEST.data, v4Payload.data(stream, at, piece));
    if (!(await within(Promise.race([sent, client.connection.closed]), 10_000))) break;
  }
  expect(await grown()).toBeLessThan(window / 2 ** 20 + 100);
});

test('twice the window in small files at once', { timeout: 30_000 }, async () => {
  using client = await V4Client.joined(server.port, 'pushing small files');
  const { window } = client.welcome;
  const content = Buffer.alloc(65_536, 'y');
  const count = Math.ceil((2 * window) / content.length);
  const frames = Array.from({ length: count }, (_, i) =>
    v4Request(
      V4_REQUEST.put,
      client.id,
      v4Payload.put(i + 1, { path: `${i}`, content, mtime: 0n, mode: 0o600 }),
    ),
  );
  await client.connection.send(Buffer.concat(frames));
  const outcome = await client.nextAnswer(1);
  expect(outcome.type).toMatch(/^(receipt|refused)$/);
  expect(await grown()).toBeLessThan(window / 2 ** 20 + 150);
});
