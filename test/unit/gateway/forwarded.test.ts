import { expect, it } from 'vitest';
import { parseNetworks } from '../../../src/base/addresses.ts';
import { forwardedSource } from '../../../src/gateway/forwarded.ts';

const isProxy = parseNetworks('10.0.0.0/8,2001:db8:1::/48');

it.each([
  ['192.0.2.1', '198.51.100.1', '192.0.2.1'],
  ['10.0.0.1', undefined, '10.0.0.1'],
  ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['10.0.0.1', '127.0.0.1, 198.51.100.1', '198.51.100.1'],
  ['10.0.0.1', '198.51.100.1, 10.0.0.2,2001:db8:1::7', '198.51.100.1'],
  ['10.0.0.1', '10.0.0.2', '10.0.0.2'],
  ['10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
  ['::ffff:10.0.0.1', '2001:DB8::1', '2001:db8::1'],
  ['10.0.0.1', '198.51.100.1, unknown', '10.0.0.1'],
  ['10.0.0.1', '198.51.100.1, unknown, 10.0.0.2', '10.0.0.2'],
  ['10.0.0.1', '198.51.100.1:4711', '10.0.0.1'],
  ['10.0.0.1', '', '10.0.0.1'],
])('from %s, for %j, it is %s', (from, forwarded, source) => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  expect(forwardedSource({ headers }, from, isProxy)).toBe(source);
});
