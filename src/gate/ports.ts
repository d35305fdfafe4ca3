/** What the gate needs of the outside. All of it works off the event loop. */

/** A message whose MAC is right (PROTOCOL.md part 3). */
export interface AuthenticKnock {
  readonly action: 'open' | 'close';
  /** Whose it is, 16 bytes: a client, or who has a join line. */
  readonly id: Uint8Array;
  readonly by: 'client' | 'join-line';
  /** Milliseconds since 1970. */
  readonly time: number;
  /** 16 bytes. */
  readonly nonce: Uint8Array;
  /** Where it came from, which is what it says. */
  readonly address: string;
}

/** `unknown`: nobody has this id any more. */
export type Taking =
  { readonly outcome: 'taken'; readonly name: string } | { readonly outcome: 'replayed' | 'unknown' };

export interface KnockStore {
  /**
   * Notes its nonce, durably, if it is the first with it.
   *
   * @param now ms since 1970
   * @param forgetBefore nonces of an older time are forgotten
   */
  take(knock: AuthenticKnock, now: number, forgetBefore: number): Promise<Taking>;
  /** SHA-256 of the tokens of join lines that can still be used, 32 bytes each. */
  joinLines(now: number): Promise<readonly Uint8Array[]>;
}
