import type { Logger } from '../base/logger.ts';
import { SesameError } from '../base/errors.ts';

export interface TurnLimits {
  /** Requests at work at once. */
  readonly active: number;
  /** Requests that wait for their turn; one more is refused. */
  readonly waiting: number;
}

/** From where on the log says that it gets tight. */
const NEARLY = 0.8;

/** Lets so many requests work at once, so many wait in a row, and refuses the rest (HTTP.md 5). */
export class Turns {
  readonly #limits: TurnLimits;
  readonly #log: Logger;
  readonly #row = new Set<() => void>();
  #active = 0;
  /** What was last said of how tight it is. */
  #said: 'calm' | 'near' | 'full' = 'calm';

  constructor(limits: TurnLimits, log: Logger) {
    this.#limits = limits;
    this.#log = log;
    log.info('requests at once', { active: limits.active, waiting: limits.waiting });
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#row.size;
  }

  /** @returns to be called once when the request is over; undefined where it has to wait */
  takeAtOnce(): (() => void) | undefined {
    if (this.#active >= this.#limits.active) return undefined;
    this.#active += 1;
    this.#report();
    return this.#turn();
  }

  /**
   * Resolves when it is this request's turn.
   *
   * @param gone aborted when whoever asked does not wait any longer
   * @returns as `takeAtOnce`
   * @throws `busy`; the signal's reason
   */
  async wait(gone: AbortSignal): Promise<() => void> {
    if (this.#row.size >= this.#limits.waiting) {
      this.#say('full');
      throw new SesameError('busy', 'more requests than this server takes at once: try again in a moment');
    }
    await this.#standInRow(gone);
    this.#report();
    return this.#turn();
  }

  #turn(): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#leave();
    };
  }

  /** The turn of one that leaves goes over to the next in the row. */
  #leave(): void {
    const [next] = this.#row;
    if (next) {
      this.#row.delete(next);
      next();
      return;
    }
    this.#active -= 1;
    this.#report();
  }

  async #standInRow(gone: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const mine = (): void => {
      resolve(undefined);
    };
    const onGone = (): void => {
      this.#row.delete(mine);
      reject(gone.reason as Error);
    };
    this.#row.add(mine);
    this.#report();
    gone.addEventListener('abort', onGone, { once: true });
    try {
      await promise;
    } finally {
      gone.removeEventListener('abort', onGone);
    }
    this.#log.debug('a request that waited gets its turn', { waiting: this.#row.size });
  }

  #report(): void {
    const { active, waiting } = this.#limits;
    const part = (this.#active + this.#row.size) / (active + waiting);
    if (part >= 1) this.#say('full');
    else if (this.#active >= active * NEARLY) this.#say('near');
    else if (this.#active <= active / 2) this.#said = 'calm';
  }

  #say(how: 'near' | 'full'): void {
    if (this.#said === how || this.#said === 'full') return;
    this.#said = how;
    const figures = { active: this.#active, waiting: this.#row.size };
    this.#log.warning(
      how === 'full' ? 'no request more is taken' : 'nearly as many requests as are taken',
      figures,
    );
  }
}
