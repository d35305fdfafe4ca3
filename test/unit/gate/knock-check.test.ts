import { describe, expect, it } from 'vitest';
import { clientKnockKey, joinKnockId, joinKnockKey } from '../../../src/crypto/knock-key.ts';
import { KnockCheck } from '../../../src/gate/knock-check.ts';
import { knockMessage } from '../../support/knock-message.ts';

const SECRET = Buffer.alloc(32, 7);
const ID = Buffer.alloc(16, 0x11);
const KEY = clientKnockKey(SECRET, ID);
const NOW = Date.UTC(2030, 0, 1);
const ADA = '192.0.2.7';

const check = (anySource = false): KnockCheck => new KnockCheck(SECRET, anySource);
const knock = (fields: Partial<Parameters<typeof knockMessage>[1]> = {}): Buffer =>
  knockMessage(KEY, { id: ID, time: NOW, address: ADA, ...fields });

describe('KnockCheck', () => {
  it.for(['open', 'close'] as const)('takes a client’s %s', (action) => {
    const nonce = Buffer.alloc(16, 0xa0);
    expect(check().check(knock({ action, nonce }), ADA, NOW)).toEqual({
      ...{ action, by: 'client', time: NOW, address: ADA },
      id: new Uint8Array(ID),
      nonce: new Uint8Array(nonce),
    });
  });

  it.for([
    [ADA, '::ffff:192.0.2.7'],
    ['2001:db8::7', '2001:db8:0:0::7'],
    ['2001:db8::7', '2001:db8::7%eth0'],
  ] as const)('takes %s from %s', ([address, sender]) => {
    expect(check().check(knock({ address }), sender, NOW)).toMatchObject({ action: 'open' });
  });

  it.for([
    [ADA, '192.0.2.8'],
    [ADA, '::'],
    ['2001:db8::7', '2001:db8::8'],
    [null, ADA],
  ] as const)('takes none of %s from %s', ([address, sender]) => {
    expect(check().check(knock({ address }), sender, NOW)).toBe('elsewhere');
  });

  it('takes one that leaves open where it comes from, where that is allowed', () => {
    expect(check(true).check(knock({ address: null }), ADA, NOW)).toMatchObject({ address: ADA });
    expect(check(true).check(knock(), '192.0.2.8', NOW)).toBe('elsewhere');
  });

  it.for([
    [-60_001, 'stale'],
    [-60_000, 'ok'],
    [60_000, 'ok'],
    [60_001, 'stale'],
  ] as const)('a clock that is %d ms away is %s', ([by, expected]) => {
    const found = check().check(knock({ time: NOW + by }), ADA, NOW);
    expect(typeof found === 'string' ? found : 'ok').toBe(expected);
  });

  it('takes no message of which one bit is another', () => {
    const message = knock();
    for (let bit = 0; bit < message.byteLength * 8; bit++) {
      const changed = Buffer.from(message);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(['malformed', 'forged']).toContain(check().check(changed, ADA, NOW));
    }
  });

  it.for([0, 1, 63, 95, 97, 1472])('takes no message of %d bytes', (length) => {
    const message = Buffer.concat([knock(), Buffer.alloc(2000)]).subarray(0, length);
    expect(check().check(message, ADA, NOW)).toBe('malformed');
  });

  it('takes no key but that of the id', () => {
    const other = clientKnockKey(SECRET, Buffer.alloc(16, 0x22));
    expect(check().check(knockMessage(other, { id: ID, time: NOW, address: ADA }), ADA, NOW)).toBe('forged');
    expect(new KnockCheck(Buffer.alloc(32, 8), false).check(knock(), ADA, NOW)).toBe('forged');
  });

  it('takes one with a join line as long as that can be used', () => {
    const tokenHash = Buffer.alloc(32, 0x33);
    const key = joinKnockKey(tokenHash);
    const message = knockMessage(key, { id: Buffer.from(joinKnockId(tokenHash)), time: NOW, address: ADA });
    const joining = check();
    expect(joining.check(message, ADA, NOW)).toBe('forged');
    joining.setJoinLines([Buffer.alloc(32, 0x44), tokenHash]);
    expect(joining.check(message, ADA, NOW)).toMatchObject({
      by: 'join-line',
      id: new Uint8Array(tokenHash),
    });
    joining.setJoinLines([]);
    expect(joining.check(message, ADA, NOW)).toBe('forged');
  });

  it('has its own bytes: the buffer of a message is used again', () => {
    const message = knock();
    const found = check().check(message, ADA, NOW);
    message.fill(0);
    expect(found).toMatchObject({ id: new Uint8Array(ID) });
  });
});
