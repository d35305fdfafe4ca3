import { SECOND } from '../base/clock.ts';

/** Even at a small rate, so much may come at once. */
const LEAST_BURST = 256 * 1024;

/**
 * Holds content to a rate, with a burst of one second: a state machine with the time passed in (ms, monotonic). What is
 * taken is taken at once; the answer is how long it has to wait.
 */
export class TokenBucket {
  #rate: number;
  #left: number;
  #since: number;

  /** @param rate bytes a second */
  constructor(rate: number, now: number) {
    this.#rate = rate;
    this.#left = burstOf(rate);
    this.#since = now;
  }

  /** What was taken stays taken. */
  setRate(rate: number, now: number): void {
    this.#refill(now);
    this.#rate = rate;
    this.#left = Math.min(this.#left, burstOf(rate));
  }

  /** @returns ms until these bytes, and all that were taken before, are within the rate */
  take(bytes: number, now: number): number {
    this.#refill(now);
    this.#left -= bytes;
    return this.#left >= 0 ? 0 : (-this.#left / this.#rate) * SECOND;
  }

  /** Bytes that did not come after all. */
  giveBack(bytes: number): void {
    this.#left = Math.min(burstOf(this.#rate), this.#left + bytes);
  }

  /** Nobody has taken anything for so long that a new one would be the same. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#left >= burstOf(this.#rate);
  }

  #refill(now: number): void {
    const passed = Math.max(0, now - this.#since);
    this.#since = now;
    this.#left = Math.min(burstOf(this.#rate), this.#left + (this.#rate * passed) / SECOND);
  }
}

function burstOf(rate: number): number {
  return Math.max(rate, LEAST_BURST);
}
