import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientKnockKey, isAuthentic, joinKnockId, joinKnockKey } from '../../../src/crypto/knock-key.ts';
import { v4Vectors } from '../../support/v4-vectors.ts';

const SOUND = v4Vectors('knocks').filter((vector) => vector.expect === 'ok');

describe('knock keys', () => {
  it.for(SOUND.filter((vector) => vector.secret_hex !== undefined))('of a client: $name', (vector) => {
    const key = clientKnockKey(bytes(vector.secret_hex), bytes(vector.client_id));
    expect(hex(key)).toBe(vector.key_hex);
  });

  it.for(SOUND.filter((vector) => vector.token_hash_hex !== undefined))('of a join line: $name', (vector) => {
    const tokenHash = bytes(vector.token_hash_hex);
    expect(createHash('sha256').update(bytes(vector.token_hex)).digest()).toEqual(tokenHash);
    expect(hex(joinKnockKey(tokenHash))).toBe(vector.key_hex);
    expect(hex(joinKnockId(tokenHash))).toBe(vector.id_hex);
  });

  it('differ from client to client, and from secret to secret', () => {
    const ids = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
    const secrets = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const keys = secrets.flatMap((secret) => ids.map((id) => hex(clientKnockKey(secret, id))));
    expect(new Set(keys).size).toBe(4);
  });
});

describe('isAuthentic', () => {
  const [first] = SOUND;
  const [message, key] = [bytes(first?.hex), bytes(first?.key_hex)];

  it('holds for a knock of this key, and of no other', () => {
    expect(isAuthentic(message, key)).toBe(true);
    expect(isAuthentic(message, Buffer.alloc(32))).toBe(false);
  });

  it('does not hold with any bit changed', () => {
    for (let bit = 0; bit < message.length * 8; bit++) {
      const changed = Buffer.from(message);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isAuthentic(changed, key), `bit ${bit}`).toBe(false);
    }
  });

  it('does not hold at any other length', () => {
    const long = Buffer.concat([message, message]);
    for (let length = 0; length <= long.length; length++) {
      expect(isAuthentic(long.subarray(0, length), key)).toBe(length === message.length);
    }
  });
});

function bytes(text: string | undefined): Buffer {
  return Buffer.from(text ?? '', 'hex');
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}
