// Text from outside as the console shows it: whatever could hide, reorder or break a line is written out.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText, isSafe, shorten, textParts } from '../../../src/gateway/web/display-text.ts';

describe('escaping', () => {
  test.for([
    ['report.pdf', 'report.pdf'],
    ['Größe 大きさ 👍 שלום', 'Größe 大きさ 👍 שלום'],
    ['<b>&amp;"\'`', '<b>&amp;"\'`'],
    ['', ''],
    ['a\nb\tc\0', 'a\\u{a}b\\u{9}c\\u{0}'],
    ['\u001b[31m\u007f\u009b', '\\u{1b}[31m\\u{7f}\\u{9b}'],
    ['invoice\u202efdp.exe', 'invoice\\u{202e}fdp.exe'],
    ['\u2066\u2069\u200e\u061c', '\\u{2066}\\u{2069}\\u{200e}\\u{61c}'],
    ['\u00ad\u200b\u2060\ufeff', '\\u{ad}\\u{200b}\\u{2060}\\u{feff}'],
    ['\u2028\u2029\u0085', '\\u{2028}\\u{2029}\\u{85}'],
    ['\ud800x\udc00', '\\u{d800}x\\u{dc00}'],
  ])('%j is shown as %j', ([text = '', shown = '']) => {
    expect(escapeText(text)).toBe(shown);
    expect(
      textParts(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(shown);
    expect(isSafe(text)).toBe(text === shown);
  });

  test('what is shown is safe, and what is safe is shown as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = escapeText(text);
        expect(isSafe(shown)).toBe(true);
        if (isSafe(text)) expect(shown).toBe(text);
      }),
    );
  });

  test('escaped parts are told apart from a text that looks like one', () => {
    expect(textParts('\\u{a}\n')).toEqual([
      { text: '\\u{a}', escaped: false },
      { text: '\\u{a}', escaped: true },
    ]);
  });
});

describe('shortening', () => {
  test('keeps the beginning and the end', () => {
    expect(shorten('abcdefghij', 10)).toBe('abcdefghij');
    expect(shorten('abcdefghijk', 10)).toBe('abcd…hijk');
  });

  test('is never longer than was asked for, and never cuts a character in half', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (text, limit) => {
        const short = shorten(text, limit);
        expect(short.length).toBeLessThanOrEqual(Math.max(limit, 0));
        expect(short.isWellFormed()).toBe(true);
      }),
    );
  });
});
