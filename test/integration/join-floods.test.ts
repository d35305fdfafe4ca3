// A thousand machines that ask to join at once (docs/FLEET.md 1, Bounds), before a real database.
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import { noLogger } from '../../src/base/logger.ts';
import { Database } from '../../src/storage/database.ts';
import { JoinQueue } from '../../src/transfer/join-queue.ts';
import { transferOffence } from '../../src/server/transfer-offences.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';

async function tally(outcomes: readonly Promise<string>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of await Promise.all(outcomes)) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}

it('8 of one source and 256 in all wait, the rest are told to come later, and cost no write', async () => {
  await using folder = await FastFolder.create();
  const file = join(folder.path, 'sesame.db');
  await using database = await Database.open(file);
  const queue = new JoinQueue({ store: database.joinRequests, clock: new FakeClock(), log: noLogger });
  const ask = (i: number, address: string, spki: Uint8Array = randomBytes(32)): Promise<string> =>
    outcome(queue.ask(spki, `machine-${i}`, address));
  const fromOne = Array.from({ length: 1000 }, (_, i) => ask(i, '192.0.2.1'));
  expect(await tally(fromOne)).toEqual({ 'awaiting-approval': 8, busy: 992 });
  // Addresses of one /64 are one source.
  const neighbours = Array.from({ length: 1000 }, (_, i) => ask(i, `2001:db8::${(i + 1).toString(16)}`));
  expect(await tally(neighbours)).toEqual({ 'awaiting-approval': 8, busy: 992 });
  const fromMany = Array.from({ length: 1000 }, (_, i) => ask(i, `198.51.100.${i & 255}`));
  expect(await tally(fromMany)).toEqual({ 'awaiting-approval': 240, busy: 760 });

  const waiting = await queue.list();
  expect(waiting).toHaveLength(256);
  const written = async (): Promise<number> => (await stat(`${file}-wal`)).size;
  const before = await written();
  const again = waiting.map(({ spki, name, address }) => outcome(queue.ask(spki, name, address)));
  expect(await tally(again)).toEqual({ 'awaiting-approval': 256 });
  const more = Array.from({ length: 1000 }, (_, i) => ask(i, `198.51.100.${i & 255}`));
  expect(await tally(more)).toEqual({ busy: 1000 });
  expect(await written()).toBe(before);
});

it('who fills the queue from one /48, and asks again for ever, keeps nobody from elsewhere out', async () => {
  await using folder = await FastFolder.create();
  await using database = await Database.open(join(folder.path, 'sesame.db'));
  const clock = new FakeClock();
  const queue = new JoinQueue({ store: database.joinRequests, clock, log: noLogger });
  const keys = Array.from({ length: 300 }, () => randomBytes(32));
  const flood = async (): Promise<Record<string, number>> =>
    tally(
      keys.map((spki, i) =>
        outcome(queue.ask(spki, `flood-${i}`, `2001:db8:0:${(i >> 3).toString(16)}::${(i & 7) + 1}`)),
      ),
    );
  const honest = async (site: number): Promise<string> =>
    outcome(queue.ask(randomBytes(32), `honest-${site}`, `2001:db8:${site.toString(16)}::1`));
  expect(await flood()).toEqual({ 'awaiting-approval': 256, busy: 44 });
  for (let site = 1; site <= 100; site++) {
    expect(await honest(site)).toBe('awaiting-approval');
    if (site % 25 === 0) expect(await flood()).toEqual({ 'awaiting-approval': 256 - site, busy: 44 + site });
  }
  const names = async (prefix: string): Promise<string[]> =>
    (await queue.list()).map(({ name }) => name).filter((name) => name.startsWith(prefix));
  expect(await names('honest')).toHaveLength(100);
  expect(await names('flood')).toHaveLength(156);
  // Asking again prolongs nothing: a day after the flood the queue is empty, whoever asked in between.
  for (let hour = 6; hour < 24; hour += 6) {
    clock.advance(6 * HOUR);
    await flood();
  }
  expect(await queue.list()).toHaveLength(256);
  clock.advance(6 * HOUR);
  expect(await queue.list()).toEqual([]);
});

it('nobody is an offender for waiting', () => {
  for (const code of ['awaiting-approval', 'busy', 'bad-name', 'name-taken'] as const) {
    expect(transferOffence(code), code).toBeUndefined();
  }
});
