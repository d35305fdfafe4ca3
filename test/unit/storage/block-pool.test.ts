import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, BlockPool } from '../../../src/storage/block-pool.ts';

describe('BlockPool', () => {
  it('makes as many blocks as it may, when they are wanted', () => {
    const pool = new BlockPool(3);
    const blocks = [1, 2, 3].map(() => pool.tryAcquire());
    expect(new Set(blocks).size).toBe(3);
    for (const block of blocks) {
      expect(block?.byteLength).toBe(BLOCK_BYTES);
    }
    expect(pool.tryAcquire()).toBeUndefined();
  });

  it('makes blocks of another size where that is asked for', () => {
    expect(new BlockPool(1, 1000).tryAcquire()?.byteLength).toBe(1000);
  });

  it('makes another for one that is lost, for who has waited longest', async () => {
    const pool = new BlockPool(1);
    const lost = await pool.acquire();
    const waiting = pool.acquire();
    pool.lose();
    const block = await waiting;
    expect(block).not.toBe(lost);
    expect(pool.tryAcquire()).toBeUndefined();
    pool.lose();
    expect(pool.tryAcquire()).toBeInstanceOf(ArrayBuffer);
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
