/** Of a block of file bytes: large, for each message wakes a thread. */
export const BLOCK_BYTES = 1024 * 1024;

/**
 * Blocks in which file bytes travel from the event loop to another thread and back. There is a fixed number of them, made
 * when first wanted: memory stays flat, whatever the number of uploads. They are moved and not shared, since V8 copies
 * into shared memory word by word.
 */
export class BlockPool {
  readonly #capacity: number;
  readonly #bytes: number;
  readonly #free: ArrayBuffer[] = [];
  readonly #waiting: ((block: ArrayBuffer) => void)[] = [];
  #made = 0;

  constructor(capacity: number, bytes = BLOCK_BYTES) {
    this.#capacity = capacity;
    this.#bytes = bytes;
  }

  tryAcquire(): ArrayBuffer | undefined {
    const block = this.#free.pop();
    if (block || this.#made >= this.#capacity) return block;
    return this.#make();
  }

  /** First come, first served. */
  async acquire(): Promise<ArrayBuffer> {
    return this.tryAcquire() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(block: ArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next) next(block);
    else this.#free.push(block);
  }

  /** One that was acquired will not come back. */
  lose(): void {
    this.#made -= 1;
    this.#waiting.shift()?.(this.#make());
  }

  #make(): ArrayBuffer {
    this.#made += 1;
    return new ArrayBuffer(this.#bytes);
  }
}
