import { closest, distance } from 'fastest-levenshtein';

/** Letters that may be wrong, missing, or too many. */
const MOST_CHANGES = 3;

/** The known word that somebody probably meant. @returns undefined where none is near */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word === '' || known.length === 0) return undefined;
  const candidate = closest(word, known);
  const isNear = distance(word, candidate) <= Math.min(MOST_CHANGES, Math.ceil(word.length / 2));
  return isNear ? candidate : undefined;
}

/** `; did you mean "port"?`, or nothing. */
export function didYouMean(candidate: string | undefined): string {
  return candidate === undefined ? '' : `; did you mean "${candidate}"?`;
}
