// Limits as people write them, and as the console writes them back.
import { expect, test } from 'vitest';
import { readAmount, readCount, writeAmount } from '../../../src/gateway/web/amounts.ts';

const GIB = 1024 ** 3;

test.for([
  ['', null],
  ['  ', null],
  ['none', 'none'],
  ['None ', 'none'],
  ['0', 0],
  ['1500', 1500],
  ['10G', 10 * GIB],
  ['10g', 10 * GIB],
  ['2.5 GiB', 2.5 * GIB],
  ['500 MB', 500 * 1024 ** 2],
  ['5M/s', 5 * 1024 ** 2],
  ['64KiB/s', 64 * 1024],
  ['1.5', 1],
  ['8191T', 8191 * 1024 ** 4],
] as const)('%s is read', ([text, amount]) => {
  expect(readAmount(text)).toBe(amount);
});

test.for([
  'ten',
  '-1',
  '1e9',
  '10GG',
  '10 X',
  'G',
  '.5G',
  '5G/h',
  '9000T',
  '1,000',
  '0x10',
  'NaN',
  'Infinity',
])('%s is no amount', (text) => {
  expect(readAmount(text)).toBeUndefined();
});

test.for([
  ['1000', 1000],
  ['1,000', 1000],
  ['1 000 000', 1_000_000],
  ['none', 'none'],
  ['', null],
  ['5K', undefined],
  ['1,00', undefined],
  ['1.5', undefined],
] as const)('%s as a number of files', ([text, count]) => {
  expect(readCount(text)).toBe(count);
});

test.for([
  [null, ''],
  ['none', 'none'],
  [0, '0'],
  [1500, '1500'],
  [1536, '1536'],
  [1024, '1K'],
  [10 * GIB, '10G'],
  [2.5 * GIB, '2560M'],
  [1024 * GIB, '1T'],
] as const)('%s is written, and read again', ([amount, text]) => {
  expect(writeAmount(amount)).toBe(text);
  expect(readAmount(text)).toBe(amount);
});
