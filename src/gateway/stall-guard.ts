import type { FastifyRequest } from 'fastify';
import { type Clock, SECOND } from '../base/clock.ts';

const CHECK_EVERY = SECOND;
/** What must come or go within the stall time: less is a peer that holds on without getting on. */
const LEAST_BYTES = 16 * 1024;

interface Watched {
  readonly request: FastifyRequest;
  /** Bytes that had come and gone at that time. */
  moved: number;
  since: number;
}

/** Cuts off peers that send a body, or read an answer, so slowly that they only hold on to it. */
export class StallGuard implements Disposable {
  readonly #clock: Clock;
  readonly #stallTime: () => number;
  readonly #watched = new Set<Watched>();
  readonly #timer: NodeJS.Timeout;

  /** @param stallTime ms */
  constructor(clock: Clock, stallTime: () => number) {
    this.#clock = clock;
    this.#stallTime = stallTime;
    this.#timer = setInterval(() => {
      this.check();
    }, CHECK_EVERY);
    this.#timer.unref();
  }

  watch(request: FastifyRequest, over: (listener: () => void) => void): void {
    const watched = { request, moved: movedBy(request), since: this.#clock.monotonic() };
    this.#watched.add(watched);
    over(() => this.#watched.delete(watched));
  }

  check(): void {
    const now = this.#clock.monotonic();
    for (const watched of this.#watched) {
      const { request } = watched;
      // An HTTP/2 session that is gone has no socket, and throws at whoever asks for it.
      if (isGone(request)) {
        this.#watched.delete(watched);
        continue;
      }
      const moved = movedBy(request);
      if (!waitsForPeer(request) || moved - watched.moved >= LEAST_BYTES) {
        watched.moved = moved;
        watched.since = now;
      } else if (now - watched.since >= this.#stallTime()) {
        this.#watched.delete(watched);
        request.raw.destroy();
      }
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function isGone({ raw }: FastifyRequest): boolean {
  const { stream } = raw as { readonly stream?: { readonly destroyed: boolean } };
  return raw.destroyed || stream?.destroyed === true;
}

function movedBy({ raw }: FastifyRequest): number {
  return raw.socket.bytesRead + raw.socket.bytesWritten;
}

/** Whether it is the peer that we wait for, and not the peer for us. */
function waitsForPeer({ raw }: FastifyRequest): boolean {
  const bodyIsDue = !raw.complete && raw.readableLength === 0;
  return bodyIsDue || raw.socket.writableLength > 0;
}
