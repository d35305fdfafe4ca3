import { expect, it } from 'vitest';
import { MINUTE } from '../../../src/base/clock.ts';
import { FileSnapshots } from '../../../src/storage/file-snapshots.ts';
import { outcomeOf } from '../../support/outcome.ts';

const ROWS = Float64Array.of(1, 2, 3);

it('a snapshot lives for 5 minutes behind its last use', () => {
  const snapshots = new FileSnapshots();
  const snapshot = snapshots.keep(ROWS, 0);
  expect(snapshots.use(snapshot, 5 * MINUTE - 1)).toBe(ROWS);
  expect(snapshots.use(snapshot, 10 * MINUTE - 2)).toBe(ROWS);
  expect(outcomeOf(() => snapshots.use(snapshot, 15 * MINUTE - 2))).toBe('snapshot-gone');
  expect(
    outcomeOf(() => snapshots.use(snapshot, 0)),
    'and its memory is given back',
  ).toBe('snapshot-gone');
});

it('what is not used goes without being asked for', () => {
  const snapshots = new FileSnapshots();
  const [old, used] = [snapshots.keep(ROWS, 0), snapshots.keep(ROWS, 1)];
  snapshots.forgetUnused(5 * MINUTE);
  expect(outcomeOf(() => snapshots.use(old, 0))).toBe('snapshot-gone');
  expect(snapshots.use(used, 5 * MINUTE)).toBe(ROWS);
});

it('nobody guesses an id', () => {
  const snapshots = new FileSnapshots();
  const ids = Array.from({ length: 100 }, () => snapshots.keep(ROWS, 0));
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/);
});
