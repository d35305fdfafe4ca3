// Peers that are slow to send or to read (docs/PROTOCOL.md, 2.7). These tests wait for half a minute to pass, so they run at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { V4Client } from '../support/v4-client.ts';
import { V4_REQUEST, v4Payload, v4Request } from '../support/v4-frames.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { until } from '../support/waiting.ts';

/** Where half a minute is to pass on a busy machine. */
const LONG_WAIT = 70_000;

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

test.concurrent('content has 30 s for 16 KiB, whatever drips', { timeout: LONG_WAIT }, async ({ expect }) => {
  const identity = newIdentity();
  using client = await V4Client.joined(server.port, 'dripping content', identity);
  const content = Buffer.alloc(100_000, 'x');
  const { stream } = await client.open('f', { size: content.length });
  const frame = v4Request(V4_REQUEST.data, client.id, v4Payload.data(stream, 0, content));
  await client.connection.send(frame.subarray(0, 10_000));
  const begin = performance.now();
  const closed = client.over.then(() => performance.now() - begin);
  let time: number | undefined;
  void closed.then((passed) => (time = passed));
  for (const byte of frame.subarray(10_000, 10_040)) {
    await client.connection.send(Uint8Array.of(byte));
    await sleep(1000);
    if (time !== undefined) break;
  }
  expect(time).toBeGreaterThan(29_000);
  using back = await V4Client.back(server.port, identity);
  expect((await back.open('f', { size: content.length })).offset, 'and what came is kept').toBeGreaterThan(
    9000,
  );
});

test.concurrent('content that comes slowly, and not too slowly', { timeout: LONG_WAIT }, async () => {
  using client = await V4Client.joined(server.port, 'slow content');
  const content = Buffer.alloc(48_000, 'x');
  const { stream } = await client.open('f', { size: content.length });
  const frame = v4Request(V4_REQUEST.data, client.id, v4Payload.data(stream, 0, content));
  for (let at = 0; at < frame.length; at += 6000) {
    await client.connection.send(frame.subarray(at, at + 6000));
    await sleep(4000);
  }
  await client.commit(stream, content);
});

test.concurrent('answers have 30 s to be read', { timeout: LONG_WAIT }, async ({ expect }) => {
  using client = await V4Client.joined(server.port, 'deaf');
  const content = Buffer.alloc(16 << 20, 'x');
  await client.upload('f', content);
  client.connection.stopReading();
  const begin = performance.now();
  await client.request(V4_REQUEST.fetch, v4Payload.fetch(7777, 0, 'f'));
  await until('it is closed', async () => server.stderr.includes('answers not read'), 45_000);
  expect(performance.now() - begin).toBeGreaterThan(29_000);
  client.connection.startReading();
  await client.connection.closed;
});

test.concurrent('a download that is read slowly goes on', { timeout: LONG_WAIT }, async ({ expect }) => {
  using client = await V4Client.joined(server.port, 'slow reader');
  const content = Buffer.alloc(24 << 20, 'x');
  await client.upload('f', content);
  const fetched = client.fetch('f');
  for (let time = 0; time < 7; time++) {
    client.connection.stopReading();
    await sleep(5000);
    client.connection.startReading();
    await sleep(20);
  }
  expect((await fetched).content.equals(content)).toBe(true);
});

test.concurrent(
  '--idle-timeout: with nothing under way, and not before',
  { timeout: LONG_WAIT },
  async ({ expect }) => {
    await using impatient = await RunningServer.start('--idle-timeout', '3');
    const identity = newIdentity();
    using busy = await V4Client.joined(impatient.port, 'busy', identity);
    using idle = await V4Client.back(impatient.port, identity);
    const { stream } = await busy.open('f', { size: 8 });
    const begin = performance.now();
    const idleFor = idle.over.then(() => performance.now() - begin);
    for (let at = 0; at < 8; at++) {
      await busy.data(stream, at, Buffer.from('x'));
      await sleep(1000);
    }
    await busy.commit(stream, Buffer.alloc(8, 'x'));
    expect(await idleFor).toBeGreaterThan(2900);
    expect(await idleFor).toBeLessThan(7500);
    expect(await busy.over, 'and then it too, without a word').toBeUndefined();
  },
);
