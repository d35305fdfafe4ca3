import { SesameError } from '../base/errors.ts';
import { clientNameKey } from './storage-path.ts';

const LONGEST_PATTERN = 200;

/**
 * Whether a client name is one that a pattern means (FLEET.md, terms): `*` stands for any characters, `?` for one (a code
 * point), and the rest for itself, without regard to case and composition. Takes at most as many steps as the lengths multiplied, whatever
 * they hold.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const wanted = Array.from(clientNameKey(pattern));
  const given = Array.from(clientNameKey(name));
  let [at, from] = [0, 0];
  // Where the last `*` stands, and what of the name it does not cover yet: to go back to, once for each character.
  let star = -1;
  let covered = 0;
  while (from < given.length) {
    const next = wanted[at];
    if (next === '*') {
      star = at;
      covered = from;
      at += 1;
    } else if (next !== undefined && (next === '?' || next === given[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      covered += 1;
      at = star + 1;
      from = covered;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((character) => character === '*');
}

/** How many characters other than `*` a pattern has: the more, the narrower it is. */
export function literalLength(pattern: string): number {
  return Array.from(pattern).filter((character) => character !== '*').length;
}

/** @throws `bad-name` for a pattern that no client name matches */
export function checkPattern(pattern: string): void {
  const problem = patternProblem(pattern);
  if (problem !== undefined)
    throw new SesameError('bad-name', `"${pattern}" is no pattern of client names: ${problem}`);
}

function patternProblem(pattern: string): string | undefined {
  if (pattern === '') return 'it is empty; * means all of them';
  if (Array.from(pattern).length > LONGEST_PATTERN) return `it has more than ${LONGEST_PATTERN} characters`;
  if (/[/\\:\0]/.test(pattern)) return 'no name has a slash, backslash, colon or NUL';
  return undefined;
}
