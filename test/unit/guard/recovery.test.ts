import { describe, expect, it } from 'vitest';
import { Recovery } from '../../../src/guard/recovery.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { MemoryGuardStore } from '../../support/guard-store.ts';
import { outcome } from '../../support/outcome.ts';
import { someGuard, type SomeGuard } from '../../support/some-guard.ts';

const ADA = '192.0.2.7';

interface Opened extends SomeGuard {
  readonly recovery: Recovery;
  readonly store: MemoryGuardStore;
  readonly used: string[];
}

async function open(store = new MemoryGuardStore(), clock?: FakeClock): Promise<Opened> {
  const some = someGuard(clock ? { clock } : {});
  const used: string[] = [];
  const recovery = await Recovery.open({
    ...{ store, ...some },
    onNewPin: (pin, why) => {
      if (why === 'used') used.push(pin);
    },
  });
  return { ...some, recovery, store, used };
}

const other = (pin: string): string => (pin === '00000000' ? '00000001' : '00000000');

describe('Recovery', () => {
  it('lets a source back in that has the PIN, and only that one', async () => {
    const { guard, recovery } = await open();
    const pin = await recovery.renew();
    expect(pin).toMatch(/^\d{8}$/);
    guard.block(ADA, 60_000, null);
    guard.block('192.0.2.8', 60_000, null);
    await recovery.recover(ADA, pin);
    expect([guard.blockedFor(ADA), guard.blockedFor('192.0.2.8')]).toEqual([0, 60_000]);
    expect(recovery.counts).toEqual({ recovered: 1, wrong: 0, throttled: 0 });
  });

  it('replaces a PIN that was used, and says which is good now', async () => {
    const { recovery, used } = await open();
    const pin = await recovery.renew();
    await recovery.recover(ADA, pin);
    expect(await outcome(recovery.recover('192.0.2.8', pin))).toBe('wrong-pin');
    expect(used).toHaveLength(1);
    expect(await outcome(recovery.recover('192.0.2.9', used[0] ?? ''))).toBe('ok');
  });

  it('is used once by two that have it at the same time', async () => {
    const { recovery } = await open();
    const pin = await recovery.renew();
    const both = ['192.0.2.1', '192.0.2.2'].map((source) => outcome(recovery.recover(source, pin)));
    expect((await Promise.all(both)).sort()).toEqual(['ok', 'wrong-pin']);
  });

  it('keeps no PIN, only its scrypt hash', async () => {
    const { recovery, store } = await open();
    const pin = await recovery.renew();
    expect(store.pinRow?.hash).toMatch(/^scrypt\$8192\$8\$10\$/);
    expect(JSON.stringify(store.pinRow)).not.toContain(pin);
  });

  it.for(['', '1', '123456789', '1234567a', '١٢٣٤٥٦٧٨'])(
    '%j is no PIN, and costs what a wrong one costs',
    async (said) => {
      const { recovery, guard } = await open();
      await recovery.renew();
      expect(await outcome(recovery.recover(ADA, said))).toBe('wrong-pin');
      expect(guard.counts.offences.get('wrong-pin')).toBe(1);
    },
  );

  it('checks three attempts of a source, then none for five minutes', async () => {
    const { recovery, clock } = await open();
    const pin = await recovery.renew();
    for (let i = 0; i < 3; i++) expect(await outcome(recovery.recover(ADA, other(pin)))).toBe('wrong-pin');
    expect(await outcome(recovery.recover(ADA, pin))).toBe('too-many-requests');
    clock.advance(300_000);
    expect(await outcome(recovery.recover(ADA, pin))).toBe('ok');
  });

  it('checks ten attempts that come at once from many sources', async () => {
    const { recovery } = await open();
    const pin = await recovery.renew();
    const guesses = Array.from({ length: 200 }, (_, i) =>
      outcome(recovery.recover(`198.51.100.${i}`, other(pin))),
    );
    const outcomes = await Promise.all(guesses);
    expect(outcomes.filter((one) => one === 'wrong-pin')).toHaveLength(10);
    expect(recovery.counts).toEqual({ recovered: 0, wrong: 10, throttled: 190 });
  });

  it('forgives no attempt for a restart, not even one that was being checked', async () => {
    const { recovery, store, clock } = await open();
    const pin = await recovery.renew();
    const checking = [1, 2, 3].map(() => outcome(recovery.recover(ADA, other(pin))));
    // What is on disk when the process dies, before the first is through.
    await new Promise((resolve) => setImmediate(resolve));
    const next = await open(store, clock);
    expect(await outcome(next.recovery.recover(ADA, pin))).toBe('too-many-requests');
    expect(next.recovery.hasPin).toBe(true);
    await Promise.all(checking);
  });

  it('checks nothing that it cannot count', async () => {
    const { recovery, store, guard } = await open();
    const pin = await recovery.renew();
    guard.block(ADA, 60_000, null);
    store.failure = new Error('disk full');
    await expect(recovery.recover(ADA, pin)).rejects.toThrow('disk full');
    expect(guard.blockedFor(ADA)).toBe(60_000);
  });

  it('gives whoever guesses for a year, from everywhere, less than one chance in 500', async () => {
    const { recovery, clock } = await open();
    await recovery.renew();
    const { Throttle } = await import('../../../src/guard/throttle.ts');
    // The throttle alone: a year of attempts, one every ten seconds.
    const throttle = new Throttle({ burst: 3, interval: 300_000 }, { burst: 10, interval: 180_000 }, 10_000);
    let checked = 0;
    const year = 365 * 86_400_000;
    for (let now = 0; now < year; now += 10_000) {
      if (throttle.take(`source ${now % 5000}`, clock.monotonic() + now) === 0) checked += 1;
    }
    expect(1e8 / checked).toBeGreaterThan(500);
  });
});
