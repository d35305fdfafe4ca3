/** Time as the server sees it; tests pass their own. */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970: for rows and logs. */
  now(): number;
  /** Milliseconds that only ever grow: for deadlines. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
