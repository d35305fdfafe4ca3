import { describe, expect, it } from 'vitest';
import { escapeForDisplay, formatBytes, shortHex } from '../../../src/base/format.ts';

describe('formatBytes', () => {
  it.for([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1024 ** 2, '1.0 MiB'],
    [2.5 * 1024 ** 3, '2.5 GiB'],
    [1024 ** 4, '1.0 TiB'],
    [5000 * 1024 ** 4, '5000.0 TiB'],
    [-2048, '-2.0 KiB'],
  ] as const)('%d is %s', ([bytes, expected]) => {
    expect(formatBytes(bytes)).toBe(expected);
  });
});

describe('shortHex', () => {
  const bytes = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

  it('shows little whole, and of much the beginning and the length', () => {
    expect(shortHex(new Uint8Array(0))).toBe('');
    expect(shortHex(bytes.subarray(0, 8))).toBe('0011223344556677');
    expect(shortHex(bytes.subarray(0, 9))).toBe('0011223344556677…(9)');
    expect(shortHex(bytes, 2)).toBe('0011…(16)');
  });

  it('shows the view, not the buffer behind it', () => {
    expect(shortHex(bytes.subarray(4, 6))).toBe('4455');
  });
});

describe('escapeForDisplay', () => {
  it('leaves what is harmless in any script', () => {
    const text = 'Grüße, 你好, עברית, 👍🏽 — `\\ "x"';
    expect(escapeForDisplay(text)).toBe(text);
  });

  it.for([
    0x00, 0x07, 0x0a, 0x0d, 0x1b, 0x1f, 0x7f, 0x80, 0x9b, 0x9f, 0xad, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028,
    0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0xfeff, 0xd800, 0xdfff,
  ])('writes U+%s as its code', (code) => {
    const hex = code.toString(16);
    expect(escapeForDisplay(`a${String.fromCharCode(code)}b`)).toBe(`a\\u{${hex}}b`);
  });

  it('escapes every one of them', () => {
    expect(escapeForDisplay('\r\n\r\n')).toBe('\\u{d}\\u{a}\\u{d}\\u{a}');
  });
});
