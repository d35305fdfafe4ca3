import { describe, expect, it } from 'vitest';
import { checkClientName, clientNameKey, v3StoragePath } from '../../../src/transfer/storage-path.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { vectors } from '../../support/vectors.ts';

describe('storage paths', () => {
  it.for(vectors('storage-paths'))('$kind, $expect: $name', (vector) => {
    const { kind, sent } = vector;
    const take = (): string => {
      if (kind === 'file') return v3StoragePath(sent);
      checkClientName(sent);
      return sent;
    };
    expect(outcomeOf(take)).toBe(vector.expect);
    if (vector.expect === 'ok') expect(take()).toBe(vector.segments.join('/'));
  });
});

describe('clientNameKey', () => {
  it.for([
    { what: 'case', one: 'Alice', other: 'aLICE' },
    { what: 'case beyond ASCII', one: 'ÖÇ', other: 'öç' },
    { what: 'composition', one: 'J\u00f6rg', other: 'Jo\u0308rg' },
    { what: 'both', one: 'JO\u0308RG', other: 'j\u00f6rg' },
  ])('$what makes no other client', ({ one, other }) => {
    expect(clientNameKey(one)).toBe(clientNameKey(other));
  });

  it('keeps other names apart', () => {
    const names = ['alice', 'alic', 'alice ', 'al1ce', 'älice', 'al\u200bice'];
    expect(new Set(names.map(clientNameKey)).size).toBe(names.length);
  });
});
