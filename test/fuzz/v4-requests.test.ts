import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { speechOf } from '../../src/protocol/first-bytes.ts';
import { v4Rules } from '../../src/protocol/v4/frames.ts';
import * as requests from '../../src/protocol/v4/requests.ts';
import { checkV4Path } from '../../src/transfer/storage-path.ts';
import { cutAt, decode } from '../support/decoding.ts';
import { outcomeOf } from '../support/outcome.ts';
import { frameOf, v4Vectors } from '../support/v4-vectors.ts';
import { v4Payload, v4Request } from '../support/v4-frames.ts';

const RULES = v4Rules(() => true);
const SOUND = v4Vectors('requests')
  .filter((vector) => vector.expect === 'ok')
  .map(frameOf)
  .filter((frame) => frame.length < 5000);
const DECODERS = Object.values(requests);

const id = fc.uint8Array({ minLength: 16, maxLength: 16 });
const sound = fc.constantFrom(...SOUND);
const cuts = fc.array(fc.nat({ max: 20_000 }), { maxLength: 40 });
const u64 = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const stream = fc.integer({ min: 1, max: 0xffffffff });

function inside(all: Uint8Array, offsets: readonly number[]): number[] {
  return offsets.map((offset) => offset % (all.byteLength + 1));
}

describe('v4, random input', () => {
  it('makes the same of valid frames, wherever they are cut', () => {
    fc.assert(
      fc.property(fc.array(sound, { minLength: 1, maxLength: 6 }), cuts, (frames, offsets) => {
        const all = Buffer.concat(frames);
        const decoded = decode(cutAt(all, inside(all, offsets)), RULES);
        expect(decoded).toMatchObject({ outcome: 'ok', state: 'rest', buffered: 0 });
        expect(decoded).toEqual(decode([all], RULES));
      }),
    );
  });

  it('throws nothing but its own errors at garbage, and is none the worse for how that is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), cuts, (garbage, offsets) => {
        expect(decode(cutAt(garbage, inside(garbage, offsets)), RULES)).toEqual(decode([garbage], RULES));
      }),
      { numRuns: 500 },
    );
  });

  it('throws nothing but its own errors at payloads that nearly make sense', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(sound, fc.array(change, { maxLength: 4 }), fc.nat(), (frame, changes, cut) => {
        const payload = Uint8Array.from(frame.subarray(23));
        for (const { at, byte } of changes) payload.set([byte], at % payload.length);
        const part = payload.subarray(0, cut % 3 === 0 ? cut % payload.length : payload.length);
        // `outcomeOf` passes on whatever is no SesameError.
        for (const decoder of DECODERS) outcomeOf(() => decoder(part));
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back what was written', () => {
    const facts = fc.record({
      path: fc
        .string({ unit: 'binary', minLength: 1, maxLength: 300 })
        .filter((path) => !path.includes('\0')),
      size: fc.option(u64),
      mtime: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      mode: fc.nat(0o7777),
      startOver: fc.boolean(),
    });
    fc.assert(
      fc.property(id, stream, facts, (client, number, wanted) => {
        const frame = v4Request(1103, client, v4Payload.open(number, wanted));
        expect(requests.decodeOpen(frame.subarray(23))).toEqual({ stream: number, ...wanted });
      }),
    );
  });

  it('takes no path with a segment that is not safe', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '..',
      '',
      ' ',
      'CON',
      'nul.x',
      'a:b',
      '\\',
      'é',
      'n'.repeat(256),
      'a.',
      'C:',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const safe = pieces.every((name) => name === 'a' || name === 'é');
        expect(outcomeOf(() => checkV4Path(pieces.join('/')))).toBe(safe ? 'ok' : 'bad-path');
      }),
    );
  });

  it('decides on the first bytes once and for all', () => {
    const start = fc.constantFrom(...v4Vectors('first-bytes').map(({ hex }) => Buffer.from(hex, 'hex')));
    fc.assert(
      fc.property(start, fc.nat(20), fc.nat(255), (bytes, at, byte) => {
        const changed = Uint8Array.from(bytes);
        if (changed.length > 0) changed.set([byte], at % changed.length);
        let decided: string | undefined;
        for (let length = 0; length <= changed.length; length++) {
          const speech = speechOf(changed.subarray(0, length));
          if (decided !== undefined) expect(speech).toBe(decided);
          if (speech !== 'undecided') decided = speech;
        }
      }),
      { numRuns: 500 },
    );
  });
});
