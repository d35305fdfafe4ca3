import { SesameError } from '../base/errors.ts';
import type { RequestBody } from '../transfer/ports.ts';

type Consume = (chunk: Uint8Array) => Promise<void> | undefined;

interface Reader {
  readonly consume: Consume;
  done(): void;
  fail(error: unknown): void;
}

/**
 * The body of one request, between the connection that delivers chunks and the handler that pipes them somewhere. While
 * nobody pipes, or the consumer wants to wait, the connection does not read.
 */
export class RequestStream implements RequestBody {
  readonly length: number;
  readonly #onReaderChange: () => void;
  #left: number;
  #reader: Reader | undefined;
  #failure: Error | undefined;
  #claimed = false;

  /** @param onReaderChange called when a consumer came or went */
  constructor(length: number, onReaderChange: () => void) {
    this.length = length;
    this.#left = length;
    this.#onReaderChange = onReaderChange;
  }

  get left(): number {
    return this.#left;
  }

  /** Whether the handler has asked for it: then it knows whose it is. */
  get claimed(): boolean {
    return this.#claimed;
  }

  /** Whether somebody takes it right now. */
  get wanted(): boolean {
    return this.#reader !== undefined;
  }

  async pipe(consume: Consume, signal: AbortSignal): Promise<void> {
    this.#claimed = true;
    await this.#read(consume, signal);
  }

  /** Takes what is left, or comes, for nothing. */
  async discard(): Promise<void> {
    await this.#read(() => undefined, new AbortController().signal).catch(() => undefined);
  }

  async #read(consume: Consume, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#failure) throw this.#failure;
    if (this.#left === 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const reader: Reader = {
      consume,
      done: () => {
        resolve(undefined);
      },
      fail: reject,
    };
    const onAbort = (): void => {
      reader.fail(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#reader = reader;
    this.#onReaderChange();
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#reader = undefined;
      this.#onReaderChange();
    }
  }

  /**
   * The connection has a chunk. Call only while `wanted`.
   *
   * @returns a promise where it must wait, and leave the chunk as it is, before the next
   */
  deliver(chunk: Uint8Array): Promise<void> | undefined {
    const reader = this.#reader;
    if (!reader) throw new RangeError('nobody wants this chunk');
    this.#left -= chunk.byteLength;
    let waiting: Promise<void> | undefined;
    try {
      waiting = reader.consume(chunk);
    } catch (error) {
      reader.fail(error);
      return undefined;
    }
    if (!waiting) {
      if (this.#left === 0) reader.done();
      return undefined;
    }
    return waiting.then(
      () => {
        if (this.#left === 0) reader.done();
      },
      (error: unknown) => {
        reader.fail(error);
      },
    );
  }

  /** No more will come. */
  cut(): void {
    if (this.#left === 0) return;
    this.#failure = new SesameError('truncated', 'the connection ended within a file');
    this.#reader?.fail(this.#failure);
  }
}
