import { join, relative, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkClientName, clientNameKey, v3StoragePath } from '../../src/transfer/storage-path.ts';
import { outcomeOf } from '../support/outcome.ts';

const nasty = fc.constantFrom(
  '..',
  '.',
  '/',
  '\\',
  ':',
  'C:',
  'nul',
  'COM1',
  ' ',
  '\0',
  'a',
  'ö',
  '~',
  '\u202e',
);
const hostile = fc.oneof(
  fc.array(fc.oneof({ weight: 3, arbitrary: nasty }, fc.string({ unit: 'binary', maxLength: 3 })), {
    maxLength: 12,
  }),
  fc.array(nasty, { maxLength: 12 }),
);
const name = hostile.map((parts) => parts.join(''));

// PROTOCOL.md 1.1, Names, put another way than in src/.
const DEVICES = ['con', 'prn', 'aux', 'nul'].concat(
  Array.from('0123456789').flatMap((digit) => [`com${digit}`, `lpt${digit}`]),
);

function isSafe(segment: string): boolean {
  const [stem = ''] = segment.toLowerCase().split('.');
  return (
    segment !== '' &&
    Buffer.byteLength(segment) <= 255 &&
    !Array.from('/\\:\0').some((character) => segment.includes(character)) &&
    !segment.endsWith('.') &&
    !segment.endsWith(' ') &&
    !DEVICES.includes(stem)
  );
}

describe('v3StoragePath, random input', () => {
  it('gives safe segments below the folder, or bad-path', () => {
    fc.assert(
      fc.property(name, (sent) => {
        const outcome = outcomeOf(() => v3StoragePath(sent));
        if (outcome !== 'ok') {
          expect(outcome).toBe('bad-path');
          return;
        }
        const path = v3StoragePath(sent);
        expect(path.split('/').filter((segment) => !isSafe(segment))).toEqual([]);
        const below = relative('/data/files/alice', join('/data/files/alice', path));
        expect(below.split(sep)).toEqual(path.split('/'));
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses nothing whose segments are safe', () => {
    fc.assert(
      fc.property(name, (sent) => {
        const segments = sent
          .replace(/^[A-Za-z]:/, '')
          .split(/[/\\]/)
          .filter((segment) => !['', '.', '..'].includes(segment));
        const safe = segments.length > 0 && segments.every(isSafe);
        expect(outcomeOf(() => v3StoragePath(sent))).toBe(safe ? 'ok' : 'bad-path');
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves its own result as it is', () => {
    fc.assert(
      fc.property(name, (sent) => {
        fc.pre(outcomeOf(() => v3StoragePath(sent)) === 'ok');
        expect(v3StoragePath(v3StoragePath(sent))).toBe(v3StoragePath(sent));
      }),
    );
  });
});

describe('client names, random input', () => {
  it('are one safe segment of at most 100 characters', () => {
    fc.assert(
      fc.property(fc.oneof(name, fc.string({ unit: 'binary', minLength: 95, maxLength: 105 })), (sent) => {
        const safe = isSafe(sent) && Array.from(sent).length <= 100;
        expect(outcomeOf(() => checkClientName(sent))).toBe(safe ? 'ok' : 'bad-path');
      }),
      { numRuns: 2000 },
    );
  });

  it('have the same key in every case and composition', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (sent) => {
        const key = clientNameKey(sent);
        expect(clientNameKey(sent.normalize('NFC'))).toBe(key);
        expect(clientNameKey(sent.normalize('NFD'))).toBe(key);
        expect(clientNameKey(key)).toBe(key);
      }),
      { numRuns: 2000 },
    );
  });
});
