import { describe, expect, it } from 'vitest';
import { Moved, Thread, threadEntry, type ThreadOptions } from '../../../src/base/thread-call.ts';
import { outcome } from '../../support/outcome.ts';
import { within } from '../../support/waiting.ts';
import type { TrialThreadApi } from './trial-thread.ts';

const start = (options?: ThreadOptions): Thread<TrialThreadApi> =>
  new Thread(threadEntry('trial-thread', import.meta.url), options);

describe('Thread', () => {
  it('calls, in order, and gives each its own result', async () => {
    await using thread = start({ workerData: { seed: 3 } });
    expect(await thread.call('data')).toEqual({ seed: 3 });
    const noted = [7, 8, 9].map((number) => thread.call('note', number));
    expect(await thread.call('double', 21)).toBe(42);
    expect(await Promise.all(noted)).toEqual([[], [7], [7, 8]]);
    expect(thread.pending).toBe(0);
  });

  it('shares shared memory', async () => {
    await using thread = start();
    const shared = new Int32Array(new SharedArrayBuffer(4));
    await thread.call('raise', shared);
    expect(shared[0]).toBe(42);
  });

  it('moves what is moved, there and back', async () => {
    await using thread = start();
    const block = new Uint8Array([1, 2, 3]).buffer;
    const back = await thread.call('pass', new Moved({ block }, [block]));
    expect(block.detached).toBe(true);
    expect(new Uint8Array(back.block)).toEqual(Uint8Array.of(2, 3, 4));
  });

  it('hands on errors with their code and message; what has no code is a failure of ours', async () => {
    await using thread = start();
    await expect(thread.call('refuse')).rejects.toMatchObject({ code: 'bad-key', message: 'not that key' });
    await expect(thread.call('refuseLater')).rejects.toMatchObject({ code: 'disk-full', message: 'no room' });
    await expect(thread.call('fail')).rejects.toMatchObject({ code: 'internal', message: 'a fault' });
    expect(await thread.call('double', 2)).toBe(4);
  });

  it('refuses one call more than may be under way, and takes the next when one is done', async () => {
    await using thread = start({ maxPending: 2 });
    const hanging = outcome(thread.call('hang'));
    const second = thread.call('double', 1);
    expect(thread.pending).toBe(2);
    expect(await outcome(thread.call('double', 2))).toBe('busy');
    expect(await second).toBe(2);
    expect(await thread.call('double', 3)).toBe(6);
    await thread[Symbol.asyncDispose]();
    expect(await hanging).toBe('internal');
  });

  it('does not count a call that could not be sent', async () => {
    await using thread = start({ maxPending: 1 });
    await expect(thread.call('take', () => 'no clone of this')).rejects.toThrow('could not be cloned');
    expect(thread.pending).toBe(0);
  });

  it('outlives a result that cannot be sent', async () => {
    await using thread = start();
    await expect(thread.call('giveUncloneable')).rejects.toThrow('could not be cloned');
    expect(await thread.call('double', 2)).toBe(4);
  });
});

describe('the end of a Thread', () => {
  it.for([
    ['crash', 'crashed'],
    ['leave', 'the worker thread has ended'],
  ] as const)('by a %s: rejects all calls, present and future, and settles death', async ([how, message]) => {
    await using thread = start();
    const pending = Promise.allSettled([thread.call('hang'), thread.call('hang')]);
    // Whether its answer still gets out is a matter of luck.
    await thread.call(how).catch(() => undefined);
    expect((await thread.death).message).toBe(message);
    for (const result of await pending) {
      expect(result).toMatchObject({ status: 'rejected', reason: { message } });
    }
    expect(thread.pending).toBe(0);
    await expect(thread.call('double', 1)).rejects.toThrow(message);
  });

  it('by dispose: what was called before has been carried out', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const thread = start();
    const raised = outcome(thread.call('raise', shared));
    await thread[Symbol.asyncDispose]();
    await raised;
    expect(shared[0]).toBe(42);
  });

  it('by dispose: what does not end is cut off', { timeout: 20_000 }, async () => {
    const started = new Int32Array(new SharedArrayBuffer(4));
    const thread = start();
    const pending = outcome(thread.call('spin', started));
    await Atomics.waitAsync(started, 0, 0).value;
    await thread[Symbol.asyncDispose]();
    expect(await pending).toBe('internal');
  });

  it('by dispose: rejects all calls, and is no death', async () => {
    const thread = start();
    const pending = outcome(thread.call('hang'));
    await thread[Symbol.asyncDispose]();
    expect(await pending).toBe('internal');
    expect(await outcome(thread.call('double', 1))).toBe('internal');
    expect(await within(thread.death, 20)).toBe(false);
  });

  it('an entry that is not there is a death', async () => {
    await using thread = new Thread<TrialThreadApi>(threadEntry('no-such-thread', import.meta.url));
    expect((await thread.death).message).toContain('no-such-thread.ts');
  });
});

it('finds the entry beside the calling module, as source and as built', () => {
  expect(threadEntry('x', 'file:///a/src/y.ts').href).toBe('file:///a/src/x.ts');
  expect(threadEntry('x', 'file:///a/dist/y.js').href).toBe('file:///a/dist/x.js');
});
