import { describe, expect, it } from 'vitest';
import { decodeName } from '../../../src/protocol/names.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { vectors } from '../../support/vectors.ts';

describe('decodeName', () => {
  it.for(vectors('names'))('$expect: $name', (vector) => {
    const field = Buffer.from(vector.field_hex, 'hex');
    expect(outcomeOf(() => decodeName(field))).toBe(vector.expect);
    if (vector.expect === 'ok') expect(decodeName(field)).toBe(vector.value);
  });

  it('does not mention the name in the error: what was refused reaches no log', () => {
    const field = Buffer.alloc(255, 'canary');
    let message = '';
    try {
      decodeName(field);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/NUL/);
    expect(message).not.toContain('canary');
  });
});
