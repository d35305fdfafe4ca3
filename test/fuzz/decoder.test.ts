import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAt, decode } from '../support/decoding.ts';
import { filePayload, request } from '../support/v3-frames.ts';

const id = fc.uint8Array({ minLength: 16, maxLength: 16 });
const version = fc.constantFrom(1, 2, 3, 24);
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const field = fc.uint8Array({ minLength: 255, maxLength: 255 });

/** A frame and what the decoder must make of it. */
interface Expected {
  readonly frame: Buffer;
  readonly code: number;
  readonly payload: string;
  readonly body: string;
}

const nameFrame = fc
  .record({ id, version, code: fc.constantFrom(1025, 1027, 1029, 1030, 1031), field })
  .map(({ code, field, ...options }): Expected => {
    return { frame: request(code, field, options), code, payload: hex(field), body: '' };
  });

const keyFrame = fc
  .record({ id, version, key: fc.uint8Array({ minLength: 160, maxLength: 1024 }), field })
  .map(({ key, field, ...options }): Expected => {
    const payload = Buffer.concat([field, key]);
    return { frame: request(1026, payload, options), code: 1026, payload: hex(payload), body: '' };
  });

const fileFrame = fc
  .record({ id, version, content: bytes(2000), field, inside: fc.boolean() })
  .map(({ content, field, inside, ...options }): Expected => {
    const payload = filePayload(field, content);
    const payloadSize = inside ? payload.length : 259;
    const frame = request(1028, payload, { ...options, payloadSize });
    return { frame, code: 1028, payload: hex(payload.subarray(0, 259)), body: hex(content) };
  });

const frames = fc.array(fc.oneof(nameFrame, keyFrame, fileFrame), { minLength: 1, maxLength: 6 });
const cuts = fc.array(fc.nat({ max: 20_000 }), { maxLength: 40 });

describe('RequestDecoder, random input', () => {
  it('makes the same of valid frames, wherever they are cut', () => {
    fc.assert(
      fc.property(frames, cuts, (expected, offsets) => {
        const all = Buffer.concat(expected.map(({ frame }) => frame));
        const decoded = decode(cutAt(all, inside(all, offsets)));
        expect(decoded).toMatchObject({ outcome: 'ok', state: 'rest', buffered: 0 });
        expect(decoded.requests.map(({ code, payload, body }) => ({ code, payload, body }))).toEqual(
          expected.map(({ code, payload, body }) => ({ code, payload, body })),
        );
      }),
    );
  });

  it('serves what came before a frame that is cut off, and waits', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (expected, seed) => {
        const last = expected.at(-1)?.frame.length ?? 0;
        const all = Buffer.concat(expected.map(({ frame }) => frame));
        const decoded = decode([all.subarray(0, all.length - 1 - (seed % (last - 1)))]);
        expect(decoded.outcome).toBe('ok');
        expect(decoded.state).not.toBe('rest');
        expect(decoded.requests.length).toBeGreaterThanOrEqual(expected.length - 1);
      }),
    );
  });

  it('throws nothing but its own errors at garbage, and is none the worse for how that is cut', () => {
    fc.assert(
      fc.property(bytes(3000), cuts, (garbage, offsets) => {
        // `decode` passes on whatever is no SesameError.
        const whole = decode([garbage]);
        expect(decode(cutAt(garbage, inside(garbage, offsets)))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('throws nothing but its own errors at headers that nearly make sense', () => {
    const size = fc.oneof(fc.constantFrom(254, 255, 256, 258, 259, 260, 415, 1279, 1280), fc.nat(0xffffffff));
    const header = fc.record({ id, version: fc.nat(30), code: fc.integer({ min: 1020, max: 1035 }), size });
    fc.assert(
      fc.property(fc.array(fc.tuple(header, bytes(400)), { maxLength: 5 }), cuts, (pieces, offsets) => {
        const all = Buffer.concat(
          pieces.map(([{ code, size: payloadSize, ...options }, rest]) =>
            request(code, rest, { ...options, payloadSize }),
          ),
        );
        expect(decode(cutAt(all, inside(all, offsets)))).toEqual(decode([all]));
      }),
      { numRuns: 500 },
    );
  });
});

function inside(all: Uint8Array, offsets: readonly number[]): number[] {
  return offsets.map((offset) => offset % (all.byteLength + 1));
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}
