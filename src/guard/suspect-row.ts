import { DAY } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { isSubject } from './subject.ts';
import type { SuspectRow } from './ports.ts';
import { HIGHEST_SCORE, Suspect, type Block } from './suspect.ts';

/** Longer than anything that is kept: what an operator may ask for. */
export const LONGEST_BLOCK = 365 * DAY;

export function toRow(who: string, suspect: Suspect, now: number, savedAt: number): SuspectRow {
  const { score, scoredAt, strikes, struckAt } = suspect.state;
  const block = suspect.blockAt(now);
  return {
    who,
    score,
    scoredAgo: now - scoredAt,
    strikes,
    struckAgo: now - struckAt,
    blockLeft: block ? block.until - now : 0,
    blockBy: block?.by ?? null,
    reason: block?.reason ?? null,
    savedAt,
  };
}

/**
 * A suspect as a restart finds it: time has passed for it, where the clock says so, and never the other way.
 *
 * @param now monotonic ms
 * @param wallNow ms since 1970
 * @throws `guard-state` where a row makes no sense: whom it blocked is not let in by forgetting it
 */
export function fromRow(row: SuspectRow, now: number, wallNow: number): Suspect {
  if (!isSound(row)) {
    throw new SesameError(
      'guard-state',
      `what the guard remembers of "${row.who}" makes no sense: with the server stopped, sesamed guard unblock "${row.who}" forgets it`,
    );
  }
  const passed = Math.max(0, wallNow - row.savedAt);
  const left = row.blockLeft - passed;
  const block: Block | null =
    left > 0 ? { until: now + left, by: row.blockBy ?? 'score', reason: row.reason } : null;
  return new Suspect({
    score: row.score,
    scoredAt: now - row.scoredAgo - passed,
    strikes: row.strikes,
    struckAt: now - row.struckAgo - passed,
    block,
  });
}

/** Whether it can be what a guard has written. */
export function isSound(row: SuspectRow): boolean {
  const { who, score, scoredAgo, strikes, struckAgo, blockLeft, blockBy, savedAt } = row;
  return (
    isSubject(who) &&
    score >= 0 &&
    score <= HIGHEST_SCORE &&
    Math.abs(scoredAgo) <= LONGEST_BLOCK &&
    Number.isSafeInteger(strikes) &&
    strikes >= 0 &&
    Math.abs(struckAgo) <= LONGEST_BLOCK &&
    blockLeft >= 0 &&
    blockLeft <= LONGEST_BLOCK &&
    blockLeft > 0 === (blockBy !== null) &&
    savedAt > 0
  );
}
