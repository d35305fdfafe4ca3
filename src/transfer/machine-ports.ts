/** Who joined by v4, and who may: storage implements it, and one contract suite holds it to what is said here. */
import type { RowId } from './ports.ts';

/** A machine that joined by v4: known by its key alone. */
export interface Machine {
  readonly row: RowId;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly name: string;
  /** SHA-256 of its SubjectPublicKeyInfo, 32 bytes. */
  readonly spki: Uint8Array;
  readonly writeOnly: boolean;
  readonly revoked: boolean;
  readonly lastReceipt: ReceiptHead | null;
}

/** The newest receipt of a client: what the next one names. */
export interface ReceiptHead {
  readonly seq: number;
  /** SHA-256 of the exact bytes of the receipt. */
  readonly hash: Uint8Array;
}

export interface NewMachine {
  readonly id: Uint8Array;
  readonly spki: Uint8Array;
}

export interface MachineDirectory {
  findBySpki(spki: Uint8Array): Promise<Machine | undefined>;
  /**
   * Joins under a free name: one winner.
   *
   * @param deadBefore a v3 name that was registered before this time and has no key is free
   * @returns undefined when the name is taken
   */
  join(
    machine: NewMachine & { readonly name: string; readonly nameKey: string },
    now: number,
    deadBefore: number,
  ): Promise<Machine | undefined>;
  /** Uses up a token. @returns undefined when it is unknown, used or expired */
  joinByToken(machine: NewMachine, tokenHash: Uint8Array, now: number): Promise<Machine | undefined>;
  /** A token keeps its name for its bearer until it expires. @throws `name-taken` */
  addToken(token: JoinToken, now: number, deadBefore: number): Promise<void>;
  /** Those that nobody has used yet. */
  listTokens(now: number): Promise<readonly Omit<JoinToken, 'hash'>[]>;
  /** @returns false where none keeps this name */
  dropToken(nameKey: string): Promise<boolean>;
  touch(row: RowId, now: number): Promise<void>;
  /** @returns the client, or undefined when none of this name joined by v4 */
  revoke(nameKey: string): Promise<Machine | undefined>;
  /**
   * Ends a fleet line and revokes all who joined by it: nobody joins by it in between.
   *
   * @returns whether the line was there; those who were not revoked before
   */
  revokeJoinedBy(line: RowId): Promise<{ readonly wasGood: boolean; readonly machines: readonly Machine[] }>;
}

export interface JoinToken {
  /** SHA-256 of the token, 32 bytes; the token itself is nowhere. */
  readonly hash: Uint8Array;
  readonly name: string;
  readonly nameKey: string;
  readonly writeOnly: boolean;
  readonly expiresAt: number;
}
