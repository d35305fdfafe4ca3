import { BLOCK_BYTES, type BlockPool } from './block-pool.ts';

/** Blocks of one upload that may be with its thread at once. */
export const WINDOW = 3;

/** A block that is not full is handed on after so many ms: a peer that stalls must not sit on a block. */
const LINGER = 10;

/**
 * Gathers the chunks of one upload into blocks and hands these on in order. Takes chunks without a promise as long as
 * there is room.
 */
export class BlockWriter {
  readonly #pool: BlockPool;
  readonly #send: (block: ArrayBuffer, length: number) => Promise<ArrayBuffer>;
  #block: ArrayBuffer | undefined;
  #filled = 0;
  #inFlight = 0;
  #linger: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  /** @param send resolves with the block when it may be used again; where it fails, the block is lost */
  constructor(pool: BlockPool, send: (block: ArrayBuffer, length: number) => Promise<ArrayBuffer>) {
    this.#pool = pool;
    this.#send = send;
  }

  /** @returns a promise where the caller must wait, and leave the chunk as it is, before it gives more */
  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#failure) return Promise.reject(this.#failure);
    const taken = this.#fill(chunk);
    return taken < chunk.byteLength ? this.#writeRest(chunk.subarray(taken)) : undefined;
  }

  /** Hands on what is left. */
  flush(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    const block = this.#block;
    if (!block) return;
    const filled = this.#filled;
    this.#block = undefined;
    this.#filled = 0;
    if (filled > 0 && !this.#failure) void this.#handOn(block, filled);
    else this.#pool.release(block);
  }

  /** Takes no more; a writer that waits fails. */
  stop(reason: Error): void {
    this.#failure ??= reason;
    this.flush();
    this.#wake?.();
  }

  /** @returns how much of the chunk went into blocks that were there */
  #fill(chunk: Uint8Array): number {
    let taken = 0;
    while (taken < chunk.byteLength) {
      this.#block ??= this.#inFlight < WINDOW ? this.#pool.tryAcquire() : undefined;
      if (!this.#block) break;
      const length = Math.min(chunk.byteLength - taken, BLOCK_BYTES - this.#filled);
      new Uint8Array(this.#block, this.#filled, length).set(chunk.subarray(taken, taken + length));
      this.#filled += length;
      taken += length;
      if (this.#filled === BLOCK_BYTES) this.flush();
    }
    if (this.#block && this.#filled > 0) {
      this.#linger ??= setTimeout(() => {
        this.flush();
      }, LINGER);
    }
    return taken;
  }

  async #writeRest(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.byteLength > 0) {
      while (this.#inFlight >= WINDOW && !this.#failure) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      if (this.#failure) throw this.#failure;
      await this.#acquireBlock();
      rest = rest.subarray(this.#fill(rest));
    }
  }

  async #acquireBlock(): Promise<void> {
    if (this.#block) return;
    const block = await this.#pool.acquire();
    if (!this.#failure) {
      this.#block = block;
      return;
    }
    // Stopped while it waited: the block is for others.
    this.#pool.release(block);
    throw this.#failure;
  }

  async #handOn(block: ArrayBuffer, length: number): Promise<void> {
    this.#inFlight += 1;
    try {
      this.#pool.release(await this.#send(block, length));
    } catch (error) {
      this.#pool.lose();
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
    this.#inFlight -= 1;
    this.#wake?.();
  }
}
