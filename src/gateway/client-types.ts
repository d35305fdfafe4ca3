/**
 * What the API says of clients and their access tokens (HTTP.md 4): types that the console shares, as those of api-types.ts.
 */
import type { JoinLine } from './join-types.ts';

/** A machine that sends and fetches files. `dialect` is the CRC that a v3 client computes, null for others. */
export interface Client {
  readonly name: string;
  readonly id: string;
  readonly protocol: 3 | 4 | 'http';
  readonly state: 'joined' | 'revoked' | 'keyed' | 'registered';
  readonly registered: string;
  readonly last_seen: string | null;
  readonly connected: boolean;
  readonly write_only: boolean;
  readonly dialect: string | null;
  readonly receipts: number;
  readonly files: number;
  readonly bytes: number;
  readonly watch: Watch | null;
  /** The id of the fleet line that it joined by, also when that is gone; null where it joined otherwise. */
  readonly joined_by: string | null;
  /** Null where there is none. */
  readonly quota_bytes: number | null;
  readonly quota_files: number | null;
}

/**
 * How a machine that watches folders is. `failing`: files that were refused or failed, and folders and watches that it
 * lacks, so that it may be more than `files`; `why` is what is wrong, in the machine's words; `oldest` is null where nothing
 * waits.
 */
export interface Watch {
  readonly files: number;
  readonly bytes: number;
  readonly failing: number;
  readonly oldest: string | null;
  readonly why: string;
  readonly reported: string;
}

/** `GET /api/clients`. */
export interface ClientList {
  readonly clients: readonly Client[];
  readonly join_lines: readonly JoinLine[];
}

/** An access token, without its secret. `expires` is null where it has no end. */
export interface AccessToken {
  readonly id: string;
  readonly client: string;
  readonly created: string;
  readonly last_used: string | null;
  readonly expires: string | null;
}

/** `GET /api/tokens`. */
export interface TokenList {
  readonly tokens: readonly AccessToken[];
}

/** `POST /api/tokens`. */
export interface TokenRequest {
  readonly client: string;
  readonly write_only: boolean;
  readonly expires_days: number | null;
}

/** The answer to it: the token is shown once. */
export interface NewToken {
  readonly id: string;
  readonly client: string;
  readonly token: string;
  readonly expires: string | null;
}
