import { describe, expect, it } from 'vitest';
import { sizeInBytes } from '../../../src/config/size.ts';

describe('sizeInBytes', () => {
  it.for([
    ['1', 1],
    ['64K', 65_536],
    ['64k', 65_536],
    ['2.5G', 2_684_354_560],
    ['10M', 10_485_760],
    ['1T', 1_099_511_627_776],
    [' 7 ', 7],
    [4096, 4096],
    ['0.5K', 512],
  ] as const)('%j is %d', ([given, bytes]) => {
    expect(sizeInBytes.parse(given)).toBe(bytes);
  });

  it.for([
    '0',
    0,
    '0K',
    '-1',
    -5,
    '',
    ' ',
    'K',
    'many',
    '1 K',
    '1KB',
    '1KiB',
    '1e3',
    '0x10',
    '.5G',
    '1.2.3',
    '8192T',
    NaN,
  ])('%j is refused', (given) => {
    expect(sizeInBytes.safeParse(given).success).toBe(false);
  });
});
