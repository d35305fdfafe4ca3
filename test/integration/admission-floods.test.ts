// A flood of connections with honest clients in between (docs/GUARD.md 5): admission as it is, and time in steps.
import { expect, test } from 'vitest';
import { Admission, type Admitted } from '../../src/guard/admission.ts';
import { seededRandom } from '../support/seeded-random.ts';

const LIMITS = { connections: 8192, unproven: 1024, perPrefix: 256 };
const STEP = 10;
const SECONDS = 60;
const HONEST = 300;
const PAUSE = 1000;

interface Flood {
  /** Connections a second; those that are lost are made again. */
  readonly rate: number;
  /** How long one stays that is let be, ms. */
  readonly stays: number;
  /** Whether they make a request that succeeds. */
  readonly proves: boolean;
}

interface Outcome {
  /** Tries of honest clients until they were in, ascending. */
  readonly tries: readonly number[];
  readonly outside: number;
  readonly open: number;
}

class Peer implements Admitted {
  readonly prefix: string;
  isGone = false;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  evict(): void {
    this.isGone = true;
  }
}

/** @param needs ms from the connection of an honest client to its first request that succeeds */
function under({ rate, stays, proves }: Flood, needs: number): Outcome {
  const random = seededRandom(3);
  const admission = new Admission(LIMITS, random);
  /** By the step in which they leave. */
  const leaving = new Map<number, Peer[]>();
  const until = (step: number, peer: Peer): void => {
    leaving.set(step, [...(leaving.get(step) ?? []), peer]);
  };
  const evictable: Peer[] = [];
  const honest = Array.from({ length: HONEST }, (_, i) => ({
    prefix: `192.0.2.${i}`,
    // From the middle on, when the flood has its full size.
    next: Math.floor(((SECONDS / 2) * (1 + i / HONEST) * 1000) / STEP),
    tries: 0,
    peer: undefined as Peer | undefined,
    since: 0,
    isIn: false,
  }));
  const steps = (2 * SECONDS * 1000) / STEP;
  for (let step = 0; step < steps; step++) {
    for (const peer of leaving.get(step) ?? []) if (!peer.isGone) leave(peer);
    leaving.delete(step);
    for (let i = 0; i < (rate * STEP) / 1000; i++) {
      const peer = new Peer(`10.${Math.floor(random() * 5000)}`);
      if (!admission.admit(peer)) continue;
      if (proves) admission.prove(peer);
      else evictable.push(peer);
      until(step + Math.ceil((stays * (0.5 + random())) / STEP), peer);
    }
    for (const one of honest) {
      if (one.isIn || one.next > step) continue;
      if (one.peer?.isGone) one.peer = undefined;
      if (one.peer && (step - one.since) * STEP >= needs) {
        admission.prove(one.peer);
        one.isIn = true;
      } else if (!one.peer) {
        one.tries += 1;
        const peer = new Peer(one.prefix);
        if (admission.admit(peer)) {
          one.peer = peer;
          one.since = step;
          evictable.push(peer);
        } else one.next = step + (PAUSE * (0.5 + random())) / STEP;
      }
    }
    // The end of a connection that made room is seen a moment later.
    for (const peer of evictable.filter(({ isGone }) => isGone)) admission.leave(peer);
    evictable.splice(0, evictable.length, ...evictable.filter(({ isGone }) => !isGone));
  }
  const tries = honest.filter(({ isIn }) => isIn).map((one) => one.tries);
  return {
    tries: tries.toSorted((a, b) => a - b),
    outside: honest.length - tries.length,
    open: admission.connections,
  };

  function leave(peer: Peer): void {
    peer.isGone = true;
    const at = evictable.indexOf(peer);
    if (at >= 0) evictable.splice(at, 1);
    admission.leave(peer);
  }
}

test.for<[string, Flood, number]>([
  ['5,000 a second that say nothing', { rate: 5000, stays: 20_000, proves: false }, 8],
  ['5,000 a second that prove themselves and stay for 8 s', { rate: 5000, stays: 8000, proves: true }, 60],
])('%s: honest clients get in', ([name, flood, most]) => {
  const { tries, outside, open } = under(flood, 50);
  const at = (part: number): number => tries[Math.floor(part * (tries.length - 1))] ?? NaN;
  console.log(
    `${name}: ${open} open of ${LIMITS.connections}; honest clients are in after ${at(0.5)} tries (median), ${at(0.99)} (p99), ${at(1)} at most`,
  );
  expect(outside).toBe(0);
  expect(at(1)).toBeLessThanOrEqual(most);
});
