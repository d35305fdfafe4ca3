import { PosixCksum, ZlibCrc32, type Checksum } from './crc.ts';

/** The CRCs that v3 programs expect in a 2103, in the order in which `auto` tries them (PROTOCOL.md 1.2, 1.5). */
export const CRC_VARIANTS = [
  'zlib-ciphertext',
  'cksum-plaintext',
  'cksum-ciphertext',
  'zlib-plaintext',
  'zlib-plaintext-be',
] as const;
export type CrcVariant = (typeof CRC_VARIANTS)[number];

interface VariantRule {
  readonly create: () => Checksum;
  readonly over: 'ciphertext' | 'plaintext';
  readonly bigEndian: boolean;
}

const RULES: Readonly<Record<CrcVariant, VariantRule>> = {
  'zlib-ciphertext': { create: () => new ZlibCrc32(), over: 'ciphertext', bigEndian: false },
  'cksum-plaintext': { create: () => new PosixCksum(), over: 'plaintext', bigEndian: false },
  'cksum-ciphertext': { create: () => new PosixCksum(), over: 'ciphertext', bigEndian: false },
  'zlib-plaintext': { create: () => new ZlibCrc32(), over: 'plaintext', bigEndian: false },
  'zlib-plaintext-be': { create: () => new ZlibCrc32(), over: 'plaintext', bigEndian: true },
};

/** The CRC of one file in one variant; feed it both sides of the cipher, it takes what it is over. */
export class WireCrc {
  readonly #rule: VariantRule;
  readonly #checksum: Checksum;

  constructor(variant: CrcVariant) {
    this.#rule = RULES[variant];
    this.#checksum = this.#rule.create();
  }

  updateCiphertext(bytes: Uint8Array): void {
    if (this.#rule.over === 'ciphertext') this.#checksum.update(bytes);
  }

  updatePlaintext(bytes: Uint8Array): void {
    if (this.#rule.over === 'plaintext') this.#checksum.update(bytes);
  }

  /** The 4 bytes of a 2103. */
  toWire(): Uint8Array {
    const wire = new Uint8Array(4);
    new DataView(wire.buffer).setUint32(0, this.#checksum.digest(), !this.#rule.bigEndian);
    return wire;
  }
}
