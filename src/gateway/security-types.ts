/**
 * What the API says of the guard and the gate (HTTP.md 4): types that the console shares, as those of api-types.ts.
 */
/** Somebody whom the guard counts. `blocks` are those by score. */
export interface Suspect {
  readonly who: string;
  readonly state: 'noted' | 'warned' | 'blocked';
  readonly score: number;
  readonly seconds_left: number | null;
  readonly by: 'score' | 'operator' | null;
  readonly reason: string | null;
  readonly blocks: number;
}

/** An address that the gate lets in. */
export interface Opening {
  readonly address: string;
  readonly by: string;
  readonly since: string;
  readonly seconds_left: number;
}

/** `GET /api/security`: who is counted, at most 500 and blocks first, and who is let in. Times are seconds. */
export interface Security {
  readonly guard: {
    readonly state: 'on' | 'off';
    readonly rules: {
      readonly warn_at: number;
      readonly block_at: number;
      readonly half_life: number;
      readonly block_time: number;
      readonly max_block_time: number;
    };
    readonly tracked: number;
    readonly blocked: number;
    readonly entries: readonly Suspect[];
    readonly more: boolean;
  };
  readonly gate: {
    readonly state: 'off' | 'shut';
    readonly driver: string | null;
    readonly fault: string | null;
    /** The knock port. */
    readonly port: number | null;
    /** How long a knock opens. */
    readonly open_time: number;
    readonly open: readonly Opening[];
  };
}

/** `POST /api/guard/block`. */
export interface BlockRequest {
  readonly who: string;
  readonly seconds: number;
  readonly reason: string | null;
}

/** The answer to it: of an IPv6 address, its /64 is blocked. */
export interface NewBlock {
  readonly who: string;
  readonly seconds_left: number;
}

/** The answer to `POST /api/guard/pin`: the PIN is shown once. */
export interface NewPin {
  readonly pin: string;
}

/** `POST /api/gate/open`; null: for as long as a knock opens. */
export interface OpenRequest {
  readonly address: string;
  readonly seconds: number | null;
}
