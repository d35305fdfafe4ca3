import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Thread } from '../base/thread-call.ts';
import type { JournalMarks } from './database.ts';
import type { JournalThreadApi } from './journal-thread.ts';

interface CheckpointParts {
  readonly thread: Thread<JournalThreadApi>;
  readonly marks: JournalMarks;
  readonly log: Logger;
}

/** How often it is looked whether there is something to do, and how long the journal rests before that. */
const PERIOD = 1000;
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** How long the ledger may take over a record that is in the journal; a later commit of it is refused. */
const MOST_UNDECIDED = 60_000;

interface Sealed {
  readonly upTo: number;
  readonly since: number;
}

/**
 * Empties the journal when it rests or is large: later records go into a new segment; when all files of the older ones
 * are at their places, the file system is synced, the ledger forgets its marks, and the segments go. In this order: a
 * crash between any two steps costs at most a replay of what stands there already.
 */
export class Checkpoints {
  readonly #parts: CheckpointParts;
  /** Records that were appended, and of which it is not known what the ledger made of them. */
  readonly #undecided = new Set<number>();
  readonly #appends = new Set<Promise<unknown>>();
  /** What must be done before the ledger may forget the records that are there. */
  readonly #followUps = new Set<Promise<unknown>>();
  #lastActivity = performance.now();
  #bytes = 0;
  #sealed: Sealed | undefined;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #setAside = false;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
  }

  /** An append that is under way: when it returns, its records are to be decided upon. */
  async appending(
    append: Promise<readonly (number | null)[]>,
    bytes: number,
  ): Promise<readonly (number | null)[]> {
    this.#bytes += bytes;
    this.touch();
    const noted = append.then((records) => {
      for (const record of records) if (record !== null) this.#undecided.add(record);
      return records;
    });
    this.#appends.add(noted);
    try {
      return await noted;
    } finally {
      this.#appends.delete(noted);
    }
  }

  /** The ledger has committed it, or never will. */
  decided(record: number): void {
    this.#undecided.delete(record);
  }

  /** Work that a replay of the records appended so far would do again. Never rejects. */
  followUp(work: Promise<unknown>): void {
    this.#followUps.add(work);
    void work.then(() => this.#followUps.delete(work));
  }

  async followUpsDone(): Promise<void> {
    await Promise.all(this.#followUps);
  }

  /** The journal is being used. */
  touch(): void {
    this.#lastActivity = performance.now();
    this.#schedule();
  }

  /**
   * One checkpoint now; what cannot be done now is done later.
   *
   * @param setAside the segments stay, under another name, for somebody to look at
   */
  async run(setAside: boolean): Promise<void> {
    this.#setAside = setAside;
    await this.#seal();
    if (!(await this.#finish())) this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#timer || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#look();
    }, PERIOD);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      const rests = performance.now() - this.#lastActivity >= PERIOD;
      if (!this.#sealed && (rests || this.#bytes >= SEGMENT_BYTES)) await this.#seal();
      const isEmpty = (await this.#finish()) && this.#bytes === 0;
      if (!isEmpty) this.#schedule();
    } catch (error) {
      this.#parts.log.warning('cannot empty the journal, will try again', { why: messageOf(error) });
      this.#schedule();
    }
  }

  async #seal(): Promise<void> {
    this.#bytes = 0;
    const upTo = await this.#parts.thread.call('seal');
    // What was on its way into a segment that is sealed now counts too.
    await Promise.allSettled(this.#appends);
    if (upTo > 0) this.#sealed = { upTo, since: performance.now() };
  }

  /** @returns whether no sealed segment is left */
  async #finish(): Promise<boolean> {
    const sealed = this.#sealed;
    if (!sealed) return true;
    const { thread, marks, log } = this.#parts;
    const { upTo, since } = sealed;
    const isDecided = performance.now() - since > MOST_UNDECIDED || !this.#hasUndecided(upTo);
    if (!isDecided) return false;
    if (!(await thread.call('allPlaced', await marks.close(upTo)))) return false;
    // Also what was asked for since they were sealed: as long as some were not placed, it may be about them.
    await this.followUpsDone();
    if ((await thread.call('sync')) === 'failed') {
      // Only writing all of it again could help, which the next start does.
      this.#stopped = true;
      log.critical('the disk failed; the journal is kept until the next start', { upTo });
      return false;
    }
    await marks.forget(upTo);
    await thread.call('drop', upTo, this.#setAside);
    this.#setAside = false;
    for (const record of this.#undecided) if (record <= upTo) this.#undecided.delete(record);
    this.#sealed = undefined;
    return true;
  }

  #hasUndecided(upTo: number): boolean {
    for (const record of this.#undecided) if (record <= upTo) return true;
    return false;
  }
}
