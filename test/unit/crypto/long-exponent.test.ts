import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { wrapAesKey } from '../../../src/crypto/key-wrapping.ts';
import { outcomeOf } from '../../support/outcome.ts';

/** A modulus of so many bits, odd; nobody needs its factors to encrypt. */
function publicKeyDer(bits: number, exponentBits: number): Buffer {
  const n = number((1n << BigInt(bits - 1)) | 1n);
  const e = number((1n << BigInt(exponentBits - 1)) | 1n);
  const asn1 = forge.pki.publicKeyToAsn1(forge.pki.rsa.setPublicKey(n, e));
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

function number(value: bigint): forge.jsbn.BigInteger {
  return new forge.jsbn.BigInteger(value.toString(16), 16);
}

describe('wrapAesKey and long exponents', () => {
  // Above 3072 bits OpenSSL takes exponents of up to 64 bits; what it refuses must be a refusal of ours.
  it.for([
    { bits: 3072, exponentBits: 65, expected: 'ok' },
    { bits: 4096, exponentBits: 64, expected: 'ok' },
    { bits: 3073, exponentBits: 65, expected: 'bad-key' },
    { bits: 4096, exponentBits: 65, expected: 'bad-key' },
    { bits: 4096, exponentBits: 2000, expected: 'bad-key' },
  ])('RSA-$bits, e of $exponentBits bits: $expected', ({ bits, exponentBits, expected }) => {
    const der = publicKeyDer(bits, exponentBits);
    expect(outcomeOf(() => wrapAesKey(der, new Uint8Array(16)))).toBe(expected);
  });
});
