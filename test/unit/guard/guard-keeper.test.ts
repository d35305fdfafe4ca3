import { expect, it } from 'vitest';
import { GuardKeeper } from '../../../src/guard/guard-keeper.ts';
import { MemoryGuardStore } from '../../support/guard-store.ts';
import { someGuard } from '../../support/some-guard.ts';
import { until } from '../../support/waiting.ts';

const ADA = '192.0.2.7';

it('keeps a block at once, and everything else at the end', async () => {
  const { guard, log } = someGuard();
  const store = new MemoryGuardStore();
  await using _keeper = await GuardKeeper.open(guard, store, log);
  guard.offence('192.0.2.8', 'noise');
  guard.block(ADA, 60_000, null);
  await until('the block is kept', () => Promise.resolve(store.rows.has(ADA)));
});

it('goes on keeping after there was nothing to keep', async () => {
  const { guard, log } = someGuard();
  const store = new MemoryGuardStore();
  await using keeper = await GuardKeeper.open(guard, store, log);
  await keeper.save();
  guard.block(ADA, 60_000, null);
  await keeper.save();
  expect(store.rows.has(ADA)).toBe(true);
  guard.unblock(ADA);
  await keeper.save();
  expect(store.rows.has(ADA)).toBe(false);
});

it('keeps with the next what it could not keep', async () => {
  const { guard, log } = someGuard();
  const store = new MemoryGuardStore();
  const keeper = await GuardKeeper.open(guard, store, log);
  store.failure = new Error('disk full');
  guard.offence(ADA, 'traversal');
  guard.offence('192.0.2.8', 'noise');
  guard.unblock('192.0.2.8');
  await keeper.save();
  expect(log.lines.map(({ message }) => message)).toContain('cannot keep what the guard knows');
  store.failure = undefined;
  store.rows.set('192.0.2.8', { who: '192.0.2.8' } as never);
  await keeper[Symbol.asyncDispose]();
  expect(Array.from(store.rows.keys())).toEqual([ADA]);
});

it('does not take what cannot be read for an empty list', async () => {
  const { guard, log } = someGuard();
  const store = new MemoryGuardStore();
  store.failure = new Error('malformed database');
  await expect(GuardKeeper.open(guard, store, log)).rejects.toThrow('malformed database');
});
