import { describe, expect, it } from 'vitest';
import type { NewBlock } from '../../../src/guard/guard.ts';
import type { SuspectRow } from '../../../src/guard/ports.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { someGuard } from '../../support/some-guard.ts';

const ADA = '192.0.2.7';

describe('Guard', () => {
  it('counts sources: an IPv4 address, an IPv6 /64', () => {
    const { guard } = someGuard();
    for (let i = 0; i < 5; i++) guard.offence(guard.sourceOf(`2001:db8::${i}`), 'sign-in');
    expect(guard.blockedFor(guard.sourceOf('2001:db8::ffff'))).toBe(15_000);
    expect(guard.blockedFor(guard.sourceOf('2001:db8:0:1::1'))).toBe(0);
    expect(guard.blockedFor(guard.sourceOf(ADA))).toBe(0);
  });

  it('never counts loopback and who is allowed', () => {
    const { guard } = someGuard({ allow: '10.0.0.0/8' });
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.1.2.3']) {
      expect(guard.sourceOf(address)).toBeNull();
      for (let i = 0; i < 100; i++) expect(guard.offence(guard.sourceOf(address), 'traversal')).toBe('noted');
    }
    expect(guard.list()).toEqual([]);
    expect(guard.counts.offences.get('traversal')).toBe(400);
  });

  it('off, it counts nobody', () => {
    const { guard } = someGuard({ isOn: false });
    expect([guard.sourceOf(ADA), guard.client('web'), guard.user('ada')]).toEqual([null, null, null]);
  });

  it('takes a name for the same in whatever case', () => {
    const { guard } = someGuard();
    guard.block('client:laptop', 60_000, null);
    expect(guard.blockedFor(guard.client('LapTop'))).toBe(60_000);
  });

  it('tells of each block, of one by an operator too', () => {
    const { guard } = someGuard();
    const told: NewBlock[] = [];
    guard.onBlock((block) => told.push(block));
    for (let i = 0; i < 4; i++) guard.offence(ADA, 'traversal');
    guard.block('client:web', 60_000, 'lost');
    expect(told).toEqual([
      { who: ADA, by: 'score', time: 15_000, reason: 'traversal' },
      { who: 'client:web', by: 'operator', time: 60_000, reason: 'lost' },
    ]);
  });

  it('counts who it refuses', () => {
    const { guard } = someGuard();
    guard.block(ADA, 60_000, null);
    expect([guard.refuses(ADA), guard.refuses('192.0.2.8'), guard.refuses(null)]).toEqual([60_000, 0, 0]);
    expect(guard.counts.refused).toBe(1);
  });

  it('lists blocks first, then scores, and not who is forgotten', () => {
    const { guard, clock } = someGuard();
    guard.offence('192.0.2.1', 'noise');
    guard.offence('192.0.2.2', 'traversal');
    guard.block(ADA, 600_000, 'scans');
    expect(guard.list().map(({ who, state }) => [who, state])).toEqual([
      [ADA, 'blocked'],
      ['192.0.2.2', 'noted'],
      ['192.0.2.1', 'noted'],
    ]);
    clock.advance(120_000);
    expect(guard.list().map(({ who }) => who)).toEqual([ADA, '192.0.2.2']);
  });

  it('forgets score and block when an operator says so', () => {
    const { guard } = someGuard();
    guard.block(ADA, 60_000, null);
    expect([guard.unblock(ADA), guard.unblock(ADA)]).toEqual([true, false]);
    expect(guard.blockedFor(ADA)).toBe(0);
  });

  it('remembers a bounded number of each family, and a flood of one does not push out another', () => {
    const { guard } = someGuard({ size: 100 });
    guard.offence(ADA, 'sign-in');
    guard.offence('client:web', 'sign-in');
    for (let i = 0; i < 10_000; i++) guard.offence(guard.sourceOf(`2001:db8:${i.toString(16)}::1`), 'noise');
    expect(guard.sizes.ipv6.tracked).toBe(100);
    expect(guard.list().map(({ who }) => who)).toEqual(expect.arrayContaining([ADA, 'client:web']));
  });

  it('lets who is blocked make room last', () => {
    const { guard } = someGuard({ size: 50 });
    for (let i = 0; i < 20; i++) guard.block(`192.0.2.${i}`, 60_000, null);
    for (let i = 0; i < 1000; i++) guard.offence(`198.51.100.${i % 256}`, 'noise');
    expect(guard.sizes.ipv4).toEqual({ tracked: 50, blocked: 20 });
  });
});

describe('what a guard keeps', () => {
  function restarted(rows: readonly SuspectRow[], clock: FakeClock): ReturnType<typeof someGuard> {
    const next = someGuard({ clock });
    next.guard.restore(rows);
    return next;
  }

  it('is what changed since it was last asked', () => {
    const { guard } = someGuard();
    guard.offence(ADA, 'traversal');
    guard.offence('192.0.2.8', 'traversal');
    expect(guard.takeChanges().rows.map(({ who }) => who)).toEqual([ADA, '192.0.2.8']);
    expect(guard.takeChanges()).toEqual({ rows: [], gone: [] });
    guard.unblock(ADA);
    expect(guard.takeChanges()).toEqual({ rows: [], gone: [ADA] });
    guard.putBack(['192.0.2.8']);
    expect(guard.takeChanges().rows).toHaveLength(1);
  });

  it('survives a restart: a block has left what it had, less the time that passed', () => {
    const { guard, clock } = someGuard();
    guard.block(ADA, 60_000, 'scans');
    const { rows } = guard.takeChanges();
    clock.advance(20_000);
    expect(restarted(rows, clock).guard.list()).toMatchObject([
      { who: ADA, left: 40_000, by: 'operator', reason: 'scans' },
    ]);
  });

  it.for([
    ['a year ahead', 365 * 86_400_000, 0],
    ['a year back', -365 * 86_400_000, 60_000],
  ] as const)('with a clock that is set %s, no block is longer than it was', ([, by, left]) => {
    const { guard, clock } = someGuard();
    guard.block(ADA, 60_000, null);
    const { rows } = guard.takeChanges();
    const later = new FakeClock(clock.now() + by);
    expect(restarted(rows, later).guard.blockedFor(ADA)).toBe(left);
  });

  it('goes on growing behind a restart', () => {
    const { guard, clock } = someGuard();
    for (let i = 0; i < 4; i++) guard.offence(ADA, 'traversal');
    const next = restarted(guard.takeChanges().rows, clock);
    clock.advance(15_000);
    for (let i = 0; i < 4; i++) next.guard.offence(ADA, 'traversal');
    expect(next.guard.blockedFor(ADA)).toBe(30_000);
  });

  const sound: SuspectRow = {
    ...{ who: ADA, score: 12, scoredAgo: 5, strikes: 1, struckAgo: 5 },
    ...{ blockLeft: 0, blockBy: null, reason: null, savedAt: 1_700_000_000_000 },
  };
  it.for<Partial<SuspectRow>>([
    { who: 'everybody' },
    { who: '127.0.0.1' },
    { score: -1 },
    { score: Infinity },
    { score: NaN },
    { scoredAgo: 1e15 },
    { strikes: -1 },
    { strikes: 1.5 },
    { blockLeft: -1, blockBy: 'score' },
    { blockLeft: 1e15, blockBy: 'score' },
    { blockLeft: 1000, blockBy: null },
    { savedAt: 0 },
  ])('%j is not taken for nothing: the start fails', (fault) => {
    expect(() => restarted([{ ...sound, ...fault }], new FakeClock())).toThrow(/makes no sense/);
  });
});
