import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';
import { rawPublicKey } from './receipt-key.ts';

/**
 * SSHSIG signatures over Ed25519 (OpenSSH, PROTOCOL.sshsig), which stock `ssh-keygen -Y verify` checks. The blob, every
 * string behind its length as a big-endian u32:
 * "SSHSIG" | u32 version 1 | public key | namespace | reserved (empty) | "sha512" | signature.
 * What is signed is "SSHSIG" | namespace | reserved | "sha512" | SHA-512 of the message.
 */
const MAGIC = Buffer.from('SSHSIG');
const VERSION = Buffer.of(0, 0, 0, 1);
const KEY_TYPE = Buffer.from('ssh-ed25519');
const HASH = Buffer.from('sha512');
const NOTHING = Buffer.alloc(0);
const SIGNATURE_BYTES = 64;
const SHA512_BYTES = 64;
const LINE = 70;

/** SubjectPublicKeyInfo of Ed25519 up to the raw key (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Signs many messages under one key and namespace. */
export class SshSigner {
  readonly #key: KeyObject;
  /** The blob up to the raw signature, and what is signed up to the hash: neither ever changes. */
  readonly #head: Buffer;
  readonly #signedHead: Buffer;

  /** @param key an Ed25519 private key */
  constructor(key: KeyObject, namespace: string) {
    this.#key = key;
    this.#head = blobHead(rawPublicKey(key), namespace);
    this.#signedHead = signedHead(namespace);
  }

  /** @returns the blob, not armored */
  sign(message: Uint8Array): Uint8Array {
    const signed = Buffer.concat([this.#signedHead, hash('sha512', message, 'buffer')]);
    return Buffer.concat([this.#head, sign(null, signed, this.#key)]);
  }
}

/**
 * Whether the blob is a signature of this very key over the message. Strict: exactly the bytes that `SshSigner` makes.
 *
 * @param publicKey raw, 32 bytes
 */
export function verifySshSignature(
  message: Uint8Array,
  blob: Uint8Array,
  publicKey: Uint8Array,
  namespace: string,
): boolean {
  const head = blobHead(publicKey, namespace);
  if (blob.byteLength !== head.byteLength + SIGNATURE_BYTES) return false;
  if (!head.equals(blob.subarray(0, head.byteLength))) return false;
  const spki = Buffer.concat([SPKI_PREFIX, publicKey]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const signed = Buffer.concat([signedHead(namespace), hash('sha512', message, 'buffer')]);
  return verify(null, signed, key, blob.subarray(head.byteLength));
}

/** The text form, as `ssh-keygen` reads it from a file. */
export function armor(blob: Uint8Array): string {
  const lines =
    Buffer.from(blob)
      .toString('base64')
      .match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

/** A raw Ed25519 public key as in `authorized_keys` and `allowed_signers`: `ssh-ed25519 AAAA…`. */
export function sshPublicKey(publicKey: Uint8Array): string {
  return `${KEY_TYPE.toString()} ${keyBlob(publicKey).toString('base64')}`;
}

function blobHead(publicKey: Uint8Array, namespace: string): Buffer {
  const signatureHead = Buffer.concat([string(KEY_TYPE), uint32(SIGNATURE_BYTES)]);
  return Buffer.concat([
    MAGIC,
    VERSION,
    string(keyBlob(publicKey)),
    string(Buffer.from(namespace)),
    string(NOTHING),
    string(HASH),
    uint32(signatureHead.byteLength + SIGNATURE_BYTES),
    signatureHead,
  ]);
}

function signedHead(namespace: string): Buffer {
  const hashLength = uint32(SHA512_BYTES);
  return Buffer.concat([MAGIC, string(Buffer.from(namespace)), string(NOTHING), string(HASH), hashLength]);
}

function keyBlob(publicKey: Uint8Array): Buffer {
  return Buffer.concat([string(KEY_TYPE), string(publicKey)]);
}

function string(bytes: Uint8Array): Buffer {
  return Buffer.concat([uint32(bytes.byteLength), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
