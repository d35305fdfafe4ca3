import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HIGHEST_SCORE, Suspect } from '../../../src/guard/suspect.ts';
import { RULES } from '../../support/some-guard.ts';

const HOUR = 3_600_000;

function offend(suspect: Suspect, times: number, now: number, points = 1): string[] {
  return Array.from({ length: times }, () => suspect.offend(points, 'noise', now, RULES));
}

describe('Suspect', () => {
  it('is warned at 10 points and blocked at 20, each once', () => {
    const verdicts = offend(Suspect.new(0), 20, 0);
    expect(verdicts[9]).toBe('warned');
    expect(verdicts[19]).toBe('blocked');
    expect(verdicts.filter((verdict) => verdict !== 'noted')).toHaveLength(2);
  });

  it('forgets half of its score in a minute', () => {
    const suspect = Suspect.new(0);
    offend(suspect, 8, 0);
    expect(suspect.scoreAt(60_000, RULES)).toBeCloseTo(4);
    expect(suspect.scoreAt(180_000, RULES)).toBeCloseTo(1);
    expect(offend(suspect, 5, 60_000)).toEqual(new Array(5).fill('noted'));
  });

  it('is blocked for 15 s, then twice as long each time, for 10 minutes at most', () => {
    const suspect = Suspect.new(0);
    const times: number[] = [];
    let now = 0;
    for (let round = 0; round < 9; round++) {
      offend(suspect, 20, now);
      const until = suspect.blockAt(now)?.until ?? 0;
      times.push((until - now) / 1000);
      now = until;
    }
    expect(times).toEqual([15, 30, 60, 120, 240, 480, 600, 600, 600]);
  });

  it('begins behind a block with the score that warns, so that less blocks it again', () => {
    const suspect = Suspect.new(0);
    offend(suspect, 20, 0);
    expect(suspect.blockAt(15_000)).toBeUndefined();
    expect(suspect.scoreAt(15_000, RULES)).toBe(10);
    expect(offend(suspect, 10, 15_000).at(-1)).toBe('blocked');
  });

  it('takes back a step of the growth for each hour without a block', () => {
    const suspect = Suspect.new(0);
    offend(suspect, 20, 0);
    offend(suspect, 10, 15_000);
    const end = suspect.blockAt(15_000)?.until ?? 0;
    expect(end).toBe(45_000);
    offend(suspect, 20, end + HOUR);
    expect(suspect.blockAt(end + HOUR)?.until).toBe(end + HOUR + 30_000);
    offend(suspect, 20, end + 4 * HOUR);
    expect(suspect.blockAt(end + 4 * HOUR)?.until).toBe(end + 4 * HOUR + 15_000);
  });

  it('is forgotten when score, strikes and block are gone, and not before', () => {
    const suspect = Suspect.new(0);
    offend(suspect, 20, 0);
    expect(suspect.isForgotten(10_000, RULES)).toBe(false);
    expect(suspect.isForgotten(15_000 + HOUR - 1, RULES)).toBe(false);
    expect(suspect.isForgotten(15_000 + HOUR, RULES)).toBe(true);
  });

  it('keeps its score between 0 and 1000, and its blocks between the shortest and the longest, whatever happens', () => {
    const step = fc.record({
      points: fc.oneof(fc.integer({ min: -1e9, max: 1e9 }), fc.constant(Number.MAX_VALUE)),
      // A clock that is set back, too.
      move: fc.integer({ min: -HOUR, max: HOUR }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const suspect = Suspect.new(0);
        let now = 0;
        for (const { points, move } of steps) {
          now += move;
          const verdict = suspect.offend(points, 'noise', now, RULES);
          const score = suspect.scoreAt(now, RULES);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(HIGHEST_SCORE);
          if (verdict !== 'blocked') continue;
          const left = (suspect.blockAt(now)?.until ?? 0) - now;
          expect(left).toBeGreaterThanOrEqual(RULES.blockTime);
          expect(left).toBeLessThanOrEqual(RULES.maxBlockTime);
        }
      }),
    );
  });
});
