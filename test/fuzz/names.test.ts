import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName } from '../../src/protocol/names.ts';
import { outcomeOf } from '../support/outcome.ts';
import { nameField } from '../support/v3-frames.ts';

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 80 })
  .filter((text) => !text.includes('\0') && Buffer.byteLength(text) <= 254);
const field = fc.uint8Array({ minLength: 255, maxLength: 255 });

describe('decodeName, random input', () => {
  it('gives every name back, whatever stands behind it', () => {
    fc.assert(
      fc.property(name, fc.uint8Array({ minLength: 1, maxLength: 20 }), (sent, rest) => {
        expect(decodeName(nameField(sent, rest))).toBe(sent);
      }),
    );
  });

  it('gives exactly the bytes before the first NUL, or refuses', () => {
    fc.assert(
      fc.property(field, fc.nat({ max: 254 }), (bytes, end) => {
        bytes[end] = 0;
        if (outcomeOf(() => decodeName(bytes)) !== 'ok') return;
        const sent = bytes.subarray(0, bytes.indexOf(0));
        expect(Buffer.from(decodeName(bytes))).toEqual(Buffer.from(sent));
      }),
      { numRuns: 1000 },
    );
  });

  it('fails with nothing but bad-name', () => {
    fc.assert(
      fc.property(field, (bytes) => {
        expect(['ok', 'bad-name']).toContain(outcomeOf(() => decodeName(bytes)));
      }),
    );
  });
});
