/** How long something lasts yet, as the server said it, and when it said so. */
export interface Deadline {
  readonly seconds: number;
  /** What `performance.now()` said then. */
  readonly saidAt: number;
}

/** Whole seconds at a later moment: never more than the server said. @param now as `performance.now()` has it */
export function secondsLeft({ seconds, saidAt }: Deadline, now: number): number {
  return Math.min(seconds, Math.max(0, Math.ceil(seconds - (now - saidAt) / 1000)));
}
