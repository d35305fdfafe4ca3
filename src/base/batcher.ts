interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs one batch at a time; what arrives meanwhile is the next. Under load batches grow, without it nothing waits. */
export class Batcher<T, R> {
  readonly #run: (items: readonly T[]) => Promise<readonly R[]>;
  readonly #max: number;
  #waiting: Waiting<T, R>[] = [];
  #running = false;

  /**
   * @param run gives a result for each item, in their order; where it throws, all of the batch fail
   * @param max items in one batch
   */
  constructor(run: (items: readonly T[]) => Promise<readonly R[]>, max: number) {
    this.#run = run;
    this.#max = max;
  }

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      // What else this turn of the event loop brings goes into the same batch.
      setImmediate(() => void this.#runAll());
    });
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#max);
      try {
        const results = await this.#run(batch.map(({ item }) => item));
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as R);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }
}
