import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import type { PolicyBook } from './policy-book.ts';
import type { RowId } from './ports.ts';
import { TokenBucket } from './token-bucket.ts';

/** Whose content it is. */
export interface Sender {
  readonly row: RowId;
  readonly name: string;
}

type Take = (slice: Uint8Array) => Promise<void> | undefined;

/** Buckets that are looked through for those that nobody needs. */
const MANY_BUCKETS = 1000;

interface KeeperParts {
  readonly policies: Pick<PolicyBook, 'limitsOf'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Waits, ms; at once where the signal is, or becomes, aborted. Never throws. */
  readonly wait?: (time: number, signal: AbortSignal) => Promise<void>;
}

/** Takes content as fast as the policies of its client allow, on all of its connections together (FLEET.md 2, Rate). */
export class RateKeeper {
  readonly #parts: Required<KeeperParts>;
  readonly #buckets = new Map<RowId, TokenBucket>();

  constructor(parts: KeeperParts) {
    this.#parts = { wait: waited, ...parts };
  }

  /** Whether a client is held to a rate at this moment. */
  holds({ name }: Sender): boolean {
    return this.#parts.policies.limitsOf(name).maxRate !== Infinity;
  }

  /**
   * Gives a chunk on, in slices of at most half a second of the rate.
   *
   * @param signal ends the waiting; what is left of the chunk is then wanted by nobody
   * @returns a promise where the caller must wait, and leave the chunk as it is, before it gives more
   */
  pour(sender: Sender, chunk: Uint8Array, signal: AbortSignal, take: Take): Promise<void> | undefined {
    return this.holds(sender) ? this.#pourSlowly(sender, chunk, signal, take) : take(chunk);
  }

  /**
   * Resolves when so many bytes are within the rate.
   *
   * @param onPassed told of each part of them as it is
   */
  async pass(
    sender: Sender,
    bytes: number,
    signal: AbortSignal,
    onPassed: (bytes: number) => void,
  ): Promise<void> {
    for (let passed = 0; passed < bytes && !signal.aborted;) {
      const part = Math.min(bytes - passed, this.#most(sender));
      await this.#waitFor(sender, part, signal);
      passed += part;
      onPassed(part);
    }
  }

  async #pourSlowly(sender: Sender, chunk: Uint8Array, signal: AbortSignal, take: Take): Promise<void> {
    for (let at = 0; at < chunk.byteLength && !signal.aborted;) {
      const slice = chunk.subarray(at, at + this.#most(sender));
      const isWanted = await this.#waitFor(sender, slice.byteLength, signal);
      if (isWanted) await take(slice);
      at += slice.byteLength;
    }
  }

  /** What may be waited for at once: somebody wants to see that it goes on. */
  #most({ name }: Sender): number {
    const { maxRate } = this.#parts.policies.limitsOf(name);
    return maxRate === Infinity ? Infinity : Math.max(1, Math.floor(maxRate / 2));
  }

  /** @returns false where nobody wants them any more */
  async #waitFor(sender: Sender, bytes: number, signal: AbortSignal): Promise<boolean> {
    const bucket = this.#bucketOf(sender);
    const time = bucket?.take(bytes, this.#parts.clock.monotonic()) ?? 0;
    if (time > 0) await this.#parts.wait(time, signal);
    if (signal.aborted) bucket?.giveBack(bytes);
    return !signal.aborted;
  }

  /** @returns undefined where there is no rate, or no longer */
  #bucketOf({ row, name }: Sender): TokenBucket | undefined {
    const { maxRate } = this.#parts.policies.limitsOf(name);
    const now = this.#parts.clock.monotonic();
    const known = this.#buckets.get(row);
    if (maxRate === Infinity) {
      this.#buckets.delete(row);
      return undefined;
    }
    if (known) {
      known.setRate(maxRate, now);
      return known;
    }
    if (this.#buckets.size >= MANY_BUCKETS) this.#forgetFull(now);
    const bucket = new TokenBucket(maxRate, now);
    this.#buckets.set(row, bucket);
    return bucket;
  }

  #forgetFull(now: number): void {
    for (const [row, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(row);
  }
}

async function waited(time: number, signal: AbortSignal): Promise<void> {
  await sleep(time, undefined, { signal, ref: false }).catch(() => undefined);
}
