import { randomBytes } from 'node:crypto';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { AesCbcDecryptor } from '../../../src/crypto/aes-cbc.ts';
import { byteByByte, cutAt } from '../../support/decoding.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { encrypt } from '../../support/v3-cryptography.ts';
import { vectors } from '../../support/vectors.ts';

const VECTORS = vectors('aes').map((vector) => ({
  ...vector,
  key: Buffer.from(vector.key_hex, 'hex'),
  ciphertext: Buffer.from(vector.ciphertext_hex, 'hex'),
}));

describe('AesCbcDecryptor', () => {
  it.for(VECTORS)('$expect: $name', (vector) => {
    const { key, ciphertext } = vector;
    expect(outcomeOf(() => decrypt(key, [ciphertext]))).toBe(vector.expect);
    if (vector.expect === 'ok') {
      expect(decrypt(key, [ciphertext]).toString('hex')).toBe(vector.plaintext_hex);
    }
  });

  it.for(VECTORS)('$name: the same byte by byte and at every split', (vector) => {
    const { key, ciphertext } = vector;
    const offsets = Array.from({ length: Math.min(ciphertext.length, 100) }, (_, i) => i);
    for (const chunks of [[...byteByByte(ciphertext)], ...offsets.map((at) => cutAt(ciphertext, [at]))]) {
      expect(outcomeOf(() => decrypt(key, chunks))).toBe(vector.expect);
      if (vector.expect === 'ok') expect(decrypt(key, chunks).toString('hex')).toBe(vector.plaintext_hex);
    }
  });

  it('says nothing of which fault it was', () => {
    const messages = VECTORS.filter((vector) => vector.expect === 'bad-ciphertext').map((vector) => {
      try {
        decrypt(vector.key, [vector.ciphertext]);
      } catch (error) {
        return String(error);
      }
      return 'no error';
    });
    expect(new Set(messages).size).toBe(1);
  });

  it('keeps the last block back until it is told that it is the last', () => {
    const decryptor = new AesCbcDecryptor(Buffer.alloc(16));
    expect(decryptor.update(encrypt(Buffer.alloc(16), Buffer.alloc(40))).byteLength).toBe(32);
    expect(decryptor.finish().byteLength).toBe(8);
  });

  it.for([0, 1, 15, 16, 17, 4096, 100_001])('reads what node-forge encrypts, %d bytes', (length) => {
    const key = randomBytes(16);
    const plaintext = randomBytes(length);
    const cipher = forge.cipher.createCipher('AES-CBC', key.toString('binary'));
    cipher.start({ iv: '\0'.repeat(16) });
    cipher.update(forge.util.createBuffer(plaintext.toString('binary')));
    cipher.finish();
    const ciphertext = Buffer.from(cipher.output.getBytes(), 'binary');
    expect(decrypt(key, [ciphertext]).equals(plaintext)).toBe(true);
  });

  it('and node-forge reads what it reads', () => {
    const key = randomBytes(16);
    const ciphertext = encrypt(key, randomBytes(1000));
    const decipher = forge.cipher.createDecipher('AES-CBC', key.toString('binary'));
    decipher.start({ iv: '\0'.repeat(16) });
    decipher.update(forge.util.createBuffer(ciphertext.toString('binary')));
    expect(decipher.finish()).toBe(true);
    expect(Buffer.from(decipher.output.getBytes(), 'binary')).toEqual(decrypt(key, [ciphertext]));
  });
});

function decrypt(key: Uint8Array, chunks: readonly Uint8Array[]): Buffer {
  const decryptor = new AesCbcDecryptor(key);
  const plaintext = chunks.map((chunk) => decryptor.update(chunk));
  return Buffer.concat([...plaintext, decryptor.finish()]);
}
