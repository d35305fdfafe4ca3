import type { Placement } from '../transfer/upload-ports.ts';
import { placesOf } from './packed-placements.ts';

/** The files that are committed and not yet at their places, and who waits for that. */
export class Unplaced {
  /** How many files wait for a place. */
  readonly #places = new Map<string, number>();
  readonly #byRecord = new Map<number, Placement>();
  readonly #waiting = new Map<string, (() => void)[]>();

  add(placement: Placement): void {
    this.#byRecord.set(placement.record, placement);
    for (const place of placesOf(placement)) this.#places.set(place, (this.#places.get(place) ?? 0) + 1);
  }

  remove(record: number): void {
    const placement = this.#byRecord.get(record);
    this.#byRecord.delete(record);
    for (const place of placement ? placesOf(placement) : []) {
      const left = (this.#places.get(place) ?? 0) - 1;
      if (left > 0) this.#places.set(place, left);
      else this.#settle(place);
    }
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
}
