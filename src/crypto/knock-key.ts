import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { sha256 } from './sha256.ts';

/** Of a knock key, and of the secret that the keys of clients are made of. */
export const KNOCK_KEY_BYTES = 32;

/** Bytes of a knock that its MAC is over; the MAC follows (PROTOCOL.md, part 3). */
const SIGNED_BYTES = 64;
const MAC_BYTES = 32;
const ID_BYTES = 16;
const NO_SALT = new Uint8Array(0);

/**
 * The knock key of a client, 32 bytes: it need not be kept.
 *
 * @param secret the server's, 32 bytes
 * @param clientId 16 bytes
 */
export function clientKnockKey(secret: Uint8Array, clientId: Uint8Array): Uint8Array {
  return derive(secret, Buffer.concat([Buffer.from('sesame-knock/1 client'), clientId]));
}

/**
 * The knock key of a join line, 32 bytes.
 *
 * @param tokenHash SHA-256 of its token, which is all that the server has of it
 */
export function joinKnockKey(tokenHash: Uint8Array): Uint8Array {
  return derive(tokenHash, Buffer.from('sesame-knock/1 join'));
}

/** What stands for the client id in a knock with a join line, 16 bytes. @param tokenHash as above */
export function joinKnockId(tokenHash: Uint8Array): Uint8Array {
  return sha256(tokenHash).subarray(0, ID_BYTES);
}

/** Whether a knock was made with this key; in the same time whatever its MAC is. */
export function isAuthentic(message: Uint8Array, key: Uint8Array): boolean {
  if (message.byteLength !== SIGNED_BYTES + MAC_BYTES) return false;
  const mac = createHmac('sha256', key).update(message.subarray(0, SIGNED_BYTES)).digest();
  return timingSafeEqual(mac, message.subarray(SIGNED_BYTES));
}

function derive(secret: Uint8Array, info: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, NO_SALT, info, KNOCK_KEY_BYTES));
}
