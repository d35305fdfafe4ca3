import type { GuardEntry } from './guard.ts';

/** Somebody as `sesamed guard ls` and the API show him; also their JSON. */
export interface SuspectListing {
  readonly who: string;
  readonly state: 'noted' | 'warned' | 'blocked';
  readonly score: number;
  readonly seconds_left: number | null;
  readonly by: 'score' | 'operator' | null;
  readonly reason: string | null;
  readonly blocks: number;
}

export function suspectListing({ who, state, score, left, by, reason, strikes }: GuardEntry): SuspectListing {
  return {
    ...{ who, state, by, reason, blocks: strikes },
    score: Math.round(score * 10) / 10,
    seconds_left: left === null ? null : Math.ceil(left / 1000),
  };
}
