import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

const RAW_KEY_BYTES = 32;

/** A new Ed25519 key for receipts, as PKCS#8 PEM. */
export function newReceiptKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** @throws TypeError where the PEM does not hold an Ed25519 private key */
export function parseReceiptKey(pem: string): KeyObject {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('not an Ed25519 key');
  return key;
}

/** @returns the raw public key that belongs to it, 32 bytes: what 2201 carries */
export function receiptPublicKey(pem: string): Uint8Array {
  return rawPublicKey(parseReceiptKey(pem));
}

export function rawPublicKey(privateKey: KeyObject): Uint8Array {
  // A SubjectPublicKeyInfo of Ed25519 (RFC 8410) ends with the raw key.
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return new Uint8Array(spki.subarray(spki.byteLength - RAW_KEY_BYTES));
}
