/** Who uploads to a path at this moment. */
export interface Holder {
  /** A newer one wants the path: ends at once, unless it is past the point where it can. */
  supersede(): void;
  /** Settles, and never rejects, when it has let go of the path. */
  readonly over: Promise<unknown>;
}

/** One holder per client and path; the newest takes over (PROTOCOL.md 2.4). */
export class PathHolders {
  readonly #holders = new Map<string, Holder>();

  /** Takes the path. @returns when whoever held it has let go */
  async take(key: string, holder: Holder): Promise<void> {
    const older = this.#holders.get(key);
    this.#holders.set(key, holder);
    void holder.over.then(() => {
      if (this.#holders.get(key) === holder) this.#holders.delete(key);
    });
    if (!older) return;
    older.supersede();
    await older.over;
  }
}
