import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { outcome, type Outcome } from '../../support/outcome.ts';
import { ConnectionPair, fileRequest, frame, plainRequest } from './connection-pair.ts';

const hex = (...marks: number[]): string => marks.map((mark) => frame(mark).toString('hex')).join('');

describe('a client that has closed its half', () => {
  it('still gets all its answers', async () => {
    using pair = await ConnectionPair.open(async ({ payload }) => {
      await turn();
      return { frame: frame(payload[0] ?? 0) };
    });
    await pair.client.send(Buffer.concat(['a', 'b', 'c'].map(plainRequest)));
    pair.client.end();
    expect(await pair.client.rest()).toBe(hex(0x61, 0x62, 0x63));
    await pair.client.closed;
  });

  it('within a file: the handler hears of it, and its answer arrives', async () => {
    let heard: Outcome = 'ok';
    using pair = await ConnectionPair.open(async ({ body }) => {
      heard = await outcome(body.pipe(() => undefined, AbortSignal.timeout(10_000)));
      return { frame: frame(5) };
    });
    await pair.client.send(fileRequest(32, Buffer.alloc(16)));
    pair.client.end();
    expect(await pair.client.rest()).toBe(hex(5));
    expect(heard).toBe('truncated');
  });

  it.for([
    ['header', plainRequest().subarray(0, 22)],
    ['payload', plainRequest().subarray(0, 277)],
  ] as const)('within a %s: closed without a word', async ([, bytes]) => {
    using pair = await ConnectionPair.open(async () => expect.fail('there is no request'));
    await pair.client.send(bytes);
    pair.client.end();
    expect(await pair.client.rest()).toBe('');
    await pair.client.closed;
  });

  it('a reset within a file reaches the handler too', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    using pair = await ConnectionPair.open(async ({ body }) => {
      resolve(await outcome(body.pipe(() => undefined, AbortSignal.timeout(10_000))));
      return { frame: null };
    });
    await pair.sendAndBeRead(fileRequest(32, Buffer.alloc(16)));
    pair.client.reset();
    expect(await promise).toBe('truncated');
  });
});

describe('drain', () => {
  it('closes a connection that rests, at once', async () => {
    using pair = await ConnectionPair.open(async () => ({ frame: frame(1) }));
    expect(pair.connection.busy).toBe(false);
    pair.connection.drain();
    expect(await pair.client.rest()).toBe('');
  });

  it('waits for the request under way, and closes behind its answer', async () => {
    const started = Promise.withResolvers<undefined>();
    const finish = Promise.withResolvers<undefined>();
    using pair = await ConnectionPair.open(async () => {
      started.resolve(undefined);
      await finish.promise;
      return { frame: frame(1) };
    });
    await pair.client.send(plainRequest());
    await started.promise;
    expect(pair.connection.busy).toBe(true);
    pair.connection.drain();
    expect(await pair.client.responseOrSilence(30)).toBeUndefined();
    finish.resolve(undefined);
    expect(await pair.client.rest()).toBe(hex(1));
  });

  it('waits for a request of which only the beginning has come', async () => {
    using pair = await ConnectionPair.open(async () => ({ frame: frame(1) }));
    await pair.sendAndBeRead(plainRequest().subarray(0, 100));
    pair.connection.drain();
    await pair.client.send(plainRequest().subarray(100));
    expect(await pair.client.rest()).toBe(hex(1));
  });

  it('takes no request behind the one under way', async () => {
    const started = Promise.withResolvers<undefined>();
    const finish = Promise.withResolvers<undefined>();
    let served = 0;
    using pair = await ConnectionPair.open(async () => {
      served += 1;
      started.resolve(undefined);
      await finish.promise;
      return { frame: frame(served) };
    });
    await pair.client.send(Buffer.concat([plainRequest(), plainRequest()]));
    await started.promise;
    pair.connection.drain();
    finish.resolve(undefined);
    expect(await pair.client.rest()).toBe(hex(1));
    expect(served).toBe(1);
  });
});
