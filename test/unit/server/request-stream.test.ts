import { describe, expect, it, vi } from 'vitest';
import { RequestStream } from '../../../src/server/request-stream.ts';
import { outcome } from '../../support/outcome.ts';

const never = new AbortController().signal;
const nothing = (): void => {};

/** A stream and what its consumer got of it. */
function collecting(length: number): { stream: RequestStream; got: number[]; piped: Promise<void> } {
  const stream = new RequestStream(length, nothing);
  const got: number[] = [];
  const piped = stream.pipe((chunk) => {
    got.push(...chunk);
    return undefined;
  }, never);
  return { stream, got, piped };
}

describe('RequestStream', () => {
  it('gives every chunk in order, and ends with the last', async () => {
    const { stream, got, piped } = collecting(5);
    expect(stream.deliver(Uint8Array.of(1, 2))).toBeUndefined();
    expect(stream.left).toBe(3);
    void stream.deliver(Uint8Array.of(3, 4, 5));
    await piped;
    expect(got).toEqual([1, 2, 3, 4, 5]);
    expect(stream).toMatchObject({ length: 5, left: 0, wanted: false });
  });

  it('is wanted only while somebody pipes, and says when that changes', async () => {
    const changes: boolean[] = [];
    const stream: RequestStream = new RequestStream(1, () => changes.push(stream.wanted));
    expect(stream.wanted).toBe(false);
    expect(() => stream.deliver(Uint8Array.of(1))).toThrow(RangeError);
    const piped = stream.pipe(() => undefined, never);
    expect(changes).toEqual([true]);
    void stream.deliver(Uint8Array.of(1));
    await piped;
    expect(changes).toEqual([true, false]);
  });

  it('of length 0 ends at once and is never wanted', async () => {
    const change = vi.fn();
    const stream = new RequestStream(0, change);
    await stream.pipe(() => expect.fail('there is nothing to consume'), never);
    expect(change).not.toHaveBeenCalled();
    stream.cut();
    await stream.pipe(() => undefined, never);
  });

  it('has the connection wait where its consumer does', async () => {
    const stream = new RequestStream(2, nothing);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const order: string[] = [];
    const piped = stream.pipe(() => promise, never).then(() => order.push('piped'));
    const waiting = stream.deliver(Uint8Array.of(1, 2));
    void waiting?.then(() => order.push('waited'));
    await new Promise(setImmediate);
    expect(order).toEqual([]);
    resolve(undefined);
    await piped;
    expect(order).toEqual(['waited', 'piped']);
  });

  it('fails with what its consumer throws or rejects with, and lets the connection go on', async () => {
    const failure = new Error('no more room');
    const consumers = [
      () => {
        throw failure;
      },
      () => Promise.reject(failure),
    ];
    for (const consume of consumers) {
      const stream = new RequestStream(2, nothing);
      const piped = expect(stream.pipe(consume, never)).rejects.toBe(failure);
      await stream.deliver(Uint8Array.of(1));
      await piped;
      expect(stream).toMatchObject({ left: 1, wanted: false });
    }
  });

  it('can be piped on after a failure: what is left can still be thrown away', async () => {
    const stream = new RequestStream(2, nothing);
    const first = stream.pipe(() => Promise.reject(new Error('no')), never).catch(nothing);
    await stream.deliver(Uint8Array.of(1));
    await first;
    const second = stream.pipe(() => undefined, never);
    void stream.deliver(Uint8Array.of(2));
    await second;
    expect(stream.left).toBe(0);
  });
});

describe('RequestStream, ended early', () => {
  it.for(['before', 'while'])('cut %s it is piped', async (when) => {
    const { stream, piped } = when === 'while' ? collecting(3) : { stream: new RequestStream(3, nothing) };
    stream.cut();
    expect(await outcome(piped ?? stream.pipe(() => undefined, never))).toBe('truncated');
    expect(stream.wanted).toBe(false);
  });

  it('a cut behind the last byte cuts nothing', async () => {
    const { stream, got, piped } = collecting(1);
    void stream.deliver(Uint8Array.of(7));
    stream.cut();
    await piped;
    expect(got).toEqual([7]);
  });

  it('an abort ends it with its reason, before and while it is piped', async () => {
    const reason = new Error('another took over');
    const stream = new RequestStream(3, nothing);
    const abort = new AbortController();
    const piped = stream.pipe(() => undefined, abort.signal);
    abort.abort(reason);
    await expect(piped).rejects.toBe(reason);
    expect(stream.wanted).toBe(false);
    await expect(stream.pipe(() => undefined, abort.signal)).rejects.toBe(reason);
  });

  it('an abort ends it although its consumer still waits', async () => {
    const stream = new RequestStream(3, nothing);
    const abort = new AbortController();
    const piped = stream.pipe(() => new Promise<void>(nothing), abort.signal);
    void stream.deliver(Uint8Array.of(1));
    abort.abort(new Error('enough'));
    await expect(piped).rejects.toThrow('enough');
  });
});
