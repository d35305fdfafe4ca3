import { createPublicKey, type X509Certificate } from 'node:crypto';
import { sha256 } from './sha256.ts';

/** Certificates longer than this are not looked at, bytes of DER (PROTOCOL.md 2.1). */
const MAX_CERTIFICATE_BYTES = 4096;
const PIN_BYTES = 32;

/** The pin of a key: SHA-256 of its SubjectPublicKeyInfo, as 43 characters of base64url (PROTOCOL.md 2.1). */
export function pinText(spkiHash: Uint8Array): string {
  return Buffer.from(spkiHash).toString('base64url');
}

/** @returns the 32 bytes of a pin; undefined where the text is none, or not the one way of writing it */
export function parsePin(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'));
  return bytes.byteLength === PIN_BYTES && pinText(bytes) === text ? bytes : undefined;
}

/** @returns SHA-256 of the SubjectPublicKeyInfo, 32 bytes; undefined for a certificate that v4 does not take */
export function spkiHashOf(certificate: X509Certificate): Uint8Array | undefined {
  if (certificate.raw.byteLength > MAX_CERTIFICATE_BYTES) return undefined;
  const { publicKey } = certificate;
  const isP256 =
    publicKey.asymmetricKeyType === 'ec' && publicKey.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (!isP256 && publicKey.asymmetricKeyType !== 'ed25519') return undefined;
  return sha256(publicKey.export({ type: 'spki', format: 'der' }));
}

/** @param pem of a certificate or private key */
export function spkiHashOfPem(pem: string): Uint8Array {
  return sha256(createPublicKey(pem).export({ type: 'spki', format: 'der' }));
}
