import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../src/guard/throttle.ts';

const EACH = { burst: 3, interval: 300_000 };
const ALL = { burst: 10, interval: 180_000 };

const throttle = (size = 100): Throttle => new Throttle(EACH, ALL, size);

describe('Throttle', () => {
  it('takes a burst of each, then one in an interval', () => {
    const attempts = throttle();
    expect(Array.from({ length: 4 }, () => attempts.take('ada', 0))).toEqual([0, 0, 0, 300_000]);
    expect(attempts.take('ada', 299_999)).toBe(1);
    expect(attempts.take('ada', 300_000)).toBe(0);
    expect(attempts.take('ada', 300_000)).toBe(300_000);
  });

  it('takes a burst of all together, from however many they come', () => {
    const attempts = throttle();
    const taken = Array.from({ length: 100 }, (_, i) => attempts.take(`source ${i}`, 0));
    expect(taken.filter((wait) => wait === 0)).toHaveLength(10);
    expect(attempts.take('one more', 0)).toBe(180_000);
  });

  it('does not count what it did not take', () => {
    const attempts = throttle();
    for (let i = 0; i < 1000; i++) attempts.take('eve', 0);
    expect(attempts.take('ada', 0)).toBe(0);
  });

  it('remembers a bounded number, and then takes nobody new until one is forgotten', () => {
    const attempts = new Throttle(EACH, { burst: 1000, interval: 1 }, 5);
    for (let i = 0; i < 4; i++) expect(attempts.take(`source ${i}`, 0)).toBe(0);
    expect(attempts.take('one more', 0)).toBeGreaterThan(0);
    expect(attempts.take('source 1', 0)).toBe(0);
    expect(attempts.take('one more', 700_000)).toBe(0);
  });

  it('goes on where an earlier run was, whatever the clock says', () => {
    const before = throttle();
    for (let i = 0; i < 3; i++) before.take('ada', 5_000);
    const rows = before.rowsOf('ada', 5_000, 1_000_000);
    for (const [wallNow, wait] of [
      [1_000_000, 300_000],
      [1_100_000, 200_000],
      [500_000, 300_000],
    ] as const) {
      const after = throttle();
      after.restore(rows, 77, wallNow);
      expect(after.take('ada', 77)).toBe(wait);
    }
  });

  it('never takes more than the burst and one an interval, at whatever times it is asked', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 5 }))),
        (steps) => {
          const attempts = throttle();
          let now = 0;
          let taken = 0;
          for (const [move, who] of steps) {
            now += move;
            if (attempts.take(`source ${who}`, now) === 0) taken += 1;
          }
          expect(taken).toBeLessThanOrEqual(ALL.burst + Math.floor(now / ALL.interval));
        },
      ),
    );
  });
});
