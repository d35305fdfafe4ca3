import { createDecipheriv } from 'node:crypto';
import { SesameError } from '../base/errors.ts';

export const AES_KEY_BYTES = 16;
export const AES_BLOCK_BYTES = 16;

const ZERO_IV = new Uint8Array(AES_BLOCK_BYTES);

/**
 * Decrypts one v3 file as its ciphertext comes: AES-128-CBC, zero IV, PKCS#7 (PROTOCOL.md 1.2). The zero IV is the
 * protocol's, and one of the reasons why v3 cannot be made secure.
 */
export class AesCbcDecryptor {
  readonly #decipher;

  /** @param key 16 bytes */
  constructor(key: Uint8Array) {
    this.#decipher = createDecipheriv('aes-128-cbc', key, ZERO_IV);
  }

  /** Plaintext that is certain by now; the last block stays back until `finish`. */
  update(ciphertext: Uint8Array): Buffer {
    return this.#decipher.update(ciphertext);
  }

  /** @throws `bad-ciphertext`, the same for a padding fault, a wrong length, an empty file and a wrong key */
  finish(): Buffer {
    try {
      return this.#decipher.final();
    } catch (cause) {
      throw new SesameError('bad-ciphertext', 'the ciphertext does not decrypt', { cause });
    }
  }
}
