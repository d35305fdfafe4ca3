/**
 * What accounts need of the outside: who may sign in, with what, and what was done. All of it works off the event loop.
 */
import type { RowId } from '../transfer/ports.ts';
import type { Machine, NewMachine } from '../transfer/machine-ports.ts';

/** A viewer sees everything and changes nothing. */
export type Role = 'viewer' | 'operator';

export interface Person {
  readonly row: RowId;
  readonly name: string;
  readonly role: Role;
  /** Null until a sign-in link was used. */
  readonly passwordHash: string | null;
  readonly createdAt: number;
  readonly lastSeenAt: number | null;
}

export interface SessionRow {
  /** SHA-256 of the cookie, 32 bytes. */
  readonly hash: Uint8Array;
  readonly csrf: string;
  readonly expiresAt: number;
}

/** Whose a sign-in link is; person null: that of the first operator, who is yet to choose a name. */
export interface SignInLink {
  readonly person: Person | null;
  readonly expiresAt: number;
}

export interface PeopleDirectory {
  isEmpty(): Promise<boolean>;
  list(): Promise<readonly Person[]>;
  find(nameKey: string): Promise<Person | undefined>;
  /** @throws `name-taken` */
  add(person: { name: string; nameKey: string; role: Role }, now: number): Promise<Person>;
  /** Ends that person's sessions, too. */
  remove(nameKey: string): Promise<'removed' | 'unknown' | 'last-operator'>;
  /** @param keep the session that goes on; all others of that person end */
  setPassword(row: RowId, passwordHash: string, keep: Uint8Array | null): Promise<void>;

  /** Takes the place of an earlier link of the same person. @param row null: for the first operator */
  addLink(hash: Uint8Array, row: RowId | null, expiresAt: number, now: number): Promise<void>;
  findLink(hash: Uint8Array, now: number): Promise<SignInLink | undefined>;
  /**
   * Uses it up: its person, or the first operator under the name given, has this password from now on.
   *
   * @returns undefined when it is used or expired, or somebody else was first
   */
  useLink(
    hash: Uint8Array,
    first: { name: string; nameKey: string },
    passwordHash: string,
    now: number,
  ): Promise<Person | undefined>;

  startSession(person: RowId, session: SessionRow, now: number): Promise<void>;
  /** Notes that it was used. @param idleSince one that was not used after this time has ended */
  findSession(
    hash: Uint8Array,
    now: number,
    idleSince: number,
  ): Promise<(SessionRow & { readonly person: Person }) | undefined>;
  endSession(hash: Uint8Array): Promise<void>;

  /** The client to whose space this person uploads, made when it is first asked for. @throws `name-taken` */
  spaceOf(person: RowId, machine: NewMachine, now: number, deadBefore: number): Promise<Machine>;
}

/** An access token as it is listed. */
export interface TokenSummary {
  readonly row: RowId;
  readonly client: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly expiresAt: number | null;
}

export interface NewToken {
  /** SHA-256 of the token, 32 bytes; the token itself is nowhere. */
  readonly hash: Uint8Array;
  readonly expiresAt: number | null;
}

export interface TokenDirectory {
  /**
   * A token for the client of this name; one that has nothing but tokens is made where there is none.
   *
   * @throws `name-taken` by a client of v3 or a join line; `revoked`
   */
  add(
    token: NewToken,
    client: NewMachine & { readonly name: string; readonly nameKey: string; readonly writeOnly: boolean },
    now: number,
    deadBefore: number,
  ): Promise<TokenSummary>;
  /** Notes that it was used. @returns whose it is */
  find(hash: Uint8Array, now: number): Promise<Machine | undefined>;
  list(): Promise<readonly TokenSummary[]>;
  /** @returns whose it was */
  remove(row: RowId): Promise<string | undefined>;
}

/** Something that somebody did, or was refused. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** A person or a client; `local` for who has the data folder. */
  readonly actor: string;
  readonly address: string | null;
  /** `file.delete`, `client.revoke`, … */
  readonly action: string;
  readonly target: string | null;
  readonly outcome: 'done' | 'refused';
  readonly detail: string | null;
}

export type NumberedEntry = AuditEntry & { readonly seq: number };

export interface AuditLog {
  record(entry: AuditEntry): Promise<void>;
  /** Newest first. @param before a number; null for the newest. @param search in any of its texts; empty: all */
  list(before: number | null, limit: number, search: string): Promise<readonly NumberedEntry[]>;
}
