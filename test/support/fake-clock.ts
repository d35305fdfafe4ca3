import type { Clock } from '../../src/base/clock.ts';

/** Time that passes when a test says so. */
export class FakeClock implements Clock {
  #time: number;

  constructor(time = Date.UTC(2030, 0, 1)) {
    this.#time = time;
  }

  now(): number {
    return this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  advance(ms: number): void {
    this.#time += ms;
  }
}
