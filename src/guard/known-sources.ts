import { DAY, SECOND } from '../base/clock.ts';
import type { Subject } from './subject.ts';

/** For how long it is remembered that a client came from somewhere. */
const REMEMBERED = DAY;
/** Connections from a blocked source that clients come from: at once, and then in a second. */
const BURST = 60;
const PER_SECOND = 30;

interface KnownSource {
  until: number;
  tries: number;
  triedAt: number;
}

/**
 * Sources from which clients have proved their keys. Where one of them is blocked for what a neighbour did, clients may
 * still try, so often: a handshake each, and in is who has a key that is known. Time is passed in, monotonic ms.
 */
export class KnownSources {
  readonly #size: number;
  /** Those that were heard of longest ago first. */
  readonly #sources = new Map<Subject, KnownSource>();

  constructor(size: number) {
    this.#size = size;
  }

  note(source: Subject, now: number): void {
    const known = this.#sources.get(source) ?? { until: 0, tries: BURST, triedAt: now };
    this.#sources.delete(source);
    this.#sources.set(source, { ...known, until: now + REMEMBERED });
    const [oldest] = this.#sources.keys();
    if (this.#sources.size > this.#size && oldest !== undefined) this.#sources.delete(oldest);
  }

  /** Whether one more may try from there, which is counted. */
  mayTry(source: Subject, now: number): boolean {
    const known = this.#sources.get(source);
    if (!known || known.until <= now) return false;
    const regained = (Math.max(0, now - known.triedAt) / SECOND) * PER_SECOND;
    known.tries = Math.min(BURST, known.tries + regained);
    known.triedAt = now;
    if (known.tries < 1) return false;
    known.tries -= 1;
    return true;
  }
}
