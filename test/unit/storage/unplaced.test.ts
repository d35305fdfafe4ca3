import { describe, expect, it } from 'vitest';
import { Unplaced } from '../../../src/storage/unplaced.ts';
import type { Placement } from '../../../src/transfer/upload-ports.ts';

function aPlacement(record: number): Placement {
  return { record, clientName: 'alice', path: `${record}`, mtime: 0n, mode: 0o644, keepAs: null };
}

/** Files 1 to `count` wait. */
function waiting(count: number): Unplaced {
  const unplaced = new Unplaced();
  for (let record = 1; record <= count; record++) unplaced.add(aPlacement(record));
  return unplaced;
}

/** @returns whether it has been resolved by now */
async function isOver(promise: Promise<void> | undefined): Promise<boolean> {
  let over = false;
  void promise?.then(() => (over = true));
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

describe('all', () => {
  it('is nothing to wait for where no file waits', () => {
    const unplaced = waiting(1);
    unplaced.remove(1);
    expect(unplaced.all()).toBeUndefined();
  });

  it('waits for every file that waits, in whatever order they go', async () => {
    const unplaced = waiting(3);
    const all = unplaced.all();
    for (const record of [3, 1]) unplaced.remove(record);
    expect(await isOver(all)).toBe(false);
    unplaced.remove(2);
    expect(await isOver(all)).toBe(true);
  });

  it('does not wait for files that come later', async () => {
    const unplaced = waiting(1);
    const first = unplaced.all();
    unplaced.add(aPlacement(2));
    const both = unplaced.all();
    unplaced.remove(1);
    expect(await isOver(first)).toBe(true);
    expect(await isOver(both)).toBe(false);
    unplaced.remove(2);
    expect(await isOver(both)).toBe(true);
  });

  it('waits for the older ones where later ones are placed first', async () => {
    const unplaced = waiting(1);
    const first = unplaced.all();
    unplaced.add(aPlacement(2));
    const both = unplaced.all();
    unplaced.remove(2);
    expect(await isOver(first)).toBe(false);
    expect(await isOver(both)).toBe(false);
    unplaced.remove(1);
    expect(await isOver(first)).toBe(true);
    expect(await isOver(both)).toBe(true);
  });
});
