import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRC_VARIANTS } from '../../src/crypto/crc-variants.ts';
import {
  afterCrcCorrect,
  afterCrcWrong,
  afterRequest,
  NEW_DIALECT,
  replyTo1030,
  type Dialect,
  type RequestKind,
} from '../../src/transfer/dialect.ts';

const path = fc.constantFrom('a', 'b');
const crc = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.constantFrom(new Uint8Array(4), Uint8Array.of(9, 7, 7, 9)),
);

/** What a client may do, in the terms of the state machine. */
const event = fc.oneof(
  fc.record({ does: fc.constant('send' as const), path }),
  fc.record({ does: fc.constant('reconnect' as const) }),
  fc.record({ does: fc.constant('correct' as const), path, crc }),
  fc.record({ does: fc.constant('wrong' as const), path, sound: fc.boolean(), hurried: fc.boolean() }),
  fc.record({ does: fc.constant('give up' as const), path }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

const AUTO = { crc: 'auto', replyTo1030: 'auto', maxSends: 4 } as const;

function requestOf(happened: Event): RequestKind {
  if (happened.does === 'send') return { type: 'send', path: happened.path };
  if (happened.does === 'reconnect') return { type: 'other' };
  return { type: 'verdict', path: happened.path, givesUp: happened.does === 'give up' };
}

/** As the receiver goes about it. */
function step(before: Dialect, happened: Event): Dialect {
  const dialect = afterRequest(before, requestOf(happened));
  if (happened.does === 'correct')
    return afterCrcCorrect(dialect, { crc: dialect.crc, wireCrc: happened.crc });
  if (happened.does !== 'wrong') return dialect;
  const reply = replyTo1030(dialect, AUTO);
  const answered = reply === 'yes' || (reply === 'unless-hurried' && !happened.hurried);
  return afterCrcWrong(dialect, {
    ...happened,
    answered,
    crc: dialect.crc,
    wireCrc: Uint8Array.of(1, 2, 3, 4),
  });
}

function walk(events: readonly Event[]): { before: Dialect; happened: Event; after: Dialect }[] {
  let before = NEW_DIALECT;
  return events.map((happened) => {
    const taken = { before, happened, after: step(before, happened) };
    before = taken.after;
    return taken;
  });
}

const events = fc.array(event, { maxLength: 60 });

describe('dialects, random walks', () => {
  it('what is confirmed never moves', () => {
    fc.assert(
      fc.property(events, (happened) => {
        for (const { before, after } of walk(happened)) {
          if (before.crcConfirmed) {
            expect([after.crc, after.crcConfirmed]).toEqual([before.crc, true]);
          }
          if (before.repliesTo1030Confirmed) {
            const { repliesTo1030, repliesTo1030Confirmed } = after;
            expect([repliesTo1030, repliesTo1030Confirmed]).toEqual([before.repliesTo1030, true]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('the CRC moves at a 1030 for sound bytes alone, and by one', () => {
    fc.assert(
      fc.property(events, (taken) => {
        for (const { before, happened, after } of walk(taken)) {
          const moves = happened.does === 'wrong' && happened.sound && !before.crcConfirmed;
          const steps = CRC_VARIANTS.indexOf(after.crc) - CRC_VARIANTS.indexOf(before.crc);
          expect((steps + CRC_VARIANTS.length) % CRC_VARIANTS.length).toBe(moves ? 1 : 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('the CRC is confirmed by a 1029 alone, and by none that reads the same in both byte orders', () => {
    fc.assert(
      fc.property(events, (taken) => {
        for (const { before, happened, after } of walk(taken)) {
          if (before.crcConfirmed || !after.crcConfirmed) continue;
          const wire = happened.does === 'correct' ? Buffer.from(happened.crc).toString('hex') : '';
          expect(wire).toHaveLength(8);
          const mirrored = wire.replace(/(..)(..)(..)(..)/, '$4$3$2$1');
          if (before.crc.startsWith('zlib-plaintext')) expect(mirrored).not.toBe(wire);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a client finds its CRC in five sends, wherever it starts, and keeps it', () => {
    const variant = fc.constantFrom(...CRC_VARIANTS);
    fc.assert(
      fc.property(variant, variant, events, (start, wanted, later) => {
        let dialect: Dialect = { ...NEW_DIALECT, crc: start };
        let sends = 1;
        for (; dialect.crc !== wanted; sends++) {
          dialect = step(dialect, { does: 'wrong', path: 'a', sound: true, hurried: false });
        }
        expect(sends).toBeLessThanOrEqual(CRC_VARIANTS.length);
        dialect = step(dialect, { does: 'correct', path: 'a', crc: Uint8Array.of(1, 2, 3, 4) });
        expect(later.reduce(step, dialect).crc).toBe(wanted);
      }),
      { numRuns: 300 },
    );
  });
});
