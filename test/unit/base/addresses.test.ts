import { describe, expect, it } from 'vitest';
import { isLoopback, networkOf, plainAddress, prefixOf } from '../../../src/base/addresses.ts';

describe('plainAddress', () => {
  it.for([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:10.1.2.3%eth0', '10.1.2.3'],
    ['::ffff:1:2', '0.1.0.2'],
    ['', ''],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::ffff:c000:0201', '192.0.2.1'],
  ] as const)('%s is %s', ([address, expected]) => {
    expect(plainAddress(address)).toBe(expected);
  });
});

describe('isLoopback', () => {
  it.for(['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1', '::1%lo'])(
    '%s is',
    (address) => {
      expect(isLoopback(address)).toBe(true);
    },
  );

  it.for(['128.0.0.1', '126.255.255.255', '0.0.0.0', '::', '::2', '::ffff:10.0.0.1', 'fe80::1%lo', '', 'x'])(
    '%j is not',
    (address) => {
      expect(isLoopback(address)).toBe(false);
    },
  );
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.0/24'],
    ['::ffff:192.0.2.255', '192.0.2.0/24'],
    ['2001:db8:1:2:3::4', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8::/48'],
    ['2001::1', '2001::/48'],
    ['fe80::1%eth0', 'fe80::/48'],
    ['127.0.0.9', 'loopback'],
    ['::1', 'loopback'],
  ])('%s: %s', (address, expected) => {
    expect(networkOf(address)).toBe(expected);
  });
});

describe('prefixOf', () => {
  it.for([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['127.0.0.1', 'loopback'],
    ['127.8.8.8', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0000:3:4:5:6', '2001:db8:1::/64'],
    ['::', '::/64'],
    ['::2', '::/64'],
    ['::3:4:5:6:7', '0:0:0:3::/64'],
    ['::1:2:3:4:5:6:7', '0:1:2:3::/64'],
    ['2001:db8::', '2001:db8::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['2001:db8::5:6:7:8', '2001:db8::/64'],
    ['2001:db8::4:5:6:7:8', '2001:db8:0:4::/64'],
    ['2001::4:5:6:7:8', '2001:0:0:4::/64'],
    ['1::3:4:5:6:7:8', '1:0:3:4::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
  ] as const)('%s counts as %s', ([address, expected]) => {
    expect(prefixOf(address)).toBe(expected);
  });
});
