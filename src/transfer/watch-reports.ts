import { type Clock, SECOND } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { RowId } from './ports.ts';
import type { StoredWatchReport, WatchReport, WatchReportStore } from './watch-ports.ts';

/** Between two writes for one client, ms: whoever tells more often costs no more. */
const REST = 5 * SECOND;

interface Resting {
  readonly timer: NodeJS.Timeout;
  /** The newest that came in the meantime. */
  next?: StoredWatchReport;
}

/**
 * Keeps what watchers tell of their outboxes. The first report of a client is in the store before it is answered; of those
 * that follow within seconds the last one wins, and is written when these are over. Dispose of it to have all written.
 */
export class WatchReports implements AsyncDisposable {
  readonly #store: WatchReportStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #resting = new Map<RowId, Resting>();

  constructor(parts: { readonly store: WatchReportStore; readonly clock: Clock; readonly log: Logger }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** @throws `storage-failed`; `disk-full` */
  async take(clientRow: RowId, report: WatchReport): Promise<void> {
    const stored = { ...report, clientRow, reportedAt: this.#clock.now() };
    const resting = this.#resting.get(clientRow);
    if (resting) {
      resting.next = stored;
      return;
    }
    this.#rest(clientRow);
    await this.#store.save(stored);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = Array.from(this.#resting.values());
    this.#resting.clear();
    for (const { timer } of all) clearTimeout(timer);
    await Promise.all(all.map(({ next }) => this.#save(next)));
  }

  #rest(clientRow: RowId): void {
    const timer = setTimeout(() => {
      const next = this.#resting.get(clientRow)?.next;
      this.#resting.delete(clientRow);
      if (!next) return;
      this.#rest(clientRow);
      void this.#save(next);
    }, REST);
    timer.unref();
    this.#resting.set(clientRow, { timer });
  }

  /** Its client has its answer already: what fails is for the log, and the next report says more. */
  async #save(report: StoredWatchReport | undefined): Promise<void> {
    if (!report) return;
    try {
      await this.#store.save(report);
    } catch (error) {
      this.#log.error('cannot keep what a client has waiting', { why: messageOf(error) });
    }
  }
}
