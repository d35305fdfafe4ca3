import { setImmediate as nextTurn } from 'node:timers/promises';
import { NamePattern } from '../transfer/name-pattern.ts';
import type { ClientDirectory } from '../transfer/ports.ts';

/** Names that are held against patterns for one listing: a fraction of a second. */
const MOST_COMPARED = 200_000;

export async function namesOf(clients: Pick<ClientDirectory, 'list'>): Promise<readonly string[]> {
  return (await clients.list()).map(({ name }) => name);
}

/** In the order of their names. @throws `bad-name` for a pattern that is none */
export function matchesOf(pattern: string, names: readonly string[]): readonly string[] {
  const wanted = new NamePattern(pattern);
  return names.filter((name) => wanted.matches(name)).sort();
}

/** How many names each pattern matches, others having their turn in between; undefined where that would take long. */
export async function countMatches(
  patterns: readonly { readonly pattern: string }[],
  names: readonly string[],
): Promise<readonly number[] | undefined> {
  if (patterns.length * names.length > MOST_COMPARED) return undefined;
  const counts: number[] = [];
  for (const { pattern } of patterns) {
    counts.push(matchesOf(pattern, names).length);
    await nextTurn();
  }
  return counts;
}
