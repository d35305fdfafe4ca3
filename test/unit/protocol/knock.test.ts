import { describe, expect, it } from 'vitest';
import { isAuthentic } from '../../../src/crypto/knock-key.ts';
import { decodeKnock, KNOCK_BYTES } from '../../../src/protocol/knock.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { v4Vectors } from '../../support/v4-vectors.ts';

const VECTORS = v4Vectors('knocks').map((vector) => ({
  ...vector,
  bytes: Buffer.from(vector.hex, 'hex'),
  key: Buffer.from(vector.key_hex, 'hex'),
}));
const [SOUND = Buffer.alloc(0)] = VECTORS.filter((v) => v.expect === 'ok').map((v) => v.bytes);

describe('decodeKnock', () => {
  it.for(VECTORS)('$name: $expect', ({ bytes, key, ...vector }) => {
    // A knock that is well-formed says what it says, whoever made it.
    const outcome = outcomeOf(() => decodeKnock(bytes));
    const said = outcome === 'ok' && !isAuthentic(bytes, key) ? 'bad-mac' : outcome;
    expect(said).toBe(vector.expect);
    if (vector.expect !== 'ok') return;
    const { action, id, time, nonce, source } = decodeKnock(bytes);
    expect({ action, time }).toEqual({ action: vector.action, time: vector.time });
    expect([id, nonce].map(hex)).toEqual([vector.id_hex, vector.nonce_hex]);
    expect(source && hex(source)).toBe(vector.address === null ? null : vector.address_hex);
  });

  it('refuses every other length', () => {
    const long = Buffer.concat([SOUND, SOUND]);
    for (let length = 0; length <= long.length; length++) {
      const expected = length < KNOCK_BYTES ? 'truncated' : length > KNOCK_BYTES ? 'malformed' : 'ok';
      expect(
        outcomeOf(() => decodeKnock(long.subarray(0, length))),
        `${length} bytes`,
      ).toBe(expected);
    }
  });

  it('reads from within a larger buffer', () => {
    const around = Buffer.concat([Buffer.alloc(5, 0xff), SOUND, Buffer.alloc(5, 0xff)]);
    expect(decodeKnock(around.subarray(5, 5 + KNOCK_BYTES))).toEqual(decodeKnock(SOUND));
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
