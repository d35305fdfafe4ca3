import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRsaPublicKey } from '../../src/crypto/rsa-public-key.ts';
import { wrapAesKey } from '../../src/crypto/key-wrapping.ts';
import { outcomeOf } from '../support/outcome.ts';
import { keyPair } from '../support/v3-cryptography.ts';

const good = keyPair(1024, 17).publicDer;

describe('checkRsaPublicKey, random input', () => {
  it('fails with nothing but bad-key at garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1100 }), (der) => {
        expect(outcomeOf(() => checkRsaPublicKey(der))).toBe('bad-key');
      }),
      { numRuns: 300 },
    );
  });

  it('fails with nothing but bad-key at a key with bytes changed, and what it passes can be used', () => {
    const change = fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const der = Uint8Array.from(good);
        for (const [place, byte] of changes) der[place] = byte;
        const outcome = outcomeOf(() => checkRsaPublicKey(der));
        expect(['ok', 'bad-key']).toContain(outcome);
        if (outcome !== 'ok') return;
        const modulusBytes = Math.ceil(checkRsaPublicKey(der).bits / 8);
        expect(wrapAesKey(der, new Uint8Array(16)).byteLength).toBe(modulusBytes);
      }),
      { numRuns: 500 },
    );
  });

  it('takes no other encoding of the same numbers', () => {
    const cut = fc.nat({ max: good.length });
    fc.assert(
      fc.property(cut, fc.uint8Array({ minLength: 1, maxLength: 5 }), (at, added) => {
        const der = Buffer.concat([good.subarray(0, at), added, good.subarray(at)]);
        expect(outcomeOf(() => checkRsaPublicKey(der))).toBe('bad-key');
      }),
      { numRuns: 300 },
    );
  });
});
