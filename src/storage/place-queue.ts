import { setTimeout as sleep } from 'node:timers/promises';
import type { Placement } from '../transfer/upload-ports.ts';
import type { Placed } from './placer.ts';

/** Files between which others get their turn: a few ms. */
const SLICE = 32;
/** Less than half a second of work; while more wait, appends do. */
const LONGEST = 4096;
/** So long after an append the next of its burst may still come, ms. */
const BURST_GAP = 20;
/** No file waits longer than this for the end of a burst, ms: it is at its place within a second of its acknowledgement. */
const LONGEST_HOLD = 300;

/**
 * Placements in their order. Somebody waits for an append, and nobody for a placement: these are held back during a
 * burst of appends, within bounds, and go a few at a time, so that an append that comes meanwhile goes before them.
 */
export class PlaceQueue {
  readonly #place: (placements: readonly Placement[]) => Placed;
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;
  #lastAppend = -Infinity;

  constructor(place: (placements: readonly Placement[]) => Placed) {
    this.#place = place;
  }

  /** Returns when all of them, and all that were added before, have been tried. */
  async add(placements: readonly Placement[]): Promise<Placed> {
    this.#length += placements.length;
    const latest = performance.now() + LONGEST_HOLD;
    const turn = this.#last.then(() => this.#carryOut(placements, latest));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** For an append: returns when the queue is not too long. */
  async room(): Promise<void> {
    this.#lastAppend = performance.now();
    while (this.#length > LONGEST) await othersTurn();
  }

  async #carryOut(placements: readonly Placement[], latest: number): Promise<Placed> {
    const stuck: number[] = [];
    let why: string | null = null;
    for (let start = 0; start < placements.length; start += SLICE) {
      await this.#burst(latest);
      const slice = placements.slice(start, start + SLICE);
      const placed = this.#place(slice);
      stuck.push(...placed.stuck);
      why ??= placed.why;
      this.#length -= slice.length;
      await othersTurn();
    }
    return { stuck, why };
  }

  /** Returns when appends have paused, or placements must go on all the same. */
  async #burst(latest: number): Promise<void> {
    while (this.#length <= LONGEST) {
      const now = performance.now();
      const wait = Math.min(this.#lastAppend + BURST_GAP, latest) - now;
      if (wait <= 0) return;
      await sleep(Math.ceil(wait));
    }
  }
}

async function othersTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
