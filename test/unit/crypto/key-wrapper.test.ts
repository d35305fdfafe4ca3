import { constants, privateDecrypt, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyWrapper } from '../../../src/crypto/key-wrapper.ts';
import { outcome } from '../../support/outcome.ts';
import { keyPair } from '../../support/v3-cryptography.ts';

const { publicDer, privateKey } = keyPair(1024, 17);

describe('KeyWrapper', () => {
  it('wraps off the event loop what the private key reads', async () => {
    await using keys = new KeyWrapper();
    const aesKey = randomBytes(16);
    const wrapped = await keys.wrap(publicDer, aesKey);
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    expect(privateDecrypt({ key: privateKey, padding, oaepHash: 'sha1' }, wrapped)).toEqual(aesKey);
  });

  it('refuses a bad key with its code', async () => {
    await using keys = new KeyWrapper();
    expect(await outcome(keys.wrap(publicDer.subarray(1), randomBytes(16)))).toBe('bad-key');
  });

  it('refuses more than 256 that wait, and goes on', async () => {
    await using keys = new KeyWrapper();
    const asked = Array.from({ length: 300 }, () => outcome(keys.wrap(publicDer, randomBytes(16))));
    const outcomes = await Promise.all(asked);
    expect(outcomes.slice(0, 256).every((each) => each === 'ok')).toBe(true);
    expect(outcomes.slice(256).every((each) => each === 'busy')).toBe(true);
    expect(await outcome(keys.wrap(publicDer, randomBytes(16)))).toBe('ok');
  });
});
