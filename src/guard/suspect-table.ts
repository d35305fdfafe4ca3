import { HIGHEST_SCORE, type GuardRules, type Suspect } from './suspect.ts';

/** How many are looked at for one that can make room: a full table must not cost a flood's victim its time. */
const LOOKED_AT = 64;

/**
 * Suspects of one kind, a bounded number of them. Where it is full, one of those that were heard of longest ago makes
 * room: the lowest score, and where all of them are blocked, the block that ends first.
 */
export class SuspectTable {
  readonly #size: number;
  readonly #rules: GuardRules;
  /** In the order in which they were heard of last. */
  readonly #suspects = new Map<string, Suspect>();

  constructor(size: number, rules: GuardRules) {
    this.#size = size;
    this.#rules = rules;
  }

  get size(): number {
    return this.#suspects.size;
  }

  get(who: string): Suspect | undefined {
    return this.#suspects.get(who);
  }

  entries(): Iterable<[string, Suspect]> {
    return this.#suspects.entries();
  }

  /** @returns who had to make room, if anybody had to */
  put(who: string, suspect: Suspect, now: number): string | undefined {
    const madeRoom = this.#suspects.has(who) ? undefined : this.#makeRoom(now);
    this.#suspects.delete(who);
    this.#suspects.set(who, suspect);
    return madeRoom;
  }

  delete(who: string): boolean {
    return this.#suspects.delete(who);
  }

  #makeRoom(now: number): string | undefined {
    if (this.#suspects.size < this.#size) return undefined;
    let leaving: { readonly who: string; readonly rank: number } | undefined;
    for (const [who, suspect] of this.#suspects.entries().take(LOOKED_AT)) {
      const block = suspect.blockAt(now);
      const rank = block ? HIGHEST_SCORE + (block.until - now) : suspect.scoreAt(now, this.#rules);
      if (!leaving || rank < leaving.rank) leaving = { who, rank };
    }
    if (leaving) this.#suspects.delete(leaving.who);
    return leaving?.who;
  }
}
