import type { Opening } from './gate.ts';

/** An address that is let in as `sesamed gate ls` and the API show it; also their JSON. Times are ISO 8601. */
export interface OpeningListing {
  readonly address: string;
  readonly by: string;
  readonly since: string;
  readonly seconds_left: number;
}

export interface GateListing {
  readonly driver: string;
  readonly fault: string | null;
  readonly open: readonly OpeningListing[];
}

/** @param now monotonic ms */
export function openingListing({ address, by, since, until }: Opening, now: number): OpeningListing {
  return {
    ...{ address, by },
    since: new Date(since).toISOString(),
    seconds_left: Math.max(0, Math.ceil((until - now) / 1000)),
  };
}
