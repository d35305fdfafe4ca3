// Sizes, counts and times as the console says them.
import { describe, expect, test } from 'vitest';
import {
  countOf,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatRelative,
  formatTime,
} from '../../../src/gateway/web/format.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const HOUR = 3600;
const DAY = 24 * HOUR;

test.for([
  [0, '0 B'],
  [1, '1 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [MIB - 1, '1.0 MiB'],
  [MIB, '1.0 MiB'],
  [1023.9 * MIB, '1023.9 MiB'],
  [1023.96 * MIB, '1.0 GiB'],
  [2 ** 40, '1.0 TiB'],
  [2 ** 60, '1024.0 PiB'],
] as const)('%d bytes are %s', ([bytes, text]) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('rates, counts and shares', () => {
  expect(formatRate(2.5 * MIB)).toBe('2.5 MiB/s');
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect([countOf(0, 'file'), countOf(1, 'file'), countOf(2000, 'file')]).toEqual([
    '0 files',
    '1 file',
    '2,000 files',
  ]);
  expect(countOf(2, 'entry', 'entries')).toBe('2 entries');
  expect([-1, 0, 0.25, 0.999, 1, 2].map(formatPercent)).toEqual(['0%', '0%', '25%', '99%', '100%', '100%']);
});

test.for([
  [0, 'less than 0.1 s'],
  [0.3, '0.3 s'],
  [0.96, '1 s'],
  [9.7, '10 s'],
  [59.4, '59 s'],
  [59.6, '1 min 0 s'],
  [75, '1 min 15 s'],
  [HOUR - 0.4, '1 h 0 min'],
  [2 * HOUR + 30 * 60, '2 h 30 min'],
  [DAY, '1 day 0 h'],
  [3 * DAY + 5 * HOUR, '3 days 5 h'],
] as const)('%d seconds last %s', ([seconds, text]) => {
  expect(formatDuration(seconds)).toBe(text);
});

describe('times', () => {
  test('stand there as where the browser is', () => {
    const iso = new Date(2026, 2, 1, 4, 5, 9).toISOString();
    expect(formatTime(iso)).toBe('2026-03-01 04:05');
    expect(formatTime(iso, { seconds: true })).toBe('2026-03-01 04:05:09');
    expect(formatTime('no time')).toBe('–');
  });

  test.for([
    [0, 'just now'],
    [-44, 'just now'],
    [-45, '1 min ago'],
    [-100, '2 min ago'],
    [-3599, '60 min ago'],
    [-2 * HOUR, '2 h ago'],
    [-DAY, '24 h ago'],
    [-3 * DAY, '3 days ago'],
    [30, 'just now'],
    [HOUR, 'in 1 h'],
    [7 * DAY, 'in 7 days'],
  ] as const)('%d seconds from now is %s', ([seconds, text]) => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    expect(formatRelative(new Date(now + seconds * 1000).toISOString(), now)).toBe(text);
  });
});
