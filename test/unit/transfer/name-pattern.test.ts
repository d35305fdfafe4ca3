import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NamePattern } from '../../../src/transfer/name-pattern.ts';

const matches = (pattern: string, name: string): boolean => new NamePattern(pattern).matches(name);

describe('a pattern of names', () => {
  it.for([
    { pattern: 'web-*', name: 'web-1', is: true },
    { pattern: 'web-*', name: 'web-', is: true },
    { pattern: 'web-*', name: 'web', is: false },
    { pattern: 'web-*', name: 'a web-1', is: false },
    { pattern: '*', name: 'anything', is: true },
    { pattern: 'web-?', name: 'web-1', is: true },
    { pattern: 'web-?', name: 'web-', is: false },
    { pattern: 'web-?', name: 'web-12', is: false },
    { pattern: '?', name: '\u{1f388}', is: true },
    { pattern: '*-db-*', name: 'eu-db-db-1', is: true },
    { pattern: 'a*b*c', name: 'abbbcbc', is: true },
    { pattern: 'a*b*c', name: 'abbbcb', is: false },
    { pattern: 'WEB-*', name: 'web-1', is: true },
    { pattern: 'm\u00fcller', name: 'mu\u0308ller', is: true },
    { pattern: '(a+)+$', name: '(a+)+$', is: true },
    { pattern: '(a+)+$', name: 'aaa', is: false },
    { pattern: '[ab].^|{2}', name: '[ab].^|{2}', is: true },
    { pattern: '[ab]', name: 'a', is: false },
    { pattern: 'a.c', name: 'abc', is: false },
  ])('$pattern, held against $name: $is', ({ pattern, name, is }) => {
    expect(matches(pattern, name)).toBe(is);
  });

  it('says the same as a regular expression made of it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 12 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
    fc.assert(
      fc.property(text, name, (pattern, candidate) => {
        const source = pattern.replace(/\*/g, '[^]*').replace(/\?/g, '[^]');
        expect(matches(pattern, candidate)).toBe(new RegExp(`^${source}$`).test(candidate));
      }),
    );
  });

  it('of the worst kind is over in no more steps than its length times that of the name', () => {
    const stars = `${'*a'.repeat(49)}*b`;
    expect(matches(stars, 'a'.repeat(100))).toBe(false);
    expect(matches(stars, `${'a'.repeat(99)}b`)).toBe(true);
  });

  it('is as long as a name at most, and has nothing that no name has', () => {
    expect(matches('ä'.repeat(100), 'Ä'.repeat(100))).toBe(true);
    for (const wrong of ['', 'a'.repeat(101), 'a/b', 'a\\b', 'a:b', 'a\0']) {
      expect(() => new NamePattern(wrong)).toThrow('no pattern');
    }
  });
});
