import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { SesameError } from '../base/errors.ts';
import { checkRsaPublicKey } from './rsa-public-key.ts';

/**
 * An AES key that only the holder of the private key can read: OAEP, SHA-1, MGF1-SHA1, empty label (PROTOCOL.md 1.2).
 *
 * @param publicKey SubjectPublicKeyInfo DER, as the client sent it
 * @returns as many bytes as the modulus has
 * @throws `bad-key`
 */
export function wrapAesKey(publicKey: Uint8Array, aesKey: Uint8Array): Uint8Array {
  checkRsaPublicKey(publicKey);
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return publicEncrypt({ key, padding, oaepHash: 'sha1' }, aesKey);
  } catch (cause) {
    // OpenSSL has limits of its own: a large modulus with a long exponent, say.
    throw new SesameError('bad-key', 'public key refused: OpenSSL cannot use it', { cause });
  }
}
