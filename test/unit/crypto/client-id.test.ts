import type crypto from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';

const randomness = vi.hoisted(() => ({ next: undefined as Buffer | undefined }));

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return {
    ...real,
    randomBytes: (size: number) => {
      const bytes = randomness.next ?? real.randomBytes(size);
      randomness.next = undefined;
      return bytes;
    },
  };
});

const { newClientId } = await import('../../../src/crypto/client-id.ts');

describe('newClientId', () => {
  it('meets the rules of PROTOCOL.md 1.3, ten thousand times', () => {
    const broken = Array.from({ length: 10_000 }, newClientId).filter((id) => !meetsTheRules(id));
    expect(broken).toEqual([]);
  });

  it('is another each time', () => {
    const ids = Array.from({ length: 10_000 }, () => Buffer.from(newClientId()).toString('hex'));
    expect(new Set(ids).size).toBe(10_000);
  });

  it.for(Array.from({ length: 16 }, (_, place) => place))('does not take a 00 at byte %d', (place) => {
    const unlucky = Buffer.alloc(16, 0x77);
    unlucky.writeUInt8(0, place);
    expect(meetsTheRules(idFrom(unlucky))).toBe(true);
  });

  it.for([7, 15])('does not take less than 10 at byte %d', (place) => {
    const unlucky = Buffer.alloc(16, 0x77);
    unlucky.writeUInt8(0x0f, place);
    expect(meetsTheRules(idFrom(unlucky))).toBe(true);
    unlucky.writeUInt8(0x10, place);
    expect(idFrom(unlucky)[place]).toBe(0x10);
  });

  it('sets version 4 and the variant, and leaves the rest random', () => {
    expect(Buffer.from(idFrom(Buffer.alloc(16, 0xff))).toString('hex')).toBe(
      'ffffffffffff4fffbfffffffffffffff',
    );
  });
});

function idFrom(random: Buffer): Uint8Array {
  randomness.next = Buffer.from(random);
  return newClientId();
}

function meetsTheRules(id: Uint8Array): boolean {
  const [version = 0, low = 0, variant = 0, last = 0] = [6, 7, 8, 15].map((place) => id[place] ?? 0);
  const isUuid = id.byteLength === 16 && version >> 4 === 4 && variant >> 6 === 2;
  return isUuid && !id.includes(0) && low >= 0x10 && last >= 0x10;
}
