import type { ThrottleRow } from './ports.ts';

export interface ThrottleRules {
  /** At once, then one in `interval`. */
  readonly burst: number;
  /** ms */
  readonly interval: number;
}

/** All attempts together. */
const EVERYBODY = '*';

/**
 * How often something may be tried, by one and by all: a burst, then one in a while (the generic cell rate algorithm).
 * Time is passed in, monotonic ms.
 */
export class Throttle {
  readonly #each: ThrottleRules;
  readonly #all: ThrottleRules;
  readonly #size: number;
  /** When each will have its whole burst again. */
  readonly #fullAt = new Map<string, number>();

  /** @param size how many are remembered; where they are that many, nobody new may try */
  constructor(each: ThrottleRules, all: ThrottleRules, size: number) {
    this.#each = each;
    this.#all = all;
    this.#size = size;
  }

  /** @returns 0 when it may be tried, which is counted; else ms until it may */
  take(who: string, now: number): number {
    if (!this.#fullAt.has(who) && this.#fullAt.size >= this.#size) this.#forgetFull(now);
    if (!this.#fullAt.has(who) && this.#fullAt.size >= this.#size) return this.#each.interval;
    const wait = Math.max(this.#wait(who, this.#each, now), this.#wait(EVERYBODY, this.#all, now));
    if (wait > 0) return wait;
    this.#count(who, this.#each, now);
    this.#count(EVERYBODY, this.#all, now);
    return 0;
  }

  /** @param savedAt ms since 1970 */
  rowsOf(who: string, now: number, savedAt: number): readonly ThrottleRow[] {
    return [who, EVERYBODY].map((one) => ({
      who: one,
      left: Math.max(0, (this.#fullAt.get(one) ?? now) - now),
      savedAt,
    }));
  }

  /** What an earlier run counted. @param wallNow ms since 1970 */
  restore(rows: readonly ThrottleRow[], now: number, wallNow: number): void {
    for (const { who, left, savedAt } of rows) {
      const { burst, interval } = who === EVERYBODY ? this.#all : this.#each;
      const rest = Math.min(left, burst * interval) - Math.max(0, wallNow - savedAt);
      if (rest > 0) this.#fullAt.set(who, now + rest);
    }
  }

  #wait(who: string, { burst, interval }: ThrottleRules, now: number): number {
    const fullAt = Math.max(this.#fullAt.get(who) ?? now, now);
    return Math.max(0, fullAt + interval - (now + burst * interval));
  }

  #count(who: string, { interval }: ThrottleRules, now: number): void {
    this.#fullAt.set(who, Math.max(this.#fullAt.get(who) ?? now, now) + interval);
  }

  #forgetFull(now: number): void {
    for (const [who, fullAt] of this.#fullAt)
      if (fullAt <= now && who !== EVERYBODY) this.#fullAt.delete(who);
  }
}
