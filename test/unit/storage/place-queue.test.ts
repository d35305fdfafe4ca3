import { describe, expect, it } from 'vitest';
import { PlaceQueue } from '../../../src/storage/place-queue.ts';
import type { Placement } from '../../../src/transfer/upload-ports.ts';

function placements(first: number, count: number): Placement[] {
  return Array.from({ length: count }, (_, index) => {
    const record = first + index;
    return { record, clientName: 'alice', path: `${record}`, mtime: 0n, mode: 0o644, keepAs: null };
  });
}

/** A queue that notes what was tried, and fails for some. */
function aQueue(failing: readonly number[] = []): { queue: PlaceQueue; tried: number[] } {
  const tried: number[] = [];
  const queue = new PlaceQueue((slice) => {
    const records = slice.map(({ record }) => record);
    tried.push(...records);
    const stuck = records.filter((record) => failing.includes(record));
    return { stuck, why: stuck.length > 0 ? `no place for ${stuck.join()}` : null };
  });
  return { queue, tried };
}

describe('PlaceQueue', () => {
  it('keeps the order, over many calls', async () => {
    const { queue, tried } = aQueue();
    await Promise.all([
      queue.add(placements(1, 100)),
      queue.add(placements(101, 1)),
      queue.add(placements(102, 99)),
    ]);
    expect(tried).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('tells each caller of its own, with the first reason', async () => {
    const { queue } = aQueue([5, 90, 150]);
    const [first, second, nothing] = await Promise.all([
      queue.add(placements(1, 100)),
      queue.add(placements(101, 100)),
      queue.add([]),
    ]);
    expect(first).toEqual({ stuck: [5, 90], why: 'no place for 5' });
    expect(second).toEqual({ stuck: [150], why: 'no place for 150' });
    expect(nothing).toEqual({ stuck: [], why: null });
  });

  it('lets others have their turn in between', async () => {
    const { queue, tried } = aQueue();
    const all = queue.add(placements(1, 1000));
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.length).toBeLessThan(200);
    await all;
  });

  it('has no room while it is long', async () => {
    const { queue, tried } = aQueue();
    await queue.room();
    const all = queue.add(placements(1, 10_000));
    await queue.room();
    expect(tried.length).toBeGreaterThan(5000);
    await all;
  });

  it('waits for the end of a burst of appends', async () => {
    const { queue, tried } = aQueue();
    await queue.room();
    const all = queue.add(placements(1, 10));
    for (let append = 0; append < 50; append++) {
      await queue.room();
      expect(tried).toEqual([]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
    expect(tried).toHaveLength(10);
  });

  it('goes on within a second where a burst has no end', async () => {
    const { queue, tried } = aQueue();
    const start = performance.now();
    await queue.room();
    const all = queue.add(placements(1, 10));
    while (tried.length < 10) {
      await queue.room();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await all;
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
