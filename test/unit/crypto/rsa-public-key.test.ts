import { describe, expect, it } from 'vitest';
import { checkRsaPublicKey } from '../../../src/crypto/rsa-public-key.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { vectors } from '../../support/vectors.ts';

describe('checkRsaPublicKey', () => {
  it.for(vectors('rsa-public-keys'))('$expect: $name', (vector) => {
    const der = Buffer.from(vector.der_hex, 'hex');
    expect(outcomeOf(() => checkRsaPublicKey(der))).toBe(vector.expect);
    if (vector.expect === 'ok') expect(checkRsaPublicKey(der)).toEqual({ bits: vector.bits });
  });

  it('looks at no more than 1024 bytes, before anything parses them', () => {
    let message = '';
    try {
      checkRsaPublicKey(new Uint8Array(1025));
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/1025 bytes are too long/);
  });
});
