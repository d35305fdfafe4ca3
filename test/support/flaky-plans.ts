// What a bad network does, the same for the same seed.
import { seededRandom } from './seeded-random.ts';
import type { Cut, Plan, Shape } from './flaky-proxy.ts';

export interface Weather {
  readonly seed: number;
  /** About so many bytes pass before a cut. */
  readonly calm: number;
  /** After so many connections nothing is cut any more, so that a client comes to an end. */
  readonly storms: number;
}

const HOWS = ['reset', 'end', 'stall'] as const;

/** A plan for each connection, for `FlakyProxy.start`. */
export function flakyPlans({ seed, calm, storms }: Weather): (connection: number) => Plan {
  return (connection) => {
    const random = seededRandom(seed * 1_000_003 + connection);
    const cut = connection < storms ? randomCut(random, calm) : undefined;
    return { cut, shape: () => randomShape(random) };
  };
}

function randomCut(random: () => number, calm: number): Cut {
  const direction = random() < 0.8 ? 'up' : 'down';
  // Many short ones, a few long ones; answers are a hundred times as short as what they answer.
  const after = 1 + Math.floor(-Math.log(1 - random()) * (direction === 'up' ? calm : calm / 100));
  return { direction, after, how: HOWS[Math.floor(random() * HOWS.length)] ?? 'reset' };
}

/** Most chunks pass as they come. */
function randomShape(random: () => number): Shape {
  const kind = random();
  if (kind < 0.9) return {};
  if (kind < 0.95) return { hold: Math.floor(random() * 15) };
  return { pieces: 2 + Math.floor(random() * 8), pause: Math.floor(random() * 3) };
}
