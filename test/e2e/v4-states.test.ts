// Every request of v4 in every state of a connection and of a stream (docs/PROTOCOL.md, 2.2, 2.4 and 2.8).
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { FACTS, V4Client } from '../support/v4-client.ts';
import { Refused } from '../support/v4-errors.ts';
import { hash, NO_TOKEN, V4_REQUEST, v4Payload, v4Request } from '../support/v4-frames.ts';
import { nameField } from '../support/v3-frames.ts';

const CONTENT = Buffer.from('content');
const FILE = { ...FACTS, path: 'f', content: CONTENT };
const UNKNOWN_CODES = [0, 1025, 1028, 1100, 1113, 2201, 2205, 65535];

/** A sound payload of each request that has a stream. */
const ON_STREAM: Readonly<Record<number, (stream: number) => Buffer>> = {
  [V4_REQUEST.open]: (stream) => v4Payload.open(stream, { ...FILE, size: 7 }),
  [V4_REQUEST.data]: (stream) => v4Payload.data(stream, 0, CONTENT),
  [V4_REQUEST.commit]: (stream) => v4Payload.commit(stream, 7, hash(CONTENT)),
  [V4_REQUEST.put]: (stream) => v4Payload.put(stream, FILE),
  [V4_REQUEST.cancel]: (stream) => v4Payload.cancel(stream, 'drop'),
  [V4_REQUEST.folder]: (stream) => v4Payload.folder(stream, { ...FACTS, path: 'd' }),
  [V4_REQUEST.list]: (stream) => v4Payload.list(stream),
  [V4_REQUEST.fetch]: (stream) => v4Payload.fetch(stream, 0, 'f'),
};
const CELLS = Object.entries(ON_STREAM).map(([code, payload]) => ({ code: Number(code), payload }));
const ABOUT_UPLOADS = CELLS.filter(({ code }) =>
  [V4_REQUEST.data, V4_REQUEST.commit, V4_REQUEST.cancel].some((known) => known === code),
);
const BEGINNINGS = CELLS.filter((cell) => !ABOUT_UPLOADS.includes(cell));

let server: RunningServer;
let client: V4Client;
let clients = 0;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  client = await V4Client.joined(server.port, `client ${clients++}`);
});

afterEach(() => {
  client[Symbol.dispose]();
});

/** Whatever was said, the connection is as good as before. */
async function goesOn(): Promise<void> {
  await client.putOn(999_999, 'goes on', randomBytes(20));
}

describe('before the welcome', () => {
  test.each(CELLS)('$code: not-joined, closed', async ({ code, payload }) => {
    using stranger = await V4Client.connect(server.port);
    await stranger.request(code, payload(1));
    expect(await stranger.over).toMatchObject({ error: 'not-joined', stream: 0 });
  });

  test.each(UNKNOWN_CODES)('%d: unknown-code, closed', async (code) => {
    using stranger = await V4Client.connect(server.port);
    await stranger.request(code, Buffer.alloc(44));
    expect(await stranger.over).toMatchObject({ error: 'unknown-code', stream: 0 });
  });

  test('right behind a hello, before its answer: not-joined, closed', async () => {
    using back = await V4Client.connect(server.port, client.identity);
    const early = back.request(V4_REQUEST.put, v4Payload.put(1, FILE), client.id);
    await Promise.all([back.request(V4_REQUEST.hello, v4Payload.hello()), early]);
    expect(await back.over).toMatchObject({ error: 'not-joined', stream: 0 });
    expect(await client.listAll()).toEqual([]);
  });
});

describe('once in', () => {
  test.each(UNKNOWN_CODES)('%d: unknown-code, closed', async (code) => {
    await client.request(code, Buffer.alloc(44));
    expect(await client.over).toMatchObject({ error: 'unknown-code', stream: 0 });
  });

  test('1101 and 1102: 2201 again', async () => {
    const { welcome } = client;
    expect(await client.hello()).toEqual(welcome);
    expect(await client.join('whoever')).toEqual(welcome);
    await client.request(V4_REQUEST.join, v4Payload.join(0, NO_TOKEN, nameField('x')));
    expect(await client.next(0, 'welcome')).toEqual(welcome);
    await goesOn();
  });
});

