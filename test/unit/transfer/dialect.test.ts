import { describe, expect, it } from 'vitest';
import { CRC_VARIANTS } from '../../../src/crypto/crc-variants.ts';
import {
  afterCrcCorrect,
  afterCrcWrong,
  crcInUse,
  NEW_DIALECT,
  replyTo1030,
  type Dialect,
  type DialectPolicy,
} from '../../../src/transfer/dialect.ts';

const AUTO: DialectPolicy = { crc: 'auto', replyTo1030: 'auto', maxSends: 4 };
const WIRE_CRC = Uint8Array.of(1, 2, 3, 4);
const WRONG = { path: 'a.txt', sound: true, answered: true, crc: NEW_DIALECT.crc, wireCrc: WIRE_CRC };

/** The client finds a CRC of the variant in use wrong. */
function wrong(before: Dialect): Dialect {
  return afterCrcWrong(before, { ...WRONG, crc: before.crc });
}

function dialect(known: Partial<Dialect>): Dialect {
  return { ...NEW_DIALECT, ...known };
}

describe('the CRC of a client', () => {
  it('is that of the origin at first', () => {
    expect(crcInUse(NEW_DIALECT, AUTO)).toBe('zlib-ciphertext');
  });

  it.for(CRC_VARIANTS)('is what is remembered, or pinned for everybody: %s', (crc) => {
    expect(crcInUse(dialect({ crc }), AUTO)).toBe(crc);
    expect(crcInUse(NEW_DIALECT, { ...AUTO, crc })).toBe(crc);
  });

  it('moves through all variants in order, and round again', () => {
    const visited = [NEW_DIALECT];
    for (let i = 0; i < 6; i++) visited.push(wrong(visited.at(-1) ?? NEW_DIALECT));
    expect(visited.map(({ crc }) => crc)).toEqual([
      'zlib-ciphertext',
      'cksum-plaintext',
      'cksum-ciphertext',
      'zlib-plaintext',
      'zlib-plaintext-be',
      'zlib-ciphertext',
      'cksum-plaintext',
    ]);
  });

  it('stays where the stored bytes are not sound', () => {
    expect(afterCrcWrong(NEW_DIALECT, { ...WRONG, sound: false }).crc).toBe('zlib-ciphertext');
  });

  it.for(CRC_VARIANTS)('stays once it is confirmed: %s', (crc) => {
    const confirmed = afterCrcCorrect(dialect({ crc }), { crc, wireCrc: WIRE_CRC });
    expect(confirmed).toEqual(dialect({ crc, crcConfirmed: true }));
    expect(wrong(confirmed)).toMatchObject({ crc, crcConfirmed: true });
  });

  it.for(CRC_VARIANTS)('a CRC that reads the same from either end confirms no byte order: %s', (crc) => {
    const ambiguous = crc === 'zlib-plaintext' || crc === 'zlib-plaintext-be';
    for (const wireCrc of [Uint8Array.of(0, 0, 0, 0), Uint8Array.of(1, 2, 2, 1)]) {
      expect(afterCrcCorrect(dialect({ crc }), { crc, wireCrc }).crcConfirmed).toBe(!ambiguous);
    }
    for (const wireCrc of [Uint8Array.of(1, 2, 1, 2), Uint8Array.of(1, 2, 2, 2), Uint8Array.of(0, 0, 0, 1)]) {
      expect(afterCrcCorrect(dialect({ crc }), { crc, wireCrc }).crcConfirmed).toBe(true);
    }
  });

  it('confirms the variant that the file was told, not the one that is next', () => {
    const told = { crc: 'zlib-ciphertext', wireCrc: WIRE_CRC } as const;
    expect(afterCrcCorrect(dialect({ crc: 'cksum-plaintext' }), told)).toEqual(
      dialect({ crc: 'zlib-ciphertext', crcConfirmed: true }),
    );
  });

  it('does not move again for a file that was told an earlier variant', () => {
    const moved = dialect({ crc: 'cksum-ciphertext' });
    expect(afterCrcWrong(moved, { ...WRONG, crc: 'zlib-ciphertext' }).crc).toBe('cksum-ciphertext');
  });

  it('stays confirmed by an ambiguous CRC that comes later', () => {
    const confirmed = dialect({ crc: 'zlib-plaintext', crcConfirmed: true });
    expect(afterCrcCorrect(confirmed, { crc: 'zlib-plaintext', wireCrc: new Uint8Array(4) })).toEqual(
      confirmed,
    );
  });
});

describe('the answer to a 1030', () => {
  it('is given unless the client is in a hurry, as long as nothing is confirmed', () => {
    expect(replyTo1030(NEW_DIALECT, AUTO)).toBe('unless-hurried');
  });

  it.for([
    { repliesTo1030: true, repliesTo1030Confirmed: true, expected: 'yes' },
    { repliesTo1030: false, repliesTo1030Confirmed: false, expected: 'no' },
    { repliesTo1030: false, repliesTo1030Confirmed: true, expected: 'no' },
  ])('is $expected where replies $repliesTo1030, confirmed $repliesTo1030Confirmed', (row) => {
    const { expected, ...known } = row;
    expect(replyTo1030(dialect(known), AUTO)).toBe(expected);
  });

  it.for([true, false])('is pinned for everybody, also for who is known: %s', (known) => {
    for (const repliesTo1030Confirmed of [true, false]) {
      const remembered = dialect({ repliesTo1030: known, repliesTo1030Confirmed });
      expect(replyTo1030(remembered, { ...AUTO, replyTo1030: 'always' })).toBe('yes');
      expect(replyTo1030(remembered, { ...AUTO, replyTo1030: 'never' })).toBe('no');
    }
  });

  it.for([true, false])('starts a trial of how it was answered: %s', (answered) => {
    expect(afterCrcWrong(NEW_DIALECT, { ...WRONG, answered })).toMatchObject({
      repliesTo1030: answered,
      repliesTo1030Confirmed: false,
      trial: { path: 'a.txt', expects: 'send' },
    });
  });
});
