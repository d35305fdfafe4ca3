import { HOUR } from '../base/clock.ts';

/** Scores end here: an hour of flooding is forgotten as soon as ten minutes of it. */
export const HIGHEST_SCORE = 1000;

/** How fast scores fade, and what they lead to. Times in ms. */
export interface GuardRules {
  readonly halfLife: number;
  readonly warnAt: number;
  readonly blockAt: number;
  readonly blockTime: number;
  readonly maxBlockTime: number;
}

export interface Block {
  /** Monotonic ms. */
  readonly until: number;
  readonly by: 'score' | 'operator';
  readonly reason: string | null;
}

export type Verdict = 'noted' | 'warned' | 'blocked';

/** What is remembered of somebody who did something wrong. All times are monotonic ms, and passed in. */
export interface SuspectState {
  /** As it was at `scoredAt`, which is ahead of now while a block lasts. */
  readonly score: number;
  readonly scoredAt: number;
  /** Blocks by score so far; an hour without one takes back the last. */
  readonly strikes: number;
  /** When the last of them ended, or will. */
  readonly struckAt: number;
  readonly block: Block | null;
}

/** The points, warnings and growing blocks of one source or identity (GUARD.md 2). */
export class Suspect {
  #state: SuspectState;

  constructor(state: SuspectState) {
    this.#state = state;
  }

  static new(now: number): Suspect {
    return new Suspect({ score: 0, scoredAt: now, strikes: 0, struckAt: now, block: null });
  }

  get state(): SuspectState {
    return this.#state;
  }

  scoreAt(now: number, { halfLife }: GuardRules): number {
    const { score, scoredAt } = this.#state;
    return score * 0.5 ** (Math.max(0, now - scoredAt) / halfLife);
  }

  blockAt(now: number): Block | undefined {
    const { block } = this.#state;
    return block && block.until > now ? block : undefined;
  }

  /** Whether there is nothing left worth remembering. */
  isForgotten(now: number, rules: GuardRules): boolean {
    return !this.blockAt(now) && this.#strikesAt(now) === 0 && this.scoreAt(now, rules) < 0.5;
  }

  /** @returns `warned` or `blocked` for the offence that led to it, and for no other */
  offend(points: number, reason: string, now: number, rules: GuardRules): Verdict {
    if (this.blockAt(now)) return 'noted';
    const before = this.scoreAt(now, rules);
    const score = Math.min(HIGHEST_SCORE, before + Math.max(0, points));
    this.#state = { ...this.#state, score, scoredAt: now, block: null };
    if (score >= rules.blockAt) {
      this.#strike(reason, now, rules);
      return 'blocked';
    }
    return score >= rules.warnAt && before < rules.warnAt ? 'warned' : 'noted';
  }

  /** An operator's. */
  block(until: number, reason: string | null): void {
    this.#state = { ...this.#state, block: { until, by: 'operator', reason } };
  }

  #strike(reason: string, now: number, { warnAt, blockTime, maxBlockTime }: GuardRules): void {
    const strikes = this.#strikesAt(now);
    const until = now + Math.min(maxBlockTime, blockTime * 2 ** Math.min(strikes, 30));
    this.#state = {
      // What is left is what warns: who goes on is blocked sooner.
      score: warnAt,
      scoredAt: until,
      strikes: strikes + 1,
      struckAt: until,
      block: { until, by: 'score', reason },
    };
  }

  #strikesAt(now: number): number {
    const { strikes, struckAt } = this.#state;
    return Math.max(0, strikes - Math.floor(Math.max(0, now - struckAt) / HOUR));
  }
}
