import { SECOND } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Guard } from './guard.ts';
import type { GuardStore } from './ports.ts';

const SAVE_EVERY = 10 * SECOND;

/** Keeps what the guard knows: each block at once, everything else every ten seconds and at the end. */
export class GuardKeeper implements AsyncDisposable {
  readonly #guard: Guard;
  readonly #store: GuardStore;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #saving: Promise<void> | undefined;
  #again = false;

  private constructor(guard: Guard, store: GuardStore, log: Logger) {
    this.#guard = guard;
    this.#store = store;
    this.#log = log;
    guard.onBlock(() => void this.save());
    this.#timer = setInterval(() => void this.save(), SAVE_EVERY);
    this.#timer.unref();
  }

  /** @throws `guard-state`: what cannot be read is not taken for an empty list */
  static async open(guard: Guard, store: GuardStore, log: Logger): Promise<GuardKeeper> {
    guard.restore(await store.suspects());
    return new GuardKeeper(guard, store, log);
  }

  /** Resolves when all that was known when it was called is durable; what cannot be kept now is kept with the next. */
  async save(): Promise<void> {
    this.#again = true;
    this.#saving ??= this.#saveAll();
    await this.#saving;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.save();
  }

  async #saveAll(): Promise<void> {
    // Never over before `save` has noted that it runs: where nothing has changed, nothing below waits.
    await Promise.resolve();
    while (this.#again) {
      this.#again = false;
      const { rows, gone } = this.#guard.takeChanges();
      if (rows.length + gone.length === 0) continue;
      try {
        await this.#store.saveSuspects(rows, gone);
      } catch (error) {
        this.#guard.putBack([...rows.map(({ who }) => who), ...gone]);
        this.#log.error('cannot keep what the guard knows', { why: messageOf(error) });
      }
    }
    this.#saving = undefined;
  }
}
