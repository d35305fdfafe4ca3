import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Batcher } from '../../../src/base/batcher.ts';

describe('Batcher', () => {
  it('puts what one turn of the event loop brings into one batch, and keeps the order', async () => {
    const batches: number[][] = [];
    const batcher = new Batcher<number, string>(async (items) => {
      batches.push([...items]);
      return items.map(String);
    }, 10);
    expect(await Promise.all([1, 2, 3].map((n) => batcher.add(n)))).toEqual(['1', '2', '3']);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('runs one batch at a time: what comes meanwhile is the next, of at most so many', async () => {
    const batches: number[][] = [];
    const gate = Promise.withResolvers<undefined>();
    const batcher = new Batcher<number, number>(async (items) => {
      batches.push([...items]);
      await gate.promise;
      return items;
    }, 2);
    const first = batcher.add(1);
    await setImmediate();
    const rest = [2, 3, 4].map((n) => batcher.add(n));
    expect(batches).toEqual([[1]]);
    gate.resolve(undefined);
    expect(await Promise.all([first, ...rest])).toEqual([1, 2, 3, 4]);
    expect(batches).toEqual([[1], [2, 3], [4]]);
  });

  it('fails all of a batch with what it threw, and goes on with the next', async () => {
    let broken = true;
    const batcher = new Batcher<number, number>(async (items) => {
      if (broken) throw new Error('no disk');
      return items;
    }, 10);
    await expect(Promise.all([batcher.add(1), batcher.add(2)])).rejects.toThrow('no disk');
    broken = false;
    expect(await batcher.add(3)).toBe(3);
  });
});
