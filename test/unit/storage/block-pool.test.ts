import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, BlockPool } from '../../../src/storage/block-pool.ts';

describe('BlockPool', () => {
  it('makes as many blocks as it may, of shared memory, when they are wanted', () => {
    const pool = new BlockPool(3);
    const blocks = [1, 2, 3].map(() => pool.tryAcquire());
    expect(new Set(blocks).size).toBe(3);
    for (const block of blocks) {
      expect(block).toBeInstanceOf(SharedArrayBuffer);
      expect(block?.byteLength).toBe(BLOCK_BYTES);
    }
    expect(pool.tryAcquire()).toBeUndefined();
  });

  it('gives the same blocks again', async () => {
    const pool = new BlockPool(1);
    const block = await pool.acquire();
    pool.release(block);
    expect(pool.tryAcquire()).toBe(block);
  });

  it('gives a block that comes back to who has waited longest', async () => {
    const pool = new BlockPool(1);
    const block = await pool.acquire();
    const order: string[] = [];
    const waiting = ['first', 'second', 'third'].map(async (name) => {
      const got = await pool.acquire();
      order.push(name);
      pool.release(got);
    });
    expect(pool.tryAcquire()).toBeUndefined();
    pool.release(block);
    await Promise.all(waiting);
    expect(order).toEqual(['first', 'second', 'third']);
    expect(pool.tryAcquire()).toBe(block);
  });
});
