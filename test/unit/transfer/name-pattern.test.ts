import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPattern, literalLength, matchesPattern } from '../../../src/transfer/name-pattern.ts';
import { outcomeOf } from '../../support/outcome.ts';

describe('matchesPattern', () => {
  it.for([
    ['*', 'anything'],
    ['web-1', 'web-1'],
    ['web-*', 'web-'],
    ['web-*', 'web-17.example'],
    ['*-db', 'a-b-db'],
    ['w*b*1', 'web-web-1'],
    ['**', 'x'],
    ['web-?', 'web-1'],
    ['?', '🎈'],
    ['web-??', 'web-🎈1'],
    ['*?', 'x'],
    ['WEB-*', 'web-1'],
    ['web-*', 'WEB-1'],
    ['größe-*', 'GRO\u0308SSE-1'.replace('SSE', 'ßE')],
    ['é?', 'E\u0301x'],
    ['[ab].c+', '[AB].C+'],
    ['\u001b[31m*', '\u001b[31mred'],
  ] as const)('%j means %j', ([pattern, name]) => {
    expect(matchesPattern(pattern, name)).toBe(true);
  });

  it.for([
    ['web-*', 'db-1'],
    ['web-*', 'a web-1'],
    ['web-1', 'web-12'],
    ['web-12', 'web-1'],
    ['web-?', 'web-'],
    ['web-?', 'web-12'],
    ['*-db', 'x-db-1'],
    ['a*b*c', 'acb'],
    ['*?', ''],
    ['', 'x'],
    ['.', 'x'],
    ['[ab]', 'a'],
    ['a|b', 'a'],
  ] as const)('%j does not mean %j', ([pattern, name]) => {
    expect(matchesPattern(pattern, name)).toBe(false);
  });

  it('says what the plain definition says', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '*', '?', 'É', '🎈'), { maxLength: 8 });
    const name = fc.array(fc.constantFrom('a', 'B', 'é', '🎈'), { maxLength: 8 });
    fc.assert(
      fc.property(text, name, (pattern, given) => {
        const wanted = byDefinition(pattern.map(folded), given.map(folded));
        expect(matchesPattern(pattern.join(''), given.join(''))).toBe(wanted);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no longer for a pattern that is made to take long', () => {
    // A million stars' worth of going back, were it done for each star and not for the last alone.
    expect(matchesPattern(`${'*a'.repeat(2000)}b`, 'a'.repeat(8000))).toBe(false);
  });
});

describe('literalLength', () => {
  it.for([
    ['*', 0],
    ['web-*', 4],
    ['web-?', 5],
    ['*🎈*', 1],
    ['', 0],
  ] as const)('of %j is %d', ([pattern, length]) => {
    expect(literalLength(pattern)).toBe(length);
  });
});

describe('checkPattern', () => {
  it.for(['*', 'web-*', '?', 'a b'])('takes %j', (pattern) => {
    expect(outcomeOf(() => checkPattern(pattern))).toBe('ok');
  });

  it.for(['', 'a/*', 'a\\*', 'c:*', 'a\0', '*'.repeat(201)])('refuses %j', (pattern) => {
    expect(outcomeOf(() => checkPattern(pattern))).toBe('bad-name');
  });
});

function folded(character: string): string {
  return character.toLowerCase();
}

function byDefinition([first, ...pattern]: readonly string[], name: readonly string[]): boolean {
  if (first === undefined) return name.length === 0;
  if (first === '*')
    return name.some((_, i) => byDefinition(pattern, name.slice(i))) || byDefinition(pattern, []);
  return name.length > 0 && (first === '?' || first === name[0]) && byDefinition(pattern, name.slice(1));
}
