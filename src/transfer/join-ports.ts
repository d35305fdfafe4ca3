import type { RowId } from './ports.ts';
import type { Machine, NewMachine } from './machine-ports.ts';

/** A machine that asked to join without a line (FLEET.md 1). */
export interface JoinRequest {
  /** SHA-256 of its key's SubjectPublicKeyInfo, 32 bytes: its fingerprint, and what an approval is for. */
  readonly spki: Uint8Array;
  /** What it wants to be called. */
  readonly name: string;
  readonly address: string;
  /** Milliseconds since 1970: first, and last. */
  readonly askedAt: number;
  readonly heardAt: number;
  /** Null where nobody has decided yet. */
  readonly deniedAt: number | null;
}

export interface NewJoinRequest extends Pick<JoinRequest, 'spki' | 'name' | 'address'> {
  readonly nameKey: string;
  /** What `address` is counted by. */
  readonly source: string;
  /** Of which network `source` is a part: where there is no room, the one with the most requests makes it. */
  readonly network: string;
}

/** How many requests are kept, and for how long. */
export interface JoinBounds {
  readonly all: number;
  readonly ofSource: number;
  /** Milliseconds since it was first made, or denied. */
  readonly lifetime: number;
}

/** `new`: it waits from now on; `known`: a client has this key. */
export type Asking = 'new' | 'waiting' | 'denied' | 'full' | 'known';

export interface JoinRequestStore {
  /**
   * Where there is no room, the oldest that was denied makes it; where there is none of these, the newest of the network with
   * the most requests, as long as that keeps no fewer than the asking one's has then.
   */
  ask(request: NewJoinRequest, bounds: JoinBounds, now: number): Promise<Asking>;
  /** Those who wait first, and the longest of them first. */
  list(bounds: JoinBounds, now: number): Promise<readonly JoinRequest[]>;
  /**
   * Makes a client of who asks, at once.
   *
   * @param which the key, and the name that it asks for
   * @returns undefined where there is no such request
   * @throws `name-taken`
   */
  approve(
    which: { readonly spki: Uint8Array; readonly nameKey: string },
    client: {
      readonly id: Uint8Array;
      readonly name: string;
      readonly nameKey: string;
      readonly writeOnly: boolean;
    },
    now: number,
    deadBefore: number,
  ): Promise<Machine | undefined>;
  /** @returns false where there is no such request */
  deny(which: { readonly spki: Uint8Array; readonly nameKey: string }, now: number): Promise<boolean>;
}

/** A join line for many machines (FLEET.md 1), without its secret. */
export interface FleetLine {
  readonly row: RowId;
  /** Which names may join by it. */
  readonly pattern: string;
  readonly writeOnly: boolean;
  readonly uses: number;
  readonly usesLeft: number;
  readonly madeAt: number;
  readonly expiresAt: number;
}

export type NewFleetLine = Pick<FleetLine, 'pattern' | 'writeOnly' | 'uses' | 'madeAt' | 'expiresAt'> & {
  /** SHA-256 of the token, 32 bytes; the token itself is nowhere. */
  readonly hash: Uint8Array;
};

/** `unknown`: there is no such line, or it is good no longer. */
export type FleetJoining =
  | { readonly outcome: 'joined'; readonly machine: Machine }
  | { readonly outcome: 'unknown' | 'bad-name' | 'name-taken' };

export interface FleetLineStore {
  add(line: NewFleetLine): Promise<FleetLine>;
  /** Those that are good yet. */
  list(now: number): Promise<readonly FleetLine[]>;
  /** @returns the line that is good no longer; undefined where there is none */
  drop(row: RowId): Promise<FleetLine | undefined>;
  /**
   * Uses a line once, if a client comes of it: as many win as it has uses. A key that has joined uses nothing up.
   *
   * @param name null where the machine gives none that a client can have
   */
  join(
    machine: NewMachine & { readonly name: string | null },
    tokenHash: Uint8Array,
    now: number,
    deadBefore: number,
  ): Promise<FleetJoining>;
}
