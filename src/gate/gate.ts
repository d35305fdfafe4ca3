import { isLoopback, plainAddress } from '../base/addresses.ts';
import type { Clock } from '../base/clock.ts';

/** How many addresses may be let in at once: each was opened by a key of ours or by an operator. */
const MAX_OPENINGS = 10_000;

/** An address that is let in. */
export interface Opening {
  readonly address: string;
  /** `client NAME`, `join line NAME`, `word`, `operator`, or `operator NAME`. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Monotonic ms. */
  readonly until: number;
}

interface GateOptions {
  /** Who needs no knock; loopback never does. */
  readonly isAllowed: (address: string) => boolean;
  readonly clock: Clock;
}

/** Which addresses are let in, and until when (GATE.md 1). A state machine: it does nothing by itself. */
export class Gate {
  readonly #options: GateOptions;
  /** The oldest opening first. */
  readonly #openings = new Map<string, Opening>();
  /** Connections that were not let in. */
  refused = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Whether a new connection from there is let in. */
  admits(address: string): boolean {
    const plain = plainAddress(address);
    if (isLoopback(plain) || this.#options.isAllowed(plain)) return true;
    const opening = this.#openings.get(plain);
    if (opening && opening.until > this.#options.clock.monotonic()) return true;
    this.refused += 1;
    return false;
  }

  /** How long an address is let in yet, ms; 0 where it is not. */
  leftFor(address: string): number {
    const until = this.#openings.get(plainAddress(address))?.until ?? 0;
    return Math.max(0, until - this.#options.clock.monotonic());
  }

  /** From now on, for so long, ms. Never for less than it was before. */
  open(address: string, time: number, by: string): Opening {
    const { clock } = this.#options;
    this.#forgetEnded();
    const plain = plainAddress(address);
    const until = clock.monotonic() + Math.max(time, this.leftFor(plain));
    const opening = { address: plain, by, since: clock.now(), until };
    this.#openings.delete(plain);
    this.#openings.set(plain, opening);
    const [oldest] = this.#openings.keys();
    if (this.#openings.size > MAX_OPENINGS && oldest !== undefined) this.#openings.delete(oldest);
    return opening;
  }

  /** @returns whether it was open */
  close(address: string): boolean {
    this.#forgetEnded();
    return this.#openings.delete(plainAddress(address));
  }

  list(): readonly Opening[] {
    this.#forgetEnded();
    return Array.from(this.#openings.values());
  }

  #forgetEnded(): void {
    const now = this.#options.clock.monotonic();
    for (const [address, { until }] of this.#openings) if (until <= now) this.#openings.delete(address);
  }
}
