// Bodies of requests as a connection would deliver them.
import { SesameError } from '../../src/base/errors.ts';
import type { RequestBody } from '../../src/transfer/ports.ts';

type Consume = Parameters<RequestBody['pipe']>[0];

/** All of it, in chunks. */
export function bodyOf(bytes: Uint8Array, chunkSize = 64 * 1024): RequestBody {
  return {
    length: bytes.byteLength,
    pipe: async (consume, signal) => {
      signal.throwIfAborted();
      for (let at = 0; at < bytes.byteLength; at += chunkSize) {
        await consume(bytes.subarray(at, at + chunkSize));
        signal.throwIfAborted();
      }
    },
  };
}

/** A body whose connection ends within it. */
export function cutBody(bytes: Uint8Array, length: number): RequestBody {
  return {
    length,
    pipe: async (consume, signal) => {
      await bodyOf(bytes).pipe(consume, signal);
      throw new SesameError('truncated', 'the connection ended within a file');
    },
  };
}

/** The same, and a promise that settles when all of it has been taken. */
export function watchedBody(bytes: Uint8Array): {
  readonly body: RequestBody;
  readonly taken: Promise<void>;
} {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const body = bodyOf(bytes);
  return {
    body: {
      length: body.length,
      pipe: async (consume, signal) => {
        await body.pipe(consume, signal);
        resolve(undefined);
      },
    },
    taken: promise,
  };
}

/** A body that goes on when a test says so. */
export class HeldBody implements RequestBody {
  readonly length: number;
  /** Settles when its first bytes have been taken. */
  readonly started: Promise<void>;
  readonly #bytes: Uint8Array;
  readonly #held = Promise.withResolvers<undefined>();
  readonly #starting = Promise.withResolvers<undefined>();

  constructor(bytes: Uint8Array) {
    this.length = bytes.byteLength;
    this.#bytes = bytes;
    this.started = this.#starting.promise;
  }

  goOn(): void {
    this.#held.resolve(undefined);
  }

  async pipe(consume: Consume, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await consume(this.#bytes.subarray(0, 1));
    this.#starting.resolve(undefined);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
    await Promise.race([this.#held.promise, aborted]);
    await consume(this.#bytes.subarray(1));
  }
}
