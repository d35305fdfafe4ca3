import { describe, expect, it } from 'vitest';
import { FIRST_BYTES, speechOf } from '../../../../src/protocol/first-bytes.ts';
import { v4Vectors } from '../../../support/v4-vectors.ts';

const SPEECH = { v4: 'tls', v3: 'v3', more: 'undecided' } as const;
const VECTORS = v4Vectors('first-bytes').filter((vector) => vector.expect === 'ok');

describe('speechOf', () => {
  it.for(VECTORS)('$name: $decision, and not before byte $at', ({ hex, decision, at }) => {
    const bytes = Buffer.from(hex, 'hex');
    for (let length = 0; length <= bytes.length; length++) {
      const expected = length < at ? 'undecided' : SPEECH[decision];
      expect(speechOf(bytes.subarray(0, length)), `${length} bytes`).toBe(expected);
    }
  });

  it('needs no more bytes than it says', () => {
    expect(Math.max(...VECTORS.map(({ at }) => at))).toBe(FIRST_BYTES);
  });

  it('takes no v3 header for a ClientHello: an id holds no 00 byte', () => {
    const hello = Buffer.from('160301020001000100', 'hex');
    for (let byte = 1; byte <= 0xff; byte++) {
      const id = Buffer.concat([hello.subarray(0, 6), Buffer.alloc(10, byte)]);
      expect(speechOf(id)).toBe('v3');
    }
  });
});
