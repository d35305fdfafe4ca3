import { type Clock, MINUTE } from '../base/clock.ts';
import type { MachineRegistrar } from '../transfer/machine-registrar.ts';
import type { JoinNews } from './api-types.ts';

interface WatchParts {
  readonly registrar: Pick<MachineRegistrar, 'queue' | 'fleet'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Knows how many machines wait for the operator: counted anew when there is news, and now and then, for requests expire. */
export class JoinWatch {
  readonly #parts: WatchParts;
  #newest: JoinNews | undefined;
  #countedAt = 0;
  #counting = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Undefined until it has been counted once. */
  get newest(): JoinNews | undefined {
    return this.#newest;
  }

  /** Starts counting where that is due. A database that fails is asked again at the next look. */
  look(): void {
    const { registrar, clock } = this.#parts;
    const change = registrar.queue.changes + registrar.fleet.changes;
    const now = clock.monotonic();
    const isDue = this.#newest?.change !== change || now - this.#countedAt >= MINUTE;
    if (this.#counting || !isDue) return;
    this.#counting = true;
    registrar.queue
      .list()
      .then((requests) => {
        this.#newest = { waiting: requests.filter(({ deniedAt }) => deniedAt === null).length, change };
        this.#countedAt = now;
      })
      .catch(() => undefined)
      .finally(() => (this.#counting = false));
  }
}
