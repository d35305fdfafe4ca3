export const BLOCK_BYTES = 256 * 1024;

/**
 * Blocks of shared memory in which file bytes travel from the event loop to the file threads. There is a fixed number
 * of them, made when first wanted: memory stays flat, whatever the number of uploads.
 */
export class BlockPool {
  readonly #capacity: number;
  readonly #free: SharedArrayBuffer[] = [];
  readonly #waiting: ((block: SharedArrayBuffer) => void)[] = [];
  #made = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  tryAcquire(): SharedArrayBuffer | undefined {
    const block = this.#free.pop();
    if (block || this.#made >= this.#capacity) return block;
    this.#made += 1;
    return new SharedArrayBuffer(BLOCK_BYTES);
  }

  /** First come, first served. */
  async acquire(): Promise<SharedArrayBuffer> {
    return this.tryAcquire() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(block: SharedArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next) next(block);
    else this.#free.push(block);
  }
}
