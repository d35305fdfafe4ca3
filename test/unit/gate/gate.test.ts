import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNetworks } from '../../../src/base/addresses.ts';
import { Gate } from '../../../src/gate/gate.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const ADA = '192.0.2.7';

function gate(allow = '10.0.0.0/8'): { gate: Gate; clock: FakeClock } {
  const clock = new FakeClock();
  return { gate: new Gate({ isAllowed: parseNetworks(allow), clock }), clock };
}

describe('Gate', () => {
  it('is shut but for loopback and who is allowed', () => {
    const { gate: shut } = gate();
    const addresses = ['127.0.0.1', '::1', '10.1.2.3', '::ffff:10.1.2.3', ADA, '2001:db8::1', '', 'nonsense'];
    expect(addresses.filter((address) => shut.admits(address))).toEqual(addresses.slice(0, 4));
    expect(shut.refused).toBe(4);
  });

  it('opens for one address, for a time', () => {
    const { gate: opened, clock } = gate();
    opened.open(ADA, 30_000, 'operator');
    expect([opened.admits(ADA), opened.admits('192.0.2.8')]).toEqual([true, false]);
    clock.advance(29_999);
    expect(opened.admits(ADA)).toBe(true);
    clock.advance(1);
    expect(opened.admits(ADA)).toBe(false);
    expect(opened.list()).toEqual([]);
  });

  it('takes every way of writing an address for the same', () => {
    const { gate: opened } = gate();
    opened.open('2001:DB8:0::1', 30_000, 'operator');
    opened.open('::ffff:c000:0207', 30_000, 'operator');
    expect([opened.admits('2001:db8::1'), opened.admits(ADA)]).toEqual([true, true]);
    expect(opened.list().map(({ address }) => address)).toEqual(['2001:db8::1', ADA]);
    expect(opened.close('2001:db8:0:0:0:0:0:1')).toBe(true);
  });

  it('closes at once', () => {
    const { gate: opened } = gate();
    opened.open(ADA, 30_000, 'operator');
    expect([opened.close(ADA), opened.close(ADA), opened.admits(ADA)]).toEqual([true, false, false]);
  });

  it('is open for the longest of what was said', () => {
    const { gate: opened, clock } = gate();
    opened.open(ADA, 60_000, 'operator');
    opened.open(ADA, 30_000, 'client web');
    clock.advance(59_999);
    expect(opened.admits(ADA)).toBe(true);
  });

  it('admits exactly who was let in and not shut out since, whatever the order', () => {
    const address = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1');
    const step = fc.oneof(
      fc.record({ what: fc.constant('open'), address, time: fc.integer({ min: 1, max: 60_000 }) }),
      fc.record({ what: fc.constant('close'), address, time: fc.constant(0) }),
      fc.record({ what: fc.constant('wait'), address, time: fc.integer({ min: 0, max: 60_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { gate: tried, clock } = gate();
        const until = new Map<string, number>();
        for (const { what, address: who, time } of steps) {
          if (what === 'open') {
            tried.open(who, time, 'test');
            until.set(who, Math.max(until.get(who) ?? 0, clock.monotonic() + time));
          } else if (what === 'close') {
            tried.close(who);
            until.delete(who);
          } else clock.advance(time);
          expect(tried.admits(who)).toBe((until.get(who) ?? 0) > clock.monotonic());
        }
      }),
    );
  });
});
