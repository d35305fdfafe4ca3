import type { Placement } from '../transfer/upload-ports.ts';
import { placesOf } from './packed-placements.ts';

interface Entry {
  readonly placement: Placement;
  readonly turn: number;
}

/** The files that are committed and not yet at their places, and who waits for that. */
export class Unplaced {
  /** How many files wait for a place. */
  readonly #places = new Map<string, number>();
  readonly #byRecord = new Map<number, Entry>();
  readonly #waiting = new Map<string, (() => void)[]>();
  /** Counts the calls of `all`; a file belongs to the one before which it came. */
  #turn = 0;
  /** How many files each turn has left, oldest turn first. */
  readonly #leftOf = new Map<number, number>();
  readonly #waitingForAll: { readonly turn: number; readonly resolve: () => void }[] = [];

  add(placement: Placement): void {
    const turn = this.#turn;
    this.#byRecord.set(placement.record, { placement, turn });
    this.#leftOf.set(turn, (this.#leftOf.get(turn) ?? 0) + 1);
    for (const place of placesOf(placement)) this.#places.set(place, (this.#places.get(place) ?? 0) + 1);
  }

  remove(record: number): void {
    const entry = this.#byRecord.get(record);
    if (!entry) return;
    this.#byRecord.delete(record);
    for (const place of placesOf(entry.placement)) {
      const left = (this.#places.get(place) ?? 0) - 1;
      if (left > 0) this.#places.set(place, left);
      else this.#settle(place);
    }
    this.#leave(entry.turn);
  }

  get isEmpty(): boolean {
    return this.#byRecord.size === 0;
  }

  /** @returns what resolves when none of the files that wait now waits any more; undefined when none does */
  all(): Promise<void> | undefined {
    if (this.isEmpty) return undefined;
    const turn = this.#turn;
    this.#turn += 1;
    return new Promise((resolve) => this.#waitingForAll.push({ turn, resolve }));
  }

  /** Resolves when no file waits for this place. */
  async settled(place: string): Promise<void> {
    if (!this.#places.has(place)) return;
    await new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(place) ?? [];
      waiting.push(resolve);
      this.#waiting.set(place, waiting);
    });
  }

  #settle(place: string): void {
    this.#places.delete(place);
    const waiting = this.#waiting.get(place) ?? [];
    this.#waiting.delete(place);
    for (const resolve of waiting) resolve();
  }

  #leave(turn: number): void {
    const left = (this.#leftOf.get(turn) ?? 0) - 1;
    if (left > 0) this.#leftOf.set(turn, left);
    else this.#leftOf.delete(turn);
    const [oldest = Infinity] = this.#leftOf.keys();
    for (let next = this.#waitingForAll[0]; next && next.turn < oldest; next = this.#waitingForAll[0]) {
      this.#waitingForAll.shift();
      next.resolve();
    }
  }
}
