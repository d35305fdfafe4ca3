import { describe, expect, it } from 'vitest';
import { decodeProxyHeader } from '../../../src/protocol/proxy-header.ts';
import { proxyHeader } from '../../support/proxy-header.ts';

const V4 = proxyHeader('192.0.2.7', 50_123);
const V6 = proxyHeader('2001:db8::7', 50_123);

describe('a PROXY header, version 2', () => {
  it.for([
    [V4, { length: 28, source: { address: '192.0.2.7', port: 50_123 } }],
    [V6, { length: 52, source: { address: '2001:db8:0:0:0:0:0:7', port: 50_123 } }],
    [proxyHeader(null), { length: 16, source: null }],
  ] as const)('says where a connection comes from', ([header, expected]) => {
    expect(decodeProxyHeader(header)).toEqual(expected);
    expect(decodeProxyHeader(Buffer.concat([header, Buffer.from('and what follows')]))).toEqual(expected);
    for (let length = 0; length < header.byteLength; length++) {
      expect(decodeProxyHeader(header.subarray(0, length))).toBeUndefined();
    }
  });

  it('may have extensions, which mean nothing', () => {
    const extended = Buffer.concat([V4, Buffer.from('04000a00000000000000000000', 'hex')]);
    extended.writeUInt16BE(12 + 13, 14);
    expect(decodeProxyHeader(extended)).toEqual({
      length: 41,
      source: { address: '192.0.2.7', port: 50_123 },
    });
  });

  it('of a family without addresses is the balancer’s own', () => {
    const unspecified = Buffer.from(V4);
    unspecified.writeUInt8(0, 13);
    expect(decodeProxyHeader(unspecified)).toEqual({ length: 28, source: null });
  });

  const changed = (at: number, byte: number): Buffer => {
    const bytes = Buffer.from(V4);
    bytes.writeUInt8(byte, at);
    return bytes;
  };

  it.for([
    ['another signature', changed(11, 0x0b)],
    ['version 1, in text', Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 50123 1357\r\n')],
    ['version 3', changed(12, 0x31)],
    ['an unknown command', changed(12, 0x22)],
    ['more than anybody sends', changed(14, 0x05)],
    ['no room for its addresses', Buffer.concat([changed(15, 11)])],
    ['IPv6 in the room of IPv4', changed(13, 0x21)],
    ['TLS', Buffer.from('16030100', 'hex')],
  ] as const)('with %s is malformed, as early as it shows', ([, bytes]) => {
    expect(() => decodeProxyHeader(bytes)).toThrow(/PROXY/);
  });
});
