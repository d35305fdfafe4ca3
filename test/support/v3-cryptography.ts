// Keys, AES and the CRC variants of docs/PROTOCOL.md, 1.2, the CRCs bit by bit from their definitions.
import { createCipheriv, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { CrcVariant } from './vectors.ts';

const ZLIB_TABLE = table((byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

const CKSUM_TABLE = table((byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});

function table(entry: (byte: number) => number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => entry(byte));
}

function zlibCrc(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (ZLIB_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}

function cksumCrc(data: Uint8Array): number {
  let crc = 0;
  const add = (byte: number): void => {
    crc = (crc << 8) ^ (CKSUM_TABLE[(crc >>> 24) ^ byte] ?? 0);
  };
  for (const byte of data) add(byte);
  for (let length = data.length; length > 0; length = Math.floor(length / 256)) add(length % 256);
  return ~crc >>> 0;
}

/** The four bytes that a 2103 carries for a file, in hex. */
export function crcOnTheWire(variant: CrcVariant, plaintext: Uint8Array, ciphertext: Uint8Array): string {
  const bytes = Buffer.alloc(4);
  const data = variant.endsWith('ciphertext') ? ciphertext : plaintext;
  const crc = variant.startsWith('cksum') ? cksumCrc(data) : zlibCrc(data);
  if (variant === 'zlib-plaintext-be') bytes.writeUInt32BE(crc);
  else bytes.writeUInt32LE(crc);
  return bytes.toString('hex');
}

const keyPairs = new Map<string, { publicDer: Buffer; privateKey: KeyObject }>();

/** One key pair for each size and exponent: the tests need no more, and keys are slow to make. */
export function keyPair(bits: number, exponent: number): { publicDer: Buffer; privateKey: KeyObject } {
  const shape = `${String(bits)}/${String(exponent)}`;
  const known = keyPairs.get(shape);
  if (known !== undefined) return known;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicExponent: exponent,
  });
  const made = { publicDer: publicKey.export({ format: 'der', type: 'spki' }), privateKey };
  keyPairs.set(shape, made);
  return made;
}

/** AES-128-CBC with a zero IV; `padding` false for whole blocks that bring their own. */
export function encrypt(key: Uint8Array, plaintext: Uint8Array, padding = true): Buffer {
  const cipher = createCipheriv('aes-128-cbc', key, Buffer.alloc(16)).setAutoPadding(padding);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}
