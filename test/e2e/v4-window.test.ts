// The window (docs/PROTOCOL.md, 2.4): all content that was sent is reported as taken, also what nobody wanted.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { within } from '../support/waiting.ts';
import { V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { MAX_CHUNK, MAX_PUT } from '../support/v4-frames.ts';
import { newIdentity } from '../support/v4-identity.ts';

const CHUNK = Buffer.alloc(MAX_CHUNK, 'chunk ');
const CHUNKS = Buffer.alloc(8 * MAX_CHUNK, 'chunk ');
const SMALL = Buffer.alloc(MAX_PUT, 'small ');

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

/** Sends content by `send` until it is half as much again as the window, and then something that has to fit. */
async function overrun(
  client: V4Client,
  bytes: number,
  send: (i: number) => Promise<unknown>,
): Promise<string> {
  const count = Math.ceil((1.5 * client.welcome.window) / bytes);
  const flood = async (): Promise<void> => {
    for (let i = 0; i < count; i++) await send(i);
    await client.put('goes on', randomBytes(1000));
  };
  const done = flood().then(
    () => 'goes on',
    (error: unknown) => String(error),
  );
  return (await within(done, 15_000)) ? done : `stuck with ${client.taken} bytes taken`;
}

test('content of a file', { timeout: 30_000 }, async () => {
  using client = await V4Client.joined(server.port, 'file');
  const { stream } = await client.open('f', { size: null });
  expect(await overrun(client, MAX_CHUNK, (i) => client.data(stream, i * MAX_CHUNK, CHUNK))).toBe('goes on');
  expect(client.taken).toBeGreaterThan(client.welcome.window);
});

test('content for a stream that does not exist', { timeout: 30_000 }, async () => {
  using client = await V4Client.joined(server.port, 'no stream');
  expect(await overrun(client, MAX_CHUNK, () => client.data(77_777, 0, CHUNK))).toBe('goes on');
});

test('content for a stream that was refused', { timeout: 30_000 }, async () => {
  using client = await V4Client.joined(server.port, 'refused stream');
  const { stream } = await client.open('f', { size: 1 });
  expect(await overrun(client, MAX_CHUNK, () => client.data(stream, 0, CHUNK))).toBe('goes on');
});

test('content at an offset that is refused', { timeout: 30_000 }, async () => {
  using client = await V4Client.joined(server.port, 'wrong offset');
  const send = async (i: number): Promise<void> => {
    const { stream } = await client.open(`f ${i}`, { size: null });
    await client.data(stream, 5, CHUNKS);
    expect(await client.nextAnswer(stream)).toMatchObject({ error: 'bad-offset' });
  };
  expect(await overrun(client, CHUNKS.length, send)).toBe('goes on');
});

test('content that another connection has taken over', { timeout: 30_000 }, async () => {
  const identity = newIdentity();
  using client = await V4Client.joined(server.port, 'taken over', identity);
  using other = await V4Client.back(server.port, identity);
  const send = async (i: number): Promise<void> => {
    const { stream } = await client.open('f', { size: null, mtime: BigInt(i) });
    const data = client.data(stream, 0, CHUNKS);
    await other.open('f', { size: null, mtime: BigInt(-i) });
    await data;
    expect(await client.nextAnswer(stream)).toMatchObject({ error: 'superseded' });
  };
  expect(await overrun(client, CHUNKS.length, send)).toBe('goes on');
});

test('content that is dropped by a cancel', { timeout: 30_000 }, async () => {
  using client = await V4Client.joined(server.port, 'dropped');
  const send = async (): Promise<void> => {
    const { stream } = await client.open('f', { size: null });
    await client.data(stream, 0, CHUNKS);
    await client.cancel(stream, 'drop');
  };
  expect(await overrun(client, CHUNKS.length, send)).toBe('goes on');
});

test.each([
  ['whose hash is wrong', { path: 'f', sha256: randomBytes(32) }, 'wrong-hash'],
  ['with a path that is not safe', { path: '../f' }, 'bad-path'],
  ['with a path that holds a NUL', { path: 'f\0' }, 'bad-path'],
] as const)('small files %s', { timeout: 30_000 }, async (title, { path, ...facts }, error) => {
  using client = await V4Client.joined(server.port, `small files ${title}`);
  const send = async (i: number): Promise<void> => {
    const outcome = await outcomeOfRequest(client.putOn(i + 10_000, path, SMALL, facts));
    if (outcome !== error) throw new Error(outcome);
  };
  expect(await overrun(client, MAX_PUT, send)).toBe('goes on');
});
