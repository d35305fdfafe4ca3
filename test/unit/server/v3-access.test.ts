import { describe, expect, it } from 'vitest';
import { parseV3Access } from '../../../src/server/v3-access.ts';
import { outcomeOf } from '../../support/outcome.ts';

const LOOPBACK = ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'];
const OTHERS = ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::1', 'fe80::1%eth0'];

describe('parseV3Access', () => {
  it('loopback: both families of it, and nobody else', () => {
    const access = parseV3Access('loopback');
    expect(LOOPBACK.filter(access)).toEqual(LOOPBACK);
    expect(OTHERS.filter(access)).toEqual([]);
  });

  it('off: nobody', () => {
    expect([...LOOPBACK, ...OTHERS].filter(parseV3Access('off'))).toEqual([]);
  });

  it.for([
    {
      setting: '10.1.0.0/16',
      inside: ['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3'],
      outside: ['10.2.0.0'],
    },
    { setting: '10.1.2.3', inside: ['10.1.2.3'], outside: ['10.1.2.4', '10.1.2.2'] },
    { setting: '10.1.2.3/32', inside: ['10.1.2.3'], outside: ['10.1.2.4'] },
    { setting: '0.0.0.0/0', inside: ['8.8.8.8', '255.255.255.255'], outside: ['2001:db8::1'] },
    {
      setting: '2001:db8::/32',
      inside: ['2001:db8::1', '2001:db8:ffff::'],
      outside: ['2001:db9::', '10.1.2.3'],
    },
    { setting: '2001:db8::7', inside: ['2001:db8::7'], outside: ['2001:db8::8'] },
    { setting: 'fe80::/10', inside: ['fe80::1%eth0'], outside: ['fec0::1'] },
    {
      setting: '10.1.0.0/16, 2001:db8::/32',
      inside: ['10.1.2.3', '2001:db8::1'],
      outside: ['10.0.0.1', '::2'],
    },
  ])('$setting', ({ setting, inside, outside }) => {
    const access = parseV3Access(setting);
    expect(inside.filter(access)).toEqual(inside);
    expect(outside.filter(access)).toEqual([]);
    expect(LOOPBACK.filter(access)).toEqual(LOOPBACK);
  });

  it.for([
    '',
    'on',
    'Loopback',
    'localhost',
    '10.1.0.0/33',
    '2001:db8::/129',
    '10.1.0.0/',
    '10.1.0.0/-1',
    '10.1.0.0/8.5',
    '10.1.0.0/1e1',
    '10.1.0.0/16/16',
    '10.1.0/16',
    '10.1.0.256',
    '10.1.0.0/16,',
    '10.1.0.0/16 10.2.0.0/16',
    '2001:db8:::/32',
    'fe80::1%eth0',
    'loopback,10.1.0.0/16',
  ])('%j is refused', (setting) => {
    expect(outcomeOf(() => parseV3Access(setting))).toBe('bad-setting');
  });
});
