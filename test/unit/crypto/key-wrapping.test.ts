import { constants, createPrivateKey, createPublicKey, privateDecrypt, randomBytes } from 'node:crypto';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { wrapAesKey } from '../../../src/crypto/key-wrapping.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { keyPair } from '../../support/v3-cryptography.ts';
import { vectors } from '../../support/vectors.ts';

// The key pairs of the vectors.
const PAIRS = vectors('oaep').flatMap((vector) => {
  if (vector.expect !== 'ok') return [];
  const der = Buffer.from(vector.private_pkcs8_base64, 'base64');
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicDer = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return [{ ...vector, privateKey, publicDer }];
});

describe('wrapAesKey', () => {
  it.for(PAIRS)('$name: the holder of the private key reads it', ({ privateKey, publicDer, bits }) => {
    const aesKey = randomBytes(16);
    const wrapped = wrapAesKey(publicDer, aesKey);
    expect(wrapped.byteLength).toBe(bits / 8);
    expect(unwrap(privateKey, wrapped)).toEqual(aesKey);
  });

  it.for(PAIRS)('$name: as the vector was wrapped', ({ privateKey, wrapped_hex, aes_key_hex }) => {
    expect(unwrap(privateKey, Buffer.from(wrapped_hex, 'hex')).toString('hex')).toBe(aes_key_hex);
  });

  it.for(PAIRS)('$name: node-forge unwraps it', ({ private_pkcs8_base64, publicDer }) => {
    const aesKey = randomBytes(16);
    const wrapped = Buffer.from(wrapAesKey(publicDer, aesKey)).toString('binary');
    const unwrapped = forgeKey(private_pkcs8_base64).decrypt(wrapped, 'RSA-OAEP', SHA1);
    expect(Buffer.from(unwrapped, 'binary')).toEqual(aesKey);
  });

  it.for(PAIRS)('$name: node:crypto unwraps what node-forge wrapped', (pair) => {
    const { n, e } = forgeKey(pair.private_pkcs8_base64);
    const aesKey = randomBytes(16);
    const wrapped = forge.pki.rsa.setPublicKey(n, e).encrypt(aesKey.toString('binary'), 'RSA-OAEP', SHA1);
    expect(unwrap(pair.privateKey, Buffer.from(wrapped, 'binary'))).toEqual(aesKey);
  });

  it('never gives the same twice', () => {
    const { publicDer } = keyPair(1024, 17);
    const aesKey = randomBytes(16);
    const wrapped = Array.from({ length: 20 }, () =>
      Buffer.from(wrapAesKey(publicDer, aesKey)).toString('hex'),
    );
    expect(new Set(wrapped).size).toBe(20);
  });

  it.for(vectors('rsa-public-keys'))('$expect for the key: $name', (vector) => {
    const der = Buffer.from(vector.der_hex, 'hex');
    expect(outcomeOf(() => wrapAesKey(der, randomBytes(16)))).toBe(vector.expect);
  });
});

// Written out: forge's own default says the same, and might not always.
const SHA1 = { md: forge.md.sha1.create(), mgf1: { md: forge.md.sha1.create() } };

function forgeKey(base64: string): forge.pki.rsa.PrivateKey {
  const der = forge.util.createBuffer(Buffer.from(base64, 'base64').toString('binary'));
  return forge.pki.privateKeyFromAsn1(forge.asn1.fromDer(der));
}

function unwrap(key: ReturnType<typeof createPrivateKey>, wrapped: Uint8Array): Buffer {
  return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, wrapped);
}
