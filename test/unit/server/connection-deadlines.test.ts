import { describe, expect, it } from 'vitest';
import { until } from '../../support/waiting.ts';
import { ConnectionPair, fileRequest, frame, plainRequest, REST_LIMIT } from './connection-pair.ts';

const SECOND = 1000;

/** Closes with `why` one ms behind `limit`, and no sooner. */
async function expectLimit(pair: ConnectionPair, limit: number, why: string): Promise<void> {
  pair.clock.advance(limit);
  pair.connection.checkDeadlines();
  expect(pair.socket.destroyed).toBe(false);
  pair.clock.advance(1);
  pair.connection.checkDeadlines();
  expect(pair.socket.destroyed).toBe(true);
  expect(pair.log.lines.at(-1)?.fields).toMatchObject({ why });
  pair.client.startReading();
  await pair.client.ended;
}

const answering = (): Promise<ConnectionPair> => ConnectionPair.open(async () => ({ frame: frame(1) }));

describe('a connection that keeps the server waiting', () => {
  it('for its first request', async () => {
    using pair = await answering();
    await expectLimit(pair, REST_LIMIT, 'no request');
  });

  it('for its next request: from the end of the last', async () => {
    using pair = await answering();
    pair.clock.advance(REST_LIMIT - 1);
    await pair.client.send(plainRequest());
    await pair.client.response();
    await expectLimit(pair, REST_LIMIT, 'no request');
  });

  it('for a header, bytes of which trickle', async () => {
    using pair = await answering();
    await pair.sendAndBeRead(plainRequest().subarray(0, 1));
    pair.clock.advance(9 * SECOND);
    await pair.sendAndBeRead(plainRequest().subarray(1, 2));
    await expectLimit(pair, SECOND, 'header not complete');
  });

  it('for a payload', async () => {
    using pair = await answering();
    await pair.sendAndBeRead(plainRequest().subarray(0, 24));
    await expectLimit(pair, 10 * SECOND, 'payload not complete');
  });

  it('for a file', async () => {
    using pair = await ConnectionPair.open(async ({ body }) => {
      await body.pipe(() => undefined, AbortSignal.timeout(10_000));
      return { frame: frame(1) };
    });
    await pair.sendAndBeRead(fileRequest(100_000, Buffer.alloc(1000)));
    await expectLimit(pair, 30 * SECOND, 'file too slow');
  });

  it('for the rest of a file of which enough has come in the window before', async () => {
    using pair = await ConnectionPair.open(async ({ body }) => {
      await body.pipe(() => undefined, AbortSignal.timeout(10_000));
      return { frame: frame(1) };
    });
    // The clock starts anew for each file.
    pair.clock.advance(REST_LIMIT - 1);
    for (let day = 0; day < 2; day++) {
      await pair.client.send(fileRequest(16, Buffer.alloc(16)));
      await pair.client.response();
      pair.clock.advance(24 * 3600 * SECOND);
    }
    await pair.sendAndBeRead(fileRequest(100_000, Buffer.alloc(20_000)));
    pair.clock.advance(30 * SECOND + 1);
    pair.connection.checkDeadlines();
    expect(pair.socket.destroyed).toBe(false);
    await expectLimit(pair, 30 * SECOND, 'file too slow');
  });

  it('for its answers to be read', async () => {
    using pair = await ConnectionPair.open(async () => ({ frame: Buffer.alloc(32 * 1024 * 1024) }));
    pair.client.stopReading();
    await pair.sendAndBeRead(plainRequest());
    await until('the answer is more than the system takes', async () => pair.socket.writableLength > 65_536);
    expect(pair.socket.isPaused()).toBe(true);
    await expectLimit(pair, 30 * SECOND, 'answers not read');
  });

  it('for its end, after the server has said the last word', async () => {
    using pair = await answering();
    await pair.client.send(Buffer.alloc(23, 0xff));
    await pair.client.rest();
    await expectLimit(pair, 5 * SECOND, 'did not close');
  });
});

it('no clock runs while the server works on a request', async () => {
  const started = Promise.withResolvers<undefined>();
  const finish = Promise.withResolvers<undefined>();
  using pair = await ConnectionPair.open(async () => {
    started.resolve(undefined);
    await finish.promise;
    return { frame: frame(1) };
  });
  await pair.client.send(plainRequest());
  await started.promise;
  pair.clock.advance(48 * 3600 * SECOND);
  pair.connection.checkDeadlines();
  finish.resolve(undefined);
  expect((await pair.client.response()).payload).toEqual(Buffer.of(1));
});
