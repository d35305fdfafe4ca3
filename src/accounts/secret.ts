import { randomBytes } from 'node:crypto';
import { sha256 } from '../crypto/sha256.ts';

const SECRET_BYTES = 32;

/** Something that opens a door to whoever has it: a session's cookie, an access token, a sign-in link. */
export interface Secret {
  /** For its bearer, once: base64url, 43 characters. */
  readonly text: string;
  /** What is kept of it. It has 256 random bits, so that no slow hash is needed. */
  readonly hash: Uint8Array;
}

export function newSecret(): Secret {
  const text = randomBytes(SECRET_BYTES).toString('base64url');
  return { text, hash: hashOfSecret(text) };
}

export function hashOfSecret(text: string): Uint8Array {
  return sha256(Buffer.from(text));
}
