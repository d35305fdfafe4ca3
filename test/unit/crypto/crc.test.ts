import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PosixCksum, ZlibCrc32, type Checksum } from '../../../src/crypto/crc.ts';
import { cutAt } from '../../support/decoding.ts';

// Its types are those of a CommonJS module, which an import does not find.
const crc32 = createRequire(import.meta.url)('buffer-crc32') as { unsigned(bytes: Buffer): number };

const data = fc.uint8Array({ maxLength: 2000 });
const cuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 8 });

/** Bit by bit from the text of POSIX, cksum: no table, no trick. */
function cksumFromItsDefinition(bytes: Uint8Array): number {
  const length: number[] = [];
  for (let rest = bytes.byteLength; rest > 0; rest = Math.floor(rest / 256)) length.push(rest % 256);
  let register = 0n;
  for (const byte of [...bytes, ...length, 0, 0, 0, 0]) {
    for (let bit = 7; bit >= 0; bit--) {
      register = (register << 1n) | BigInt((byte >> bit) & 1);
      if (register >> 32n) register ^= 0x1_04c1_1db7n;
    }
  }
  return Number(register ^ 0xffff_ffffn);
}

function digest(checksum: Checksum, pieces: readonly Uint8Array[]): number {
  for (const piece of pieces) checksum.update(piece);
  return checksum.digest();
}

function pieces(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  return cutAt(
    bytes,
    offsets.map((offset) => offset % (bytes.byteLength + 1)),
  );
}

describe('ZlibCrc32', () => {
  it('agrees with buffer-crc32 on random data, randomly cut', () => {
    fc.assert(
      fc.property(data, cuts, (bytes, offsets) => {
        const expected = crc32.unsigned(Buffer.from(bytes));
        expect(digest(new ZlibCrc32(), pieces(bytes, offsets))).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with buffer-crc32 on a large file', () => {
    const bytes = randomBytes(3_000_001);
    expect(digest(new ZlibCrc32(), pieces(bytes, [65_536, 1_000_000]))).toBe(crc32.unsigned(bytes));
  });

  it('is the check value of the standard', () => {
    expect(digest(new ZlibCrc32(), [Buffer.from('123456789')])).toBe(0xcbf43926);
  });
});

describe('PosixCksum', () => {
  it('agrees with its definition on random data, randomly cut', () => {
    fc.assert(
      fc.property(data, cuts, (bytes, offsets) => {
        const expected = cksumFromItsDefinition(bytes);
        expect(digest(new PosixCksum(), pieces(bytes, offsets))).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  // Around where the length needs one byte more.
  it.for([0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 16_777_215, 16_777_216])(
    'agrees with the program cksum on %d bytes',
    (length) => {
      const bytes = randomBytes(length);
      const [said] = execFileSync('cksum', { input: bytes, encoding: 'utf8' }).split(' ');
      expect(digest(new PosixCksum(), pieces(bytes, [1, 300, 70_000]))).toBe(Number(said));
    },
  );

  it('can be asked before the end, and goes on', () => {
    const bytes = randomBytes(1000);
    const checksum = new PosixCksum();
    checksum.update(bytes.subarray(0, 600));
    expect(checksum.digest()).toBe(cksumFromItsDefinition(bytes.subarray(0, 600)));
    checksum.update(bytes.subarray(600));
    expect(checksum.digest()).toBe(cksumFromItsDefinition(bytes));
  });

  it('leaves the bytes as they are', () => {
    const bytes = Buffer.from('hello, wire facts!\n');
    const checksum = new PosixCksum();
    checksum.update(bytes);
    expect(bytes.toString()).toBe('hello, wire facts!\n');
    expect(checksum.digest()).toBe(3_564_964_838);
  });
});