describe('streams', () => {
  test.each(CELLS)('$code on stream 0: bad-stream, closed', async ({ code, payload }) => {
    await client.request(code, payload(0));
    expect(await client.over).toMatchObject({ error: 'bad-stream', stream: 0 });
  });

  test.each(ABOUT_UPLOADS)(
    '$code on a stream that was never opened: bad-stream',
    async ({ code, payload }) => {
      for (const stream of [1, 0xffffffff]) {
        await client.request(code, payload(stream));
        expect(await client.nextAnswer(stream)).toMatchObject({ type: 'refused', error: 'bad-stream' });
      }
      await goesOn();
    },
  );

  test.each(ABOUT_UPLOADS)(
    '$code on a stream whose upload is done: bad-stream',
    async ({ code, payload }) => {
      const { stream } = await client.open('f', { size: 7 });
      await client.data(stream, 0, CONTENT);
      await client.commit(stream, CONTENT);
      await client.request(code, payload(stream));
      expect(await client.nextAnswer(stream)).toMatchObject({ type: 'refused', error: 'bad-stream' });
      await goesOn();
    },
  );

  test.each(ABOUT_UPLOADS)('$code on a stream that was refused: skipped', async ({ code, payload }) => {
    const { stream } = await client.open('f', { size: 7 });
    await client.data(stream, 1, CONTENT);
    expect(await client.nextAnswer(stream)).toMatchObject({ type: 'refused', error: 'bad-offset' });
    for (let time = 0; time < 3; time++) await client.request(code, payload(stream));
    await goesOn();
    expect(client.hasNews(stream)).toBe(false);
    expect(await client.open('f', { size: 7 }, stream), 'until it is used again').toMatchObject({
      offset: 0,
    });
    await client.data(stream, 0, CONTENT);
    await client.commit(stream, CONTENT);
  });

  test.each<[string, (stream: number) => Promise<unknown>]>([
    ['1103 of a bad path', (stream) => client.open('../f', {}, stream)],
    ['1103 of a path with a NUL', (stream) => client.open('f\0', {}, stream)],
    [
      '1105 with a wrong hash',
      async (stream) => {
        await client.open('f', { size: 7 }, stream);
        await client.data(stream, 0, CONTENT);
        await client.commit(stream, CONTENT, { sha256: randomBytes(32) });
      },
    ],
    [
      '1105 with a wrong size',
      async (stream) => {
        await client.open('f', { size: null }, stream);
        await client.commit(stream, CONTENT);
      },
    ],
    ['1106 of a bad path', (stream) => client.putOn(stream, '../f', CONTENT)],
    ['1106 with a wrong hash', (stream) => client.putOn(stream, 'f', CONTENT, { sha256: randomBytes(32) })],
  ])('frames behind a %s that was refused: skipped', async (_, begin) => {
    await expect(begin(5)).rejects.toBeInstanceOf(Refused);
    for (const { code, payload } of ABOUT_UPLOADS) await client.request(code, payload(5));
    await goesOn();
    expect(client.hasNews(5)).toBe(false);
    await client.putOn(5, 'again', CONTENT);
  });

  // With the number of the stream, the refusal would seem to be the end of the operation that has it.
  test.each(BEGINNINGS)('$code on a stream that is in use: bad-stream, closed', async ({ code, payload }) => {
    const { stream } = await client.open('another', { size: 7 });
    await client.data(stream, 0, CONTENT.subarray(0, 3));
    await client.request(code, payload(stream));
    expect(await client.over).toMatchObject({ error: 'bad-stream', stream: 0 });
    expect(client.hasNews(stream)).toBe(false);
    using back = await V4Client.back(server.port, client.identity);
    expect(await back.open('another', { size: 7 }), 'what came is kept').toMatchObject({ offset: 3 });
  });

  test.each(ABOUT_UPLOADS)('$code right behind a commit: bad-stream, closed', async ({ code, payload }) => {
    const { stream } = await client.open('f', { size: 7 });
    await client.data(stream, 0, CONTENT);
    const both = [ON_STREAM[V4_REQUEST.commit]?.(stream) ?? Buffer.alloc(0), payload(stream)];
    const [commit, next] = both.map((bytes, i) =>
      v4Request(i === 0 ? V4_REQUEST.commit : code, client.id, bytes),
    );
    await client.connection.send(Buffer.concat([commit ?? Buffer.alloc(0), next ?? Buffer.alloc(0)]));
    expect(await client.over).toMatchObject({ error: 'bad-stream', stream: 0 });
    using back = await V4Client.back(server.port, client.identity);
    expect((await back.upload('f', CONTENT)).fields.seq, 'the commit itself was carried out').toBe(1);
  });

  test('a stream may be used again after its last answer, for anything', async () => {
    for (let time = 0; time < 3; time++) {
      expect((await client.putOn(7, `file ${time}`, CONTENT)).wasThere).toBe(false);
      await client.request(V4_REQUEST.list, v4Payload.list(7));
      expect((await client.next(7, 'listing')).entries).toHaveLength(time + 1);
      const opened = await client.open(`upload ${time}`, { size: 7 }, 7);
      expect(opened).toMatchObject({ state: 'new', offset: 0 });
      await client.cancel(7, 'drop');
    }
  });

  test('streams of any number', async () => {
    for (const stream of [1, 0x7fffffff, 0x80000000, 0xffffffff]) {
      await client.putOn(stream, `on ${stream}`, CONTENT);
    }
  });

  test('1,024 at once, and not one more', { timeout: 30_000 }, async () => {
    const open = Array.from({ length: 1024 }, (_, i) => client.open(`many/${i}`, { size: 7 }));
    const opened = await Promise.all(open);
    await expect(client.open('one too many')).rejects.toThrow('bad-stream');
    const [first, second] = opened;
    if (!first || !second) throw new Error('none was opened');
    await client.cancel(first.stream, 'drop');
    await client.data(second.stream, 0, CONTENT);
    await client.commit(second.stream, CONTENT);
    await Promise.all([client.open('room again'), client.open('and again')]);
  });

  test('answers come in any order: a small file does not wait for a large one', async () => {
    const large = randomBytes(4 << 20);
    const { stream } = await client.open('large', { size: large.length });
    await client.data(stream, 0, large.subarray(0, 1 << 20));
    await client.put('small', CONTENT);
    await client.data(stream, 1 << 20, large.subarray(1 << 20));
    await client.commit(stream, large);
  });
});

test('--trace shows every request, and serves each as ever', async () => {
  await using traced = await RunningServer.start('--trace');
  using seen = await V4Client.joined(traced.port, 'traced');
  await seen.put('small', CONTENT);
  await seen.upload('large', CONTENT);
  const { stream } = await seen.open('dropped', { size: 7 });
  await seen.cancel(stream, 'drop');
  await seen.folder('d');
  await seen.listAll();
  await seen.fetch('large');
  const handlers = ['Join', 'Put', 'Open', 'Data', 'Commit', 'Cancel', 'Folder', 'List', 'Fetch'];
  expect(handlers.filter((name) => !traced.stderr.includes(`${name}Handler`))).toEqual([]);
});
