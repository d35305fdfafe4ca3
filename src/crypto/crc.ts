import { crc32 } from 'node:zlib';

/** A checksum over bytes that come in pieces. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  /** The u32 over all bytes so far. */
  digest(): number;
}

/** CRC-32 as in zlib, gzip and PNG. */
export class ZlibCrc32 implements Checksum {
  #value = 0;

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  digest(): number {
    return this.#value;
  }
}

/**
 * The CRC of POSIX `cksum`: the polynomial of zlib, fed most significant bit first, from a zero register, with the
 * length behind the data. Seen in a mirror it is zlib's own: with the bits of each byte and of the result reversed, the
 * fast routine of the platform computes it.
 */
export class PosixCksum implements Checksum {
  // zlib keeps its register complemented, so this is a register of zero.
  #mirrored = 0xffffffff;
  #length = 0;
  #scratch = new Uint8Array(0);

  update(bytes: Uint8Array): void {
    if (this.#scratch.byteLength < bytes.byteLength) this.#scratch = new Uint8Array(bytes.byteLength);
    this.#mirrored = crc32(mirror(bytes, this.#scratch), this.#mirrored);
    this.#length += bytes.byteLength;
  }

  digest(): number {
    const length: number[] = [];
    for (let rest = this.#length; rest > 0; rest = Math.floor(rest / 256)) length.push(rest % 256);
    const bytes = Uint8Array.from(length);
    return reverseWord(crc32(mirror(bytes, new Uint8Array(bytes.byteLength)), this.#mirrored));
  }
}

const REVERSED_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => reverseWord(byte) >>> 24);

function mirror(bytes: Uint8Array, into: Uint8Array): Uint8Array {
  const length = bytes.byteLength;
  for (let i = 0; i < length; i++) into[i] = REVERSED_BYTES[bytes[i] ?? 0] ?? 0;
  return into.subarray(0, length);
}

function reverseWord(word: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed |= ((word >>> bit) & 1) << (31 - bit);
  return reversed >>> 0;
}
