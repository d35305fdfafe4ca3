/** What the guard needs of the outside. All of it works off the event loop. */

/** A suspect at rest. Durations in ms, counted from `savedAt`, so that a clock that is set does not stretch them. */
export interface SuspectRow {
  readonly who: string;
  readonly score: number;
  /** How long ago it was scored; below 0 while a block lasts. */
  readonly scoredAgo: number;
  readonly strikes: number;
  readonly struckAgo: number;
  /** 0 where there is no block. */
  readonly blockLeft: number;
  readonly blockBy: 'score' | 'operator' | null;
  readonly reason: string | null;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
}

/** What throttles attempts with a PIN, at rest: how long until the whole burst is there again. */
export interface ThrottleRow {
  /** A source, or `*` for all of them. */
  readonly who: string;
  readonly left: number;
  readonly savedAt: number;
}

/** A recovery PIN as it is kept. */
export interface PinRow {
  /** scrypt, see crypto/pin-hash. */
  readonly hash: string;
  readonly madeAt: number;
}

export interface GuardStore {
  suspects(): Promise<readonly SuspectRow[]>;
  /** @param gone whom to forget */
  saveSuspects(rows: readonly SuspectRow[], gone: readonly string[]): Promise<void>;
  pin(): Promise<PinRow | undefined>;
  savePin(pin: PinRow): Promise<void>;
  throttles(): Promise<readonly ThrottleRow[]>;
  saveThrottles(rows: readonly ThrottleRow[]): Promise<void>;
}
