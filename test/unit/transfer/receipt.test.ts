import { describe, expect, it } from 'vitest';
import { receiptBytes } from '../../../src/transfer/receipt.ts';

const FACTS = {
  server: 'A'.repeat(43),
  spki: 'B'.repeat(43),
  client: Buffer.from('00112233445546778899aabbccddeeff', 'hex'),
  name: 'alice',
  path: 'a/b.txt',
  size: 5,
  sha256: Buffer.from('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824', 'hex'),
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  seq: 1,
  prev: null,
};

describe('receiptBytes', () => {
  it('are those of PROTOCOL.md 2.5, byte for byte', () => {
    expect(receiptBytes(FACTS).toString()).toBe(
      `{"type":"sesame-receipt/1","server":"${FACTS.server}","client":"00112233445546778899aabbccddeeff",` +
        `"name":"alice","spki":"${FACTS.spki}","path":"a/b.txt","size":5,` +
        `"sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",` +
        `"time":"2026-01-02T03:04:05.678Z","seq":1,"prev":null}`,
    );
  });

  it('name the receipt before', () => {
    const text = receiptBytes({ ...FACTS, seq: 2, prev: Buffer.alloc(32, 0xab) }).toString();
    expect(text.endsWith(`"seq":2,"prev":"${'ab'.repeat(32)}"}`)).toBe(true);
  });

  it('escape what JSON makes one escape, and nothing else', () => {
    const path = '"\\\b\f\n\r\t\u0001\u001f\u007f\u009b\u2028\u202eö\u{1f388}</script>';
    const text = receiptBytes({ ...FACTS, path }).toString();
    const escaped = '\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\u007f\u009b\u2028\u202eö\u{1f388}</script>';
    expect(text).toContain(`"path":"${escaped}"`);
    expect(JSON.parse(text)).toMatchObject({ path });
  });

  it('hold the largest sizes and numbers exactly', () => {
    const text = receiptBytes({ ...FACTS, size: 2 ** 53 - 1, seq: 2 ** 53 - 1 }).toString();
    expect(text).toContain('"size":9007199254740991');
    expect(text).toContain('"seq":9007199254740991');
  });

  it('read digests that are views of something larger', () => {
    const sha256 = Buffer.concat([Buffer.alloc(7), FACTS.sha256, Buffer.alloc(7)]).subarray(7, 39);
    expect(receiptBytes({ ...FACTS, sha256 })).toEqual(receiptBytes(FACTS));
  });
});
