import { describe, expect, it } from 'vitest';
import { releaseMemory } from '../../../src/base/memory.ts';

describe('releaseMemory', () => {
  it('gives a large buffer back at once that is all of its memory', () => {
    const bytes = new Uint8Array(64 * 1024).fill(1);
    const { buffer } = bytes;
    releaseMemory(bytes);
    expect(bytes.byteLength).toBe(0);
    expect(buffer.detached).toBe(true);
  });

  it('leaves others what they share with it', () => {
    const whole = new Uint8Array(64 * 1024).fill(1);
    releaseMemory(whole.subarray(0, 32 * 1024));
    releaseMemory(whole.subarray(1));
    expect(whole.every((byte) => byte === 1)).toBe(true);
    expect(whole.byteLength).toBe(64 * 1024);
  });

  it('leaves what comes from the pool of Node', () => {
    const pooled = Buffer.from('a small one of many');
    expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.byteLength);
    releaseMemory(pooled);
    expect(pooled.toString()).toBe('a small one of many');
  });

  it('leaves what is small or shared between threads', () => {
    const small = new Uint8Array(16).fill(1);
    const shared = new Uint8Array(new SharedArrayBuffer(64 * 1024));
    releaseMemory(small);
    releaseMemory(shared);
    expect([small.byteLength, shared.byteLength]).toEqual([16, 64 * 1024]);
  });

  it('does no harm to what has been given back already', () => {
    const bytes = new Uint8Array(64 * 1024);
    releaseMemory(bytes);
    releaseMemory(bytes);
    releaseMemory(new Uint8Array(0));
    expect(bytes.byteLength).toBe(0);
  });
});
