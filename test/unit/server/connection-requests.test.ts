import { describe, expect, it, vi } from 'vitest';
import { SesameError } from '../../../src/base/errors.ts';
import type { Request } from '../../../src/handlers/base-request-handler.ts';
import { ERROR_HEX } from '../../support/v3-frames.ts';
import { ConnectionPair, fileRequest, frame, plainRequest } from './connection-pair.ts';

/** The mark of a request of these tests: the first byte of its name. */
const markOf = ({ payload }: Request): number => payload[0] ?? 0;

describe('Connection', () => {
  it('serves pipelined requests one at a time and in order', async () => {
    let underWay = 0;
    let most = 0;
    using pair = await ConnectionPair.open(async (request) => {
      most = Math.max(most, ++underWay);
      // The later, the faster: whoever ran at once would overtake.
      for (let i = markOf(request); i < 104; i++) await new Promise(setImmediate);
      underWay -= 1;
      return { frame: frame(markOf(request)) };
    });
    await pair.client.send(Buffer.concat(['a', 'b', 'c', 'd'].map(plainRequest)));
    const marks: string[] = [];
    for (let i = 0; i < 4; i++) marks.push((await pair.client.response()).payload.toString());
    expect(marks).toEqual(['a', 'b', 'c', 'd']);
    expect(most).toBe(1);
  });

  it('serves a request that comes byte by byte', async () => {
    using pair = await ConnectionPair.open(async (request) => ({ frame: frame(markOf(request)) }));
    for (const byte of plainRequest('x')) await pair.client.send(Uint8Array.of(byte));
    expect((await pair.client.response()).payload.toString()).toBe('x');
  });

  it('writes each answer in one piece, and nothing where there is none', async () => {
    using pair = await ConnectionPair.open(async (request) => ({
      frame: markOf(request) === 0x62 ? null : frame(markOf(request)),
    }));
    const write = vi.spyOn(pair.socket, 'write');
    await pair.client.send(Buffer.concat(['a', 'b', 'c'].map(plainRequest)));
    await pair.client.response();
    await pair.client.response();
    expect(write.mock.calls.map(([bytes]) => bytes)).toEqual([frame(0x61), frame(0x63)]);
  });

  it('gives a body to its handler, and the request behind it to the next', async () => {
    const bodies: Buffer[] = [];
    using pair = await ConnectionPair.open(async ({ body }) => {
      const chunks: Buffer[] = [];
      await body.pipe((chunk) => {
        chunks.push(Buffer.from(chunk));
        return undefined;
      }, AbortSignal.timeout(10_000));
      bodies.push(Buffer.concat(chunks));
      return { frame: frame(1) };
    });
    const content = Buffer.alloc(300_000, 'content');
    await pair.client.send(Buffer.concat([fileRequest(content.length, content), plainRequest()]));
    await pair.client.response();
    await pair.client.response();
    expect(bodies[0]?.equals(content)).toBe(true);
    expect(bodies[1]).toHaveLength(0);
  });

  it('does not read on while the consumer of a body waits', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    using pair = await ConnectionPair.open(async ({ body }) => {
      await body.pipe(() => promise, AbortSignal.timeout(10_000));
      return { frame: frame(1) };
    });
    await pair.sendAndBeRead(fileRequest(32, Buffer.alloc(16)));
    expect(pair.socket.isPaused()).toBe(true);
    await pair.client.send(Buffer.alloc(16));
    resolve(undefined);
    expect((await pair.client.response()).payload).toEqual(Buffer.of(1));
  });

  it.for([
    ['a handler that fails', async () => Promise.reject(new Error('a fault of ours'))],
    ['no handler', undefined],
  ] as const)('%s: 2107, closed, and an error in the log', async ([, handle]) => {
    using pair = await ConnectionPair.open(handle);
    await pair.client.send(Buffer.concat([plainRequest(), plainRequest()]));
    expect(await pair.client.rest()).toBe(ERROR_HEX);
    expect(pair.log.lines.map(({ level }) => level)).toEqual(['error']);
    expect(pair.proven).toBe(0);
  });

  it('bytes that make no sense: 2107 behind the answers before them, closed', async () => {
    using pair = await ConnectionPair.open(async () => ({ frame: frame(9) }));
    await pair.client.send(Buffer.concat([plainRequest(), Buffer.alloc(4096, 0xff)]));
    expect(await pair.client.rest()).toBe(frame(9).toString('hex') + ERROR_HEX);
    expect(pair.log.lines).toMatchObject([{ message: 'refused', fields: { error: 'unknown-version' } }]);
  });

  it('is proven by a request that succeeds, not by one that is refused', async () => {
    const refusal = new SesameError('unknown-client', 'nobody');
    using pair = await ConnectionPair.open(async (request) =>
      markOf(request) === 0x62 ? { frame: frame(0), refusal } : { frame: frame(0) },
    );
    await pair.client.send(plainRequest('b'));
    await pair.client.response();
    expect(pair.proven).toBe(0);
    expect(pair.log.lines).toMatchObject([{ message: 'refused', fields: { error: 'unknown-client' } }]);
    await pair.client.send(plainRequest('a'));
    await pair.client.response();
    expect(pair.proven).toBe(1);
  });
});
