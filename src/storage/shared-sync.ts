/** Syncs of one thing that are wanted at the same time share one: it begins after all of them were asked for. */
export class SharedSync {
  readonly #syncOnce: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(syncOnce: () => Promise<void>) {
    this.#syncOnce = syncOnce;
  }

  async sync(): Promise<void> {
    this.#next ??= this.#behind(this.#running);
    return this.#next;
  }

  /** Returns when none is under way or waits; never throws. */
  async quiet(): Promise<void> {
    while (this.#next ?? this.#running) await (this.#next ?? this.#running)?.catch(() => undefined);
  }

  async #behind(running: Promise<void> | undefined): Promise<void> {
    // How that one ends is the business of those who asked for it.
    await running?.catch(() => undefined);
    this.#running = this.#next;
    this.#next = undefined;
    try {
      await this.#syncOnce();
    } finally {
      this.#running = undefined;
    }
  }
}
