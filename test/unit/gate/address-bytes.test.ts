import { describe, expect, test } from 'vitest';
import {
  formatAddressBytes,
  formatNetwork,
  parseAddressBytes,
  parseNetwork,
  whyNeverOpen,
} from '../../../src/gate/address-bytes.ts';

describe('addresses as bytes', () => {
  test.for<[string, string]>([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '2001:db8:0:0:0:0:0:7'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['fe80::', 'fe80:0:0:0:0:0:0:0'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.7', '0:0:0:0:0:ffff:c000:207'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0:0:0:c000:207'],
  ])('%s is %s', ([text, expected]) => {
    expect(formatAddressBytes(parseAddressBytes(text))).toBe(expected);
  });

  test.for([
    '',
    '1.2.3',
    '1.2.3.4/32',
    '1.2.3.4 ',
    '0x7f.1',
    'fe80::1%eth0',
    '1.2.3.4; drop',
    '::g',
    '1.2.3.256',
  ])('"%s" is none', (text) => {
    expect(() => parseAddressBytes(text)).toThrow('no address');
  });

  test.for<[string, string]>([
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['::ffff:192.0.2.7', 'form of IPv6'],
  ])('the gate never opens for %s', ([text, why]) => {
    expect(whyNeverOpen(parseAddressBytes(text))).toContain(why);
  });

  test.for([
    '1.0.0.0',
    '126.0.0.1',
    '128.0.0.1',
    '223.255.255.255',
    '10.0.0.1',
    '::2',
    'fe80::1',
    '2001:db8::',
  ])('it may for %s', (text) => {
    expect(whyNeverOpen(parseAddressBytes(text))).toBeUndefined();
  });
});

describe('networks', () => {
  test.for<[string, string]>([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['172.31.255.255/12', '172.16.0.0/12'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['255.255.255.255/31', '255.255.255.254/31'],
    ['2001:db8:ffff::1/33', '2001:db8:8000:0:0:0:0:0/33'],
    ['::1', '0:0:0:0:0:0:0:1/128'],
  ])('%s is %s', ([text, expected]) => {
    expect(formatNetwork(parseNetwork(text))).toBe(expected);
  });

  test.for(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', 'eth0'])(
    '"%s" is none',
    (text) => {
      expect(() => parseNetwork(text)).toThrow(/no network|no address/);
    },
  );
});
