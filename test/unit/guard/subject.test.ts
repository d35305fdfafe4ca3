import { describe, expect, it } from 'vitest';
import { prefixOf } from '../../../src/base/addresses.ts';
import { familyOf, isSubject, parseSubject } from '../../../src/guard/subject.ts';

describe('whom the guard counts', () => {
  it.for([
    ['192.0.2.7', '192.0.2.7', 'ipv4'],
    ['192.0.2.7/32', '192.0.2.7', 'ipv4'],
    ['::ffff:192.0.2.7', '192.0.2.7', 'ipv4'],
    ['2001:db8::1', '2001:db8::/64', 'ipv6'],
    ['2001:DB8:0:1::/64', '2001:db8:0:1::/64', 'ipv6'],
    ['client:web-01', 'client:web-01', 'identity'],
    ['user:ADA', 'user:ada', 'identity'],
    ['user:a\nb', 'user:a\nb', 'identity'],
  ] as const)('%s is %s', ([text, subject, family]) => {
    expect(parseSubject(text)).toBe(subject);
    expect(familyOf(subject)).toBe(family);
    expect(isSubject(subject)).toBe(true);
  });

  it.for([
    ...['', '*', '0.0.0.0/0', '192.0.2.0/24', '192.0.2.7/64', '::/0', '2001:db8::/48', '2001:db8::1/128/1'],
    ...['192.0.2.7; reboot', '192.0.2', '0x7f.1', 'fe80::1%eth0', 'client:', 'nobody', ' 192.0.2.7'],
  ])('%j is nobody', (text) => {
    expect(() => parseSubject(text)).toThrow(/is nobody/);
  });

  it.for(['127.0.0.1', '::1', '127.8.8.8', '::ffff:127.0.0.1'])('%s is never blocked', (text) => {
    expect(() => parseSubject(text)).toThrow(/loopback is never blocked/);
  });

  it.for(['192.0.2.7', '2001:db8::1', '::2', 'fe80::1%eth0'])(
    'what %s is counted by is a subject',
    (address) => {
      expect(isSubject(prefixOf(address))).toBe(true);
    },
  );

  it.for(['192.0.2.07', '2001:db8:0:0::/64', 'user:Ada', 'loopback', '127.0.0.1', '2001:DB8:0:1::/64', ''])(
    '%j is none',
    (text) => {
      expect(isSubject(text)).toBe(false);
    },
  );
});
