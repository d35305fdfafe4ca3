// Broken and hostile bytes in version 4, with a well-behaved client beside them.
import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { FACTS, V4Client } from '../support/v4-client.ts';
import { NO_ID, V4_REQUEST, v4Payload, v4Request } from '../support/v4-frames.ts';
import { HonestSession } from '../support/honest-session.ts';
import { newIdentity, type Identity } from '../support/v4-identity.ts';
import { frameOf, v4Vectors } from '../support/v4-vectors.ts';

const AT_ONCE = 20;

let server: RunningServer;
let honest: HonestSession;
let identity: Identity;
let id: Buffer;

beforeAll(async () => {
  server = await RunningServer.start('--log-level', 'debug');
  honest = await HonestSession.start(server, 4);
  identity = newIdentity();
  using client = await V4Client.joined(server.port, 'hostile', identity);
  id = client.id;
});

afterAll(async () => {
  const { files, slowest } = await honest.stop();
  expect(files).toBeGreaterThan(0);
  expect(slowest).toBeLessThan(10_000);
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

/** A frame of a vector as this client sends it. */
function ours(frame: Buffer): Buffer {
  return frame.length < 16 ? frame : Buffer.concat([id, frame.subarray(16)]);
}

/** What becomes of a connection that says these bytes, last or not: the error that ends it, or that it just ends. */
async function endOf(bytes: Uint8Array, fin = false): Promise<string> {
  using client = await V4Client.back(server.port, identity);
  await client.connection.send(bytes);
  if (fin) client.connection.end();
  const refusal = await client.over;
  return refusal ? `${refusal.error} on ${refusal.stream}` : 'silence';
}

/** The first answer to these bytes, and whether the connection is as good as before. */
async function answerTo(bytes: Uint8Array, stream: number): Promise<string> {
  using client = await V4Client.back(server.port, identity);
  await client.connection.send(bytes);
  const answer = await client.nextAnswer(stream);
  await client.putOn(99, 'goes on', Buffer.from('x'));
  return answer.type === 'refused' ? answer.error : answer.type;
}

/** The names of what did not come out as expected. */
async function failing<T extends { readonly name: string }>(
  vectors: readonly T[],
  comesOut: (vector: T) => Promise<[got: string, expected: string]>,
): Promise<string[]> {
  const waiting = [...vectors];
  const failures: string[] = [];
  const work = async (): Promise<void> => {
    for (let vector = waiting.shift(); vector; vector = waiting.shift()) {
      const [got, expected] = await comesOut(vector).catch(
        (error: unknown) => [String(error), 'an answer'] as const,
      );
      if (got !== expected) failures.push(`${vector.name}: ${got}, not ${expected}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures.toSorted();
}

describe('headers', () => {
  const HEADERS = v4Vectors('request-headers').map((vector) => ({
    ...vector,
    bytes: Buffer.from(vector.hex, 'hex'),
  }));

  test.each(['unknown-version', 'bad-payload-size', 'unknown-code'] as const)(
    '%s: refused before anything follows, closed',
    { timeout: 30_000 },
    async (failure) => {
      const said = failure === 'unknown-code' ? failure : 'malformed';
      const vectors = HEADERS.filter(({ expect }) => expect === failure);
      expect(await failing(vectors, async ({ bytes }) => [await endOf(ours(bytes)), `${said} on 0`])).toEqual(
        [],
      );
    },
  );

  test('cut short by the end: silence', async () => {
    const vectors = HEADERS.filter(({ expect }) => expect === 'truncated');
    expect(await failing(vectors, async ({ bytes }) => [await endOf(ours(bytes), true), 'silence'])).toEqual(
      [],
    );
  });

  test('split at each position, byte by byte, and many requests at once', async () => {
    using client = await V4Client.back(server.port, identity);
    const frameOn = (stream: number): Buffer =>
      v4Request(
        V4_REQUEST.put,
        id,
        v4Payload.put(stream, { path: `at/${stream}`, content: randomBytes(50), ...FACTS }),
      );
    for (let at = 1; at < 80; at++) {
      const frame = frameOn(at);
      await client.connection.send(frame.subarray(0, at));
      await turn();
      await client.connection.send(frame.subarray(at));
    }
    for (const byte of frameOn(80)) await client.connection.send(Uint8Array.of(byte));
    await client.connection.send(Buffer.concat(Array.from({ length: 100 }, (_, i) => frameOn(100 + i))));
    for (const stream of [
      ...Array(80).keys(),
      ...Array(100)
        .keys()
        .map((i) => i + 99),
    ].map((i) => i + 1)) {
      await client.next(stream, 'receipt');
    }
  });
});

describe('payloads', () => {
  const REQUESTS = v4Vectors('requests');
  const of = (...failures: string[]): typeof REQUESTS =>
    REQUESTS.filter(({ expect }) => failures.includes(expect));

  test('malformed: refused, closed', { timeout: 30_000 }, async () => {
    const vectors = of('malformed', 'bad-payload-size');
    expect(
      await failing(vectors, async (vector) => [await endOf(ours(frameOf(vector))), 'malformed on 0']),
    ).toEqual([]);
  });

  test('cut short by the end: silence', async () => {
    expect(
      await failing(of('truncated'), async (vector) => [await endOf(ours(frameOf(vector)), true), 'silence']),
    ).toEqual([]);
  });

  test('stream 0: refused, closed', async () => {
    expect(
      await failing(of('bad-stream'), async (vector) => [
        await endOf(ours(frameOf(vector))),
        'bad-stream on 0',
      ]),
    ).toEqual([]);
  });

  test('a bad path: that operation is refused, and the connection goes on', async () => {
    const vectors = of('bad-path');
    expect(
      await failing(vectors, async (vector) => {
        const frame = ours(frameOf(vector));
        return [await answerTo(frame, frame.readUInt32LE(23)), vector.expect];
      }),
    ).toEqual([]);
  });

  test('a bad name: refused, and better ones may follow', async () => {
    expect(
      await failing(of('bad-name'), async (vector) => {
        using client = await V4Client.connect(server.port);
        await client.connection.send(Buffer.concat([NO_ID, frameOf(vector).subarray(16)]));
        const answer = await client.nextAnswer(0);
        await client.join(`better ${randomBytes(4).toString('hex')}`);
        return [answer.type === 'refused' ? answer.error : answer.type, 'bad-name'];
      }),
    ).toEqual([]);
  });

  test('content that would end beyond 2^53 − 1', async () => {
    using client = await V4Client.back(server.port, identity);
    const { stream } = await client.open('f', { size: null });
    await client.data(stream, 2 ** 53 - 2, Buffer.from('beyond 2^53'));
    const answer = await client.nextAnswer(stream);
    expect(answer).toMatchObject({ type: 'refused' });
  });
});

describe('floods', () => {
  test('10,000 frames without content: refused at the first', async () => {
    const empty = v4Request(V4_REQUEST.data, id, v4Payload.data(1, 0, Buffer.alloc(0)));
    expect(await endOf(Buffer.concat(Array<Buffer>(10_000).fill(empty)))).toBe('malformed on 0');
  });

  test('20,000 frames of one byte on a stream that was refused: skipped, and the connection goes on', async () => {
    using client = await V4Client.back(server.port, identity);
    const { stream } = await client.open('refused', { size: 1 });
    await client.data(stream, 1, Buffer.from('x'));
    expect(await client.nextAnswer(stream)).toMatchObject({ error: 'bad-offset' });
    const frame = v4Request(V4_REQUEST.data, id, v4Payload.data(stream, 0, Buffer.from('x')));
    await client.connection.send(Buffer.concat(Array<Buffer>(20_000).fill(frame)));
    await client.put('goes on', Buffer.from('y'));
    expect(client.hasNews(stream)).toBe(false);
  });

  test('20,000 frames of one byte of content', async () => {
    using client = await V4Client.back(server.port, identity);
    const content = randomBytes(20_000);
    const { stream } = await client.open('drops', { size: content.length });
    const frames = Array.from(content, (byte, i) =>
      v4Request(V4_REQUEST.data, id, v4Payload.data(stream, i, Uint8Array.of(byte))),
    );
    await client.connection.send(Buffer.concat(frames));
    await client.commit(stream, content);
  });

  test('1,000 opens of one path at once: each supersedes the one before', async () => {
    using client = await V4Client.back(server.port, identity);
    const streams = Array.from({ length: 1000 }, (_, i) => i + 1);
    const frames = streams.map((stream) =>
      v4Request(V4_REQUEST.open, id, v4Payload.open(stream, { path: 'same', size: 1, ...FACTS })),
    );
    await client.connection.send(Buffer.concat(frames));
    expect(await client.nextAnswer(1000)).toMatchObject({ type: 'opened' });
    await client.putOn(9999, 'goes on', Buffer.from('y'));
  });

  test('random bytes inside TLS, 100 times', { timeout: 30_000 }, async () => {
    const lengths = Array.from({ length: 100 }, (_, i) => ({ name: `${i * 30}` }));
    expect(
      await failing(lengths, async ({ name }) => {
        const end = await endOf(randomBytes(Number(name)), true);
        return [end === 'silence' || /^(malformed|unknown-code) on 0$/.test(end) ? 'ended' : end, 'ended'];
      }),
    ).toEqual([]);
  });
});
