import { describe, expect, it } from 'vitest';
import { FILE_HEAD_BYTES, V3_RULES } from '../../../src/protocol/v3/frames.ts';
import { outcomeOf } from '../../support/outcome.ts';

// PROTOCOL.md 1.1, Requests; written out here, so that the table in src/ can be wrong alone.
const SIZES: readonly { code: number; min: number; max: number }[] = [
  { code: 1025, min: 255, max: 255 },
  { code: 1026, min: 255 + 160, max: 255 + 1024 },
  { code: 1027, min: 255, max: 255 },
  { code: 1028, min: 259, max: 4_294_967_283 },
  { code: 1029, min: 255, max: 255 },
  { code: 1030, min: 255, max: 255 },
  { code: 1031, min: 255, max: 255 },
];
const LARGEST_CIPHERTEXT = 4_294_967_024;

describe('frameShape', () => {
  it.for(SIZES)('$code: one short, the least, the most, one over', ({ code, min, max }) => {
    expect(outcomeOf(() => shape(code, min - 1))).toBe('bad-payload-size');
    expect(outcomeOf(() => shape(code, min))).toBe('ok');
    expect(outcomeOf(() => shape(code, max))).toBe('ok');
    expect(outcomeOf(() => shape(code, max + 1))).toBe('bad-payload-size');
  });

  it.for(SIZES)('$code: sizes at the ends of u32 are refused', ({ code }) => {
    for (const size of [0, 0xffffffff]) expect(outcomeOf(() => shape(code, size))).toBe('bad-payload-size');
    if (code !== 1028) expect(outcomeOf(() => shape(code, 0x80000000))).toBe('bad-payload-size');
  });

  it('knows no other code', () => {
    const known = new Set(SIZES.map(({ code }) => code));
    for (let code = 0; code <= 0xffff; code++) {
      if (known.has(code)) continue;
      if (outcomeOf(() => shape(code, 255)) !== 'unknown-code') expect.fail(`${code} is taken`);
    }
  });

  it.for(SIZES.filter(({ code }) => code !== 1028))('$code: its whole payload is gathered', (row) => {
    expect(shape(row.code, row.max)).toEqual({ payloadBytes: row.max });
  });

  it('1028: only the head is gathered, however large the file', () => {
    expect(shape(1028, 4_294_967_283).payloadBytes).toBe(FILE_HEAD_BYTES);
  });

  it.for([
    { where: 'inside', payload: 259 + 32, content: 32, expected: 'ok' },
    { where: 'inside, one short', payload: 259 + 32, content: 31, expected: 'bad-content-size' },
    { where: 'inside, one over', payload: 259 + 32, content: 33, expected: 'bad-content-size' },
    { where: 'inside, none', payload: 259 + 1, content: 0, expected: 'bad-content-size' },
    { where: 'outside', payload: 259, content: 32, expected: 'ok' },
    { where: 'outside, empty', payload: 259, content: 0, expected: 'ok' },
    { where: 'outside, the largest', payload: 259, content: LARGEST_CIPHERTEXT, expected: 'ok' },
    {
      where: 'outside, one over',
      payload: 259,
      content: LARGEST_CIPHERTEXT + 1,
      expected: 'bad-content-size',
    },
    { where: 'outside, u32', payload: 259, content: 0xffffffff, expected: 'bad-content-size' },
    { where: 'inside, the largest', payload: 4_294_967_283, content: LARGEST_CIPHERTEXT, expected: 'ok' },
  ])('1028, content $where: $expected', ({ payload, content, expected }) => {
    const head = Buffer.alloc(FILE_HEAD_BYTES);
    head.writeUInt32LE(content);
    const { bodyBytes } = shape(1028, payload);
    expect(outcomeOf(() => bodyBytes?.(head))).toBe(expected);
    if (expected === 'ok') expect(bodyBytes?.(head)).toBe(content);
  });
});

function shape(code: number, payloadSize: number): ReturnType<typeof V3_RULES.shapeOf> {
  return V3_RULES.shapeOf({ clientId: new Uint8Array(16), version: 3, code, payloadSize });
}
