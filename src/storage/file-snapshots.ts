import { randomBytes } from 'node:crypto';
import { MINUTE } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';

/** Each has 8 bytes a file. */
const MOST_KEPT = 8;
const LIFETIME = 5 * MINUTE;

interface Kept {
  readonly rows: Float64Array;
  usedAt: number;
}

/** Which files a listing had, in order, as row numbers: a page of it costs the same wherever it is, and shifts nowhere. */
export class FileSnapshots {
  /** Least recently used first. */
  readonly #kept = new Map<string, Kept>();

  /** @param now ms @returns its id: who does not know it cannot guess it */
  keep(rows: Float64Array, now: number): string {
    const snapshot = randomBytes(16).toString('base64url');
    this.#kept.set(snapshot, { rows, usedAt: now });
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > MOST_KEPT) this.#kept.delete(oldest);
    return snapshot;
  }

  /** @throws `snapshot-gone` */
  use(snapshot: string, now: number): Float64Array {
    this.forgetUnused(now);
    const kept = this.#kept.get(snapshot);
    if (!kept) throw new SesameError('snapshot-gone', 'this listing has been forgotten: take a new one');
    kept.usedAt = now;
    this.#kept.delete(snapshot);
    this.#kept.set(snapshot, kept);
    return kept.rows;
  }

  /** Gives the memory back of those that nobody has used for a while. */
  forgetUnused(now: number): void {
    for (const [snapshot, { usedAt }] of this.#kept) {
      if (now - usedAt >= LIFETIME) this.#kept.delete(snapshot);
    }
  }
}
