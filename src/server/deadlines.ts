import { LIMITS } from './limits.ts';

/**
 * What the server is waiting for from this peer.
 * `nothing`: the server works itself, no clock runs against the peer.
 */
export type Waiting = 'rest' | 'header' | 'payload' | 'body' | 'answers-read' | 'closing' | 'nothing';

/** The deadlines of one connection, as a state machine with the time passed in (ms, monotonic). */
export class Deadlines {
  readonly #rest: number;
  #waiting: Waiting = 'rest';
  #since: number;
  #bodySince = 0;
  #windowSince = 0;
  #windowBytes = 0;

  /** @param rest how long a connection may rest between requests, ms */
  constructor(now: number, rest: number = LIMITS.rest) {
    this.#since = now;
    this.#rest = rest;
  }

  get waiting(): Waiting {
    return this.#waiting;
  }

  /** Going on waiting for the same thing does not start its clock again. */
  waitFor(waiting: Waiting, now: number): void {
    if (waiting === this.#waiting) return;
    this.#waiting = waiting;
    this.#since = now;
    this.#windowSince = now;
  }

  /** A new body begins; how often the server itself makes it wait does not give it more time in all. */
  startBody(now: number): void {
    this.#bodySince = now;
    this.#windowBytes = 0;
  }

  /** Bytes of a body have come. */
  progress(bytes: number): void {
    this.#windowBytes += bytes;
  }

  /** @returns what the peer failed to do in time, for the log */
  expired(now: number): string | undefined {
    const waited = now - this.#since;
    switch (this.#waiting) {
      case 'nothing':
        return undefined;
      case 'rest':
        return waited > this.#rest ? 'no request' : undefined;
      case 'header':
        return waited > LIMITS.header ? 'header not complete' : undefined;
      case 'payload':
        return waited > LIMITS.payload ? 'payload not complete' : undefined;
      case 'answers-read':
        return waited > LIMITS.unreadAnswers ? 'answers not read' : undefined;
      case 'closing':
        return waited > LIMITS.lingering ? 'did not close' : undefined;
      case 'body':
        return now - this.#bodySince > LIMITS.body ? 'file not complete' : this.#stalled(now);
    }
  }

  #stalled(now: number): string | undefined {
    if (now - this.#windowSince <= LIMITS.progressWindow) return undefined;
    if (this.#windowBytes < LIMITS.progressBytes) return 'file too slow';
    this.#windowSince = now;
    this.#windowBytes = 0;
    return undefined;
  }
}
