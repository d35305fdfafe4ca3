import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../src/protocol/bytes.ts';
import { outcomeOf } from '../../support/outcome.ts';

const BYTES = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);

const FIELDS = [
  { field: 'u8', size: 1, value: 0x01, read: (reader: ByteReader) => reader.u8() },
  { field: 'u16', size: 2, value: 0x0201, read: (reader: ByteReader) => reader.u16() },
  { field: 'u32', size: 4, value: 0x04030201, read: (reader: ByteReader) => reader.u32() },
  { field: 'bytes(5)', size: 5, value: BYTES.slice(0, 5), read: (reader: ByteReader) => reader.bytes(5) },
];

describe('ByteReader', () => {
  it.for(FIELDS)('reads $field from one byte more, exactly enough, and not from one short', (field) => {
    const { size, value, read } = field;
    expect(read(new ByteReader(BYTES.subarray(0, size + 1)))).toEqual(value);
    const exact = new ByteReader(BYTES.subarray(0, size));
    expect(read(exact)).toEqual(value);
    expect(exact.remaining).toBe(0);
    expect(outcomeOf(() => read(new ByteReader(BYTES.subarray(0, size - 1))))).toBe('truncated');
  });

  it.for(FIELDS)('takes nothing with a $field that fails', ({ size, read }) => {
    const reader = new ByteReader(BYTES.subarray(0, size - 1));
    expect(outcomeOf(() => read(reader))).toBe('truncated');
    expect(reader.remaining).toBe(size - 1);
  });

  it('reads fields in order, little-endian, from a view into a larger buffer', () => {
    const reader = new ByteReader(BYTES.subarray(1));
    expect([reader.u8(), reader.u16(), reader.remaining]).toEqual([2, 0x0403, 4]);
    expect(reader.rest()).toEqual(Uint8Array.of(5, 6, 7, 8));
    expect(reader.rest()).toEqual(new Uint8Array(0));
  });

  it('reads u32 as unsigned', () => {
    expect(new ByteReader(Uint8Array.of(255, 255, 255, 255)).u32()).toBe(0xffffffff);
  });
});

describe('ByteWriter', () => {
  it('writes little-endian fields in order', () => {
    const frame = new ByteWriter(9).u8(1).u16(0x0302).u32(0x07060504).bytes(Uint8Array.of(8, 9)).finish();
    expect(frame).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
  });

  it('refuses to finish one byte short', () => {
    expect(() => new ByteWriter(3).u16(1).finish()).toThrow(RangeError);
  });

  it.for([
    { field: 'u8', write: (writer: ByteWriter) => writer.u8(1) },
    { field: 'u16', write: (writer: ByteWriter) => writer.u8(1).u16(1) },
    { field: 'u32', write: (writer: ByteWriter) => writer.u32(1) },
    { field: 'bytes', write: (writer: ByteWriter) => writer.bytes(new Uint8Array(3)) },
  ])('refuses a $field that goes one byte over', ({ write }) => {
    const writer = new ByteWriter(2);
    expect(() => write(writer.u8(0)).u8(0)).toThrow(RangeError);
  });
});
