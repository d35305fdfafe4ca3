import { Thread, threadEntry } from '../base/thread-call.ts';
import type { KeyThreadApi } from './key-thread.ts';

/** Registrations that may wait for key work; one more is refused with `busy`. */
const MAX_PENDING = 256;

/** Key wrapping off the event loop. */
export class KeyWrapper implements AsyncDisposable {
  readonly #thread = new Thread<KeyThreadApi>(threadEntry('key-thread', import.meta.url), {
    maxPending: MAX_PENDING,
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });

  /** Resolves when the thread is loaded. */
  ready(): Promise<void> {
    return this.#thread.ready();
  }

  get death(): Promise<Error> {
    return this.#thread.death;
  }

  /** As `wrapAesKey`; besides @throws `busy` */
  wrap(publicKey: Uint8Array, aesKey: Uint8Array): Promise<Uint8Array> {
    return this.#thread.call('wrap', publicKey, aesKey);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#thread[Symbol.asyncDispose]();
  }
}
