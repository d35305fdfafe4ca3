import { afterEach, describe, expect, it, vi } from 'vitest';
import { KeyedMutex } from '../../../src/base/keyed-mutex.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A task that says when it starts and ends, and ends when `finish` is called. */
function task(name: string, log: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const run = async (): Promise<string> => {
    log.push(`${name} starts`);
    try {
      return await promise;
    } finally {
      log.push(`${name} ends`);
    }
  };
  return { run, finish: () => resolve(name), fail: () => reject(new Error(name)) };
}

const settle = (): Promise<void> => new Promise(setImmediate);

describe('KeyedMutex', () => {
  it('runs tasks of a key one after another, in order, and gives their results', async () => {
    const mutex = new KeyedMutex();
    const log: string[] = [];
    const tasks = ['a', 'b', 'c'].map((name) => task(name, log));
    const results = Promise.all(tasks.map(({ run }) => mutex.run('key', run)));
    for (const { finish } of tasks.toReversed()) {
      finish();
      await settle();
    }
    expect(await results).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  });

  it('does not have one key wait for another', async () => {
    const mutex = new KeyedMutex();
    const log: string[] = [];
    const [slow, fast] = [task('slow', log), task('fast', log)];
    const first = mutex.run('one', slow.run);
    fast.finish();
    expect(await mutex.run('two', fast.run)).toBe('fast');
    expect(log).toEqual(['slow starts', 'fast starts', 'fast ends']);
    slow.finish();
    await first;
  });

  it('goes on behind a task that fails, and hands its failure to its own caller only', async () => {
    const mutex = new KeyedMutex();
    const log: string[] = [];
    const [bad, good] = [task('bad', log), task('good', log)];
    const failing = expect(mutex.run('key', bad.run)).rejects.toThrow('bad');
    const behind = mutex.run('key', good.run);
    good.finish();
    bad.fail();
    await failing;
    expect(await behind).toBe('good');
    expect(log).toEqual(['bad starts', 'bad ends', 'good starts', 'good ends']);
  });

  it('takes a task that throws at once as one that fails', async () => {
    const mutex = new KeyedMutex();
    const thrower = (): Promise<never> => {
      throw new Error('at once');
    };
    await expect(mutex.run('key', thrower)).rejects.toThrow('at once');
    expect(await mutex.run('key', async () => 7)).toBe(7);
  });

  it('keeps nothing of keys that rest', async () => {
    const maps: Map<unknown, unknown>[] = [];
    const Original = Map;
    vi.stubGlobal(
      'Map',
      class extends Original<unknown, unknown> {
        constructor() {
          super();
          maps.push(this);
        }
      },
    );
    const mutex = new KeyedMutex();
    const running = ['a', 'a', 'b'].map((key) => mutex.run(key, settle));
    const failing = mutex.run('c', async () => Promise.reject(new Error('no'))).catch(() => undefined);
    await Promise.resolve();
    expect(maps.map((map) => map.size)).toEqual([3]);
    await Promise.all([...running, failing]);
    expect(maps.map((map) => map.size)).toEqual([0]);
  });
});
