import { expect, test } from 'vitest';
import { secondsLeft } from '../../../src/gateway/web/deadline.ts';

test.for([
  ['at once', 60, 1000, 1000, 60],
  ['a clock that has not moved on yet', 60, 1000, 400, 60],
  ['within the first second', 60, 1000, 1400, 60],
  ['after it', 60, 1000, 2001, 59],
  ['at its end', 60, 1000, 61_000, 0],
  ['long after', 60, 1000, 600_000, 0],
] as const)('%s', ([, seconds, saidAt, now, left]) => {
  expect(secondsLeft({ seconds, saidAt }, now)).toBe(left);
});
