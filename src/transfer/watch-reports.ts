import { type Clock, SECOND } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { RowId } from './ports.ts';
import type { DatedWatchReport, ReportingClient, WatchReport, WatchReportStore } from './watch-ports.ts';

/** Between two writes for one client, ms: whoever tells more often costs no more. */
const REST = 5 * SECOND;

interface Told {
  readonly client: ReportingClient;
  readonly report: DatedWatchReport;
}

interface Resting {
  readonly timer: NodeJS.Timeout;
  /** The newest that came in the meantime. */
  next?: Told;
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
  async take({ row, id }: ReportingClient, report: WatchReport): Promise<void> {
    const told = { client: { row, id }, report: { ...report, reportedAt: this.#clock.now() } };
    const resting = this.#resting.get(row);
    if (resting) {
      resting.next = told;
      return;
    }
    this.#rest(row);
    await this.#store.save(told.client, told.report);
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
  async #save(told: Told | undefined): Promise<void> {
    if (!told) return;
    try {
      await this.#store.save(told.client, told.report);
    } catch (error) {
      this.#log.error('cannot keep what a client has waiting', { why: messageOf(error) });
    }
  }
}
