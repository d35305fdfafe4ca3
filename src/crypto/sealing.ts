import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SesameError } from '../base/errors.ts';

export const SEAL_KEY_BYTES = 32;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 1;

/**
 * Keeps small secrets sealed at rest: AES-256-GCM with a random nonce, bound to the row that they belong to.
 * Layout: 0:1 format (1), 1:12 nonce, 13:N ciphertext, 13+N:16 tag.
 */
export class Sealer {
  readonly #key: Uint8Array;

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    if (key.byteLength !== SEAL_KEY_BYTES) throw new RangeError('a seal key has 32 bytes');
    this.#key = key;
  }

  /** @param owner what the secret belongs to; the same must be given to `unseal` */
  seal(secret: Uint8Array, owner: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(owner);
    return Buffer.concat([
      Buffer.of(FORMAT),
      nonce,
      cipher.update(secret),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  }

  /** @throws `storage-failed` when it was not sealed under this key for this owner */
  unseal(sealed: Uint8Array, owner: Uint8Array): Uint8Array {
    try {
      if (sealed[0] !== FORMAT) throw new Error(`format ${sealed[0]}`);
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const tag = sealed.subarray(sealed.byteLength - TAG_BYTES);
      const body = sealed.subarray(1 + NONCE_BYTES, sealed.byteLength - TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(owner).setAuthTag(tag);
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch (cause) {
      throw new SesameError(
        'storage-failed',
        'a sealed key does not open: is keys/ the one of this database?',
        {
          cause,
        },
      );
    }
  }
}
