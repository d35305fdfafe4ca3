import { SesameError } from './errors.ts';

/** Runs so many tasks at once, lets so many wait, and refuses the rest. */
export class Bounded {
  readonly #atOnce: number;
  readonly #waiting: number;
  readonly #row: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, waiting: number) {
    this.#atOnce = atOnce;
    this.#waiting = waiting;
  }

  /** @throws `busy`; what the task throws */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running += 1;
    else await this.#stand();
    try {
      return await task();
    } finally {
      const next = this.#row.shift();
      // Its place goes over to the next.
      if (next) next();
      else this.#running -= 1;
    }
  }

  #stand(): Promise<void> {
    if (this.#row.length >= this.#waiting) {
      throw new SesameError('busy', `more than ${this.#waiting} wait already: try again in a moment`);
    }
    return new Promise((resolve) => this.#row.push(resolve));
  }
}
