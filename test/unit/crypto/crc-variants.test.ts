import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CRC_VARIANTS, WireCrc } from '../../../src/crypto/crc-variants.ts';
import { cutAt } from '../../support/decoding.ts';
import { encrypt } from '../../support/v3-cryptography.ts';
import { plaintextOf, vectors, type CrcVariant } from '../../support/vectors.ts';

const FILES = vectors('crc').flatMap((vector) => {
  if (vector.expect !== 'ok') return [];
  const plaintext = plaintextOf(vector);
  const ciphertext = encrypt(Buffer.from(vector.key_hex, 'hex'), plaintext);
  return [{ ...vector, plaintext, ciphertext }];
});

describe('WireCrc', () => {
  it.for(FILES)('$name: every variant', ({ plaintext, ciphertext, variants }) => {
    const made = CRC_VARIANTS.map((variant) => [variant, wireCrc(variant, [plaintext], [ciphertext])]);
    expect(Object.fromEntries(made)).toEqual(variants);
  });

  it.for(FILES)('$name: the same when both sides come in pieces', ({ plaintext, ciphertext, variants }) => {
    for (const variant of CRC_VARIANTS) {
      const pieces = [cutAt(plaintext, thirds(plaintext)), cutAt(ciphertext, thirds(ciphertext))] as const;
      expect(wireCrc(variant, ...pieces)).toBe(variants[variant]);
    }
  });

  it.for(FILES)('$name: the ciphertext of the vector', (file) => {
    const { ciphertext, ciphertext_hex, ciphertext_size, ciphertext_sha256 } = file;
    if (ciphertext_hex !== undefined) expect(ciphertext.toString('hex')).toBe(ciphertext_hex);
    if (ciphertext_size !== undefined) expect(ciphertext.length).toBe(ciphertext_size);
    if (ciphertext_sha256 !== undefined) {
      expect(createHash('sha256').update(ciphertext).digest('hex')).toBe(ciphertext_sha256);
    }
  });

  it('tries the variants in the order of PROTOCOL.md 1.2', () => {
    expect(CRC_VARIANTS).toEqual([
      'zlib-ciphertext',
      'cksum-plaintext',
      'cksum-ciphertext',
      'zlib-plaintext',
      'zlib-plaintext-be',
    ]);
  });
});

function wireCrc(variant: CrcVariant, plaintext: Uint8Array[], ciphertext: Uint8Array[]): string {
  const crc = new WireCrc(variant);
  for (const piece of ciphertext) crc.updateCiphertext(piece);
  for (const piece of plaintext) crc.updatePlaintext(piece);
  return Buffer.from(crc.toWire()).toString('hex');
}

function thirds({ byteLength }: Uint8Array): number[] {
  return [Math.floor(byteLength / 3), Math.floor((byteLength * 2) / 3)];
}
