import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sealer } from '../../../src/crypto/sealing.ts';
import { outcomeOf } from '../../support/outcome.ts';

const key = randomBytes(32);
const sealer = new Sealer(key);
const secret = randomBytes(16);
const owner = randomBytes(16);

describe('Sealer', () => {
  it('gives the secret back to its owner, also after a restart', () => {
    const sealed = sealer.seal(secret, owner);
    expect(Buffer.from(sealer.unseal(sealed, owner))).toEqual(secret);
    expect(Buffer.from(new Sealer(Uint8Array.from(key)).unseal(sealed, owner))).toEqual(secret);
  });

  it.for([0, 1, 16, 32, 1000])('seals %d bytes in 29 more, and does not show them', (length) => {
    const long = randomBytes(length);
    const sealed = Buffer.from(sealer.seal(long, owner));
    expect(sealed.length).toBe(length + 29);
    if (length > 1) expect(sealed.includes(long)).toBe(false);
    expect(Buffer.from(sealer.unseal(sealed, owner))).toEqual(long);
  });

  it('never gives the same twice', () => {
    const sealed = Array.from({ length: 1000 }, () => Buffer.from(sealer.seal(secret, owner)));
    expect(new Set(sealed.map((bytes) => bytes.toString('hex'))).size).toBe(1000);
    expect(new Set(sealed.map((bytes) => bytes.toString('hex', 1, 13))).size).toBe(1000);
  });

  it('opens for no other owner', () => {
    const sealed = sealer.seal(secret, owner);
    for (const other of [randomBytes(16), owner.subarray(0, 15), Buffer.concat([owner, Buffer.of(0)])]) {
      expect(outcomeOf(() => sealer.unseal(sealed, other))).toBe('storage-failed');
    }
  });

  it('opens under no other key', () => {
    const sealed = sealer.seal(secret, owner);
    expect(outcomeOf(() => new Sealer(randomBytes(32)).unseal(sealed, owner))).toBe('storage-failed');
  });

  it('opens with no byte changed, at any place', () => {
    const sealed = sealer.seal(secret, owner);
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(outcomeOf(() => sealer.unseal(changed, owner))).toBe('storage-failed');
    }
  });

  it('opens at no other length', () => {
    const sealed = sealer.seal(secret, owner);
    for (let length = 0; length < sealed.length; length++) {
      expect(outcomeOf(() => sealer.unseal(sealed.subarray(0, length), owner))).toBe('storage-failed');
    }
    const longer = Buffer.concat([sealed, Buffer.of(0)]);
    expect(outcomeOf(() => sealer.unseal(longer, owner))).toBe('storage-failed');
  });

  it.for([0, 16, 31, 33])('takes no key of %d bytes', (length) => {
    expect(() => new Sealer(randomBytes(length))).toThrow(RangeError);
  });
});
