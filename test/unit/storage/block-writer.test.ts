import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BLOCK_BYTES, BlockPool } from '../../../src/storage/block-pool.ts';
import { BlockWriter, WINDOW } from '../../../src/storage/block-writer.ts';

/** More than one writer has under way. */
const CAPACITY = 2 * WINDOW;
const REASON = new Error('the upload is over');

/** A thread that takes blocks, and gives them back when a test says so. */
class SlowThread {
  readonly taken: Buffer[] = [];
  readonly #waiting: PromiseWithResolvers<undefined>[] = [];
  /** Whether blocks come back at once. */
  fast = true;

  readonly send = async (block: ArrayBuffer, length: number): Promise<ArrayBuffer> => {
    this.taken.push(Buffer.from(Buffer.from(block, 0, length)));
    // As on its way to a thread: nobody can write into it any more.
    const moved = block.transfer();
    if (this.fast) return moved;
    const waiting = Promise.withResolvers<undefined>();
    this.#waiting.push(waiting);
    await waiting.promise;
    return moved;
  };

  get content(): Buffer {
    return Buffer.concat(this.taken);
  }

  giveBack(): void {
    this.#waiting.shift()?.resolve(undefined);
  }

  fail(error: unknown): void {
    this.#waiting.shift()?.reject(error);
  }
}

let thread: SlowThread;
let pool: BlockPool;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  thread = new SlowThread();
  pool = new BlockPool(CAPACITY);
});
afterEach(() => {
  vi.useRealTimers();
});

function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
}

/** How many blocks nobody holds. */
function free(capacity: number): number {
  const held = Array.from({ length: capacity }, () => pool.tryAcquire()).filter(
    (block) => block !== undefined,
  );
  for (const block of held) pool.release(block);
  return held.length;
}

describe('BlockWriter', () => {
  it.for([1, 1000, 65_536, BLOCK_BYTES, BLOCK_BYTES + 1, 1_000_000])(
    'keeps order, chunks of %d',
    async (size) => {
      const bytes = pattern(size === 1 ? 3000 : 1_300_000);
      const writer = new BlockWriter(pool, thread.send);
      for (let at = 0; at < bytes.length; at += size) await writer.write(bytes.subarray(at, at + size));
      writer.flush();
      expect(thread.content.equals(bytes)).toBe(true);
      expect(thread.taken.slice(0, -1).every((block) => block.length === BLOCK_BYTES)).toBe(true);
    },
  );

  it('takes what fits without a promise, and reads it then and there', () => {
    const writer = new BlockWriter(pool, thread.send);
    const chunk = pattern(100);
    expect(writer.write(chunk)).toBeUndefined();
    chunk.fill(0);
    writer.flush();
    expect(thread.content).toEqual(pattern(100));
  });

  it('hands on a full block at once, and any other after 10 ms', () => {
    const writer = new BlockWriter(pool, thread.send);
    void writer.write(pattern(BLOCK_BYTES));
    expect(thread.taken).toHaveLength(1);
    void writer.write(pattern(10));
    vi.advanceTimersByTime(9);
    expect(thread.taken).toHaveLength(1);
    void writer.write(pattern(10));
    vi.advanceTimersByTime(1);
    expect(thread.taken.at(-1)).toHaveLength(20);
  });

  it('holds no block while its peer stalls', async () => {
    const writer = new BlockWriter(pool, thread.send);
    void writer.write(pattern(10));
    expect(free(CAPACITY)).toBe(CAPACITY - 1);
    await vi.advanceTimersByTimeAsync(10);
    expect(free(CAPACITY)).toBe(CAPACITY);
  });

  it('has no more than a window of blocks under way', async () => {
    thread.fast = false;
    const bytes = pattern((WINDOW + 2) * BLOCK_BYTES);
    const writer = new BlockWriter(pool, thread.send);
    const written = writer.write(bytes);
    expect(written).toBeInstanceOf(Promise);
    await vi.advanceTimersByTimeAsync(1000);
    expect(thread.taken).toHaveLength(WINDOW);
    thread.giveBack();
    await vi.advanceTimersByTimeAsync(0);
    expect(thread.taken).toHaveLength(WINDOW + 1);
    thread.giveBack();
    await written;
    expect(thread.content.equals(bytes)).toBe(true);
  });

  it('waits for a block where others have them all, and goes on when one comes back', async () => {
    pool = new BlockPool(1);
    const block = await pool.acquire();
    const writer = new BlockWriter(pool, thread.send);
    const written = writer.write(pattern(10));
    await vi.advanceTimersByTimeAsync(1000);
    expect(thread.taken).toEqual([]);
    pool.release(block);
    await written;
    writer.flush();
    expect(thread.content).toEqual(pattern(10));
  });

  it('fails from the first fault of its thread on', async () => {
    thread.fast = false;
    const writer = new BlockWriter(pool, thread.send);
    const written = writer.write(pattern((WINDOW + 1) * BLOCK_BYTES));
    thread.fail(REASON);
    await expect(written).rejects.toBe(REASON);
    await expect(writer.write(pattern(1))).rejects.toBe(REASON);
    for (let i = 0; i < WINDOW; i++) thread.giveBack();
    await vi.advanceTimersByTimeAsync(0);
    expect(free(CAPACITY)).toBe(CAPACITY);
  });

  it('makes an error of whatever its thread fails with', async () => {
    thread.fast = false;
    const writer = new BlockWriter(pool, thread.send);
    const written = writer.write(pattern((WINDOW + 1) * BLOCK_BYTES));
    thread.fail('no error at all');
    await expect(written).rejects.toThrow('no error at all');
  });
});

describe('a BlockWriter that is stopped', () => {
  it('takes and sends nothing more, and gives its block back', async () => {
    const writer = new BlockWriter(pool, thread.send);
    void writer.write(pattern(10));
    writer.stop(REASON);
    expect(free(CAPACITY)).toBe(CAPACITY);
    await expect(writer.write(pattern(1))).rejects.toBe(REASON);
    writer.flush();
    await vi.advanceTimersByTimeAsync(1000);
    expect(thread.taken).toEqual([]);
  });

  it('fails who waits for the thread', async () => {
    thread.fast = false;
    const writer = new BlockWriter(pool, thread.send);
    const written = writer.write(pattern((WINDOW + 1) * BLOCK_BYTES));
    writer.stop(REASON);
    await expect(written).rejects.toBe(REASON);
  });

  it('fails who waits for a block, and leaves that to others', async () => {
    pool = new BlockPool(1);
    const block = await pool.acquire();
    const writer = new BlockWriter(pool, thread.send);
    const written = writer.write(pattern(10));
    writer.stop(REASON);
    pool.release(block);
    await expect(written).rejects.toBe(REASON);
    expect(pool.tryAcquire()).toBe(block);
    expect(thread.taken).toEqual([]);
  });
});
