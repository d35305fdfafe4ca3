import { describe, expect, it } from 'vitest';
import { Bounded } from '../../../src/base/bounded.ts';
import { outcome } from '../../support/outcome.ts';

/** A task that ends when it is told to. */
function gate(): { run: () => Promise<number>; open: (value: number) => void } {
  const { promise, resolve } = Promise.withResolvers<number>();
  return { run: () => promise, open: resolve };
}

describe('Bounded', () => {
  it('runs so many at once, lets so many wait in their order, and refuses the next', async () => {
    const bounded = new Bounded(2, 1);
    const started: number[] = [];
    const gates = [gate(), gate(), gate()];
    const runs = gates.map(({ run }, index) =>
      bounded.run(() => {
        started.push(index);
        return run();
      }),
    );
    expect(started).toEqual([0, 1]);
    expect(await outcome(bounded.run(async () => 4))).toBe('busy');
    gates[1]?.open(1);
    expect(await runs[1]).toBe(1);
    await new Promise(setImmediate);
    expect(started).toEqual([0, 1, 2]);
    gates[0]?.open(0);
    gates[2]?.open(2);
    expect(await Promise.all(runs)).toEqual([0, 1, 2]);
    expect(await bounded.run(async () => 5)).toBe(5);
  });

  it('a task that fails makes room like any other', async () => {
    const bounded = new Bounded(1, 0);
    await expect(bounded.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await bounded.run(async () => 1)).toBe(1);
  });
});
