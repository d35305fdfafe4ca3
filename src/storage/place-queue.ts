import type { Placement } from '../transfer/upload-ports.ts';
import type { Placed } from './placer.ts';

/** Files between which others get their turn: a few ms. */
const SLICE = 32;
/** About half a second of work: a file is at its place within a second of its acknowledgement. */
const LONGEST = 4096;

/**
 * Placements in their order, a few at a time: an append that comes meanwhile, for which somebody waits, goes before them
 * as long as there are not too many.
 */
export class PlaceQueue {
  readonly #place: (placements: readonly Placement[]) => Placed;
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;

  constructor(place: (placements: readonly Placement[]) => Placed) {
    this.#place = place;
  }

  /** Returns when all of them, and all that were added before, have been tried. */
  async add(placements: readonly Placement[]): Promise<Placed> {
    this.#length += placements.length;
    const turn = this.#last.then(() => this.#carryOut(placements));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Returns when the queue is not too long. */
  async room(): Promise<void> {
    while (this.#length > LONGEST) await othersTurn();
  }

  async #carryOut(placements: readonly Placement[]): Promise<Placed> {
    const stuck: number[] = [];
    let why: string | null = null;
    for (let start = 0; start < placements.length; start += SLICE) {
      const slice = placements.slice(start, start + SLICE);
      const placed = this.#place(slice);
      stuck.push(...placed.stuck);
      why ??= placed.why;
      this.#length -= slice.length;
      await othersTurn();
    }
    return { stuck, why };
  }
}

async function othersTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
