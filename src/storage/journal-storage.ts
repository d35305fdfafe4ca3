import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Moved, Thread, threadEntry, type ObserveCall } from '../base/thread-call.ts';
import type { PlacedFile, Placement, SmallFile, SmallFileJournal } from '../transfer/upload-ports.ts';
import { BlockPool } from './block-pool.ts';
import { Checkpoints } from './checkpoints.ts';
import type { JournalMarks } from './database.ts';
import { RECORD_HEADER_BYTES } from './journal-record.ts';
import type { JournalFolders, JournalThreadApi } from './journal-thread.ts';
import { packPlacements } from './packed-placements.ts';
import type { Placed } from './placer.ts';
import { JOURNAL_BLOCK_BYTES } from './segments.ts';
import { Unplaced } from './unplaced.ts';

interface JournalParts {
  readonly folders: JournalFolders;
  readonly marks: JournalMarks;
  readonly log: Logger;
  /** What cannot be placed is tried again after so many ms. */
  readonly retryAfter?: number;
  /** Told of each call to the thread, and what it took. */
  readonly observe?: ObserveCall | undefined;
}

/** 4 MiB of blocks on their way to the thread. */
const BLOCKS = 16;
const RETRY_AFTER = 3000;
/** Placements per call: others get their turn in between. */
const MOST_AT_ONCE = 256;

/** The write-ahead journal for small files and its thread. */
export class JournalStorage implements SmallFileJournal, AsyncDisposable {
  readonly #thread: Thread<JournalThreadApi>;
  readonly #marks: JournalMarks;
  readonly #log: Logger;
  readonly #pool = new BlockPool(BLOCKS, JOURNAL_BLOCK_BYTES);
  readonly #unplaced = new Unplaced();
  readonly #checkpoints: Checkpoints;
  readonly #retryAfter: number;
  /** Records that could not be placed. */
  readonly #stuck = new Set<number>();
  #retry: NodeJS.Timeout | undefined;

  constructor({ folders, marks, log, retryAfter = RETRY_AFTER, observe }: JournalParts) {
    const { journal, files, incoming } = folders;
    this.#thread = new Thread<JournalThreadApi>(threadEntry('journal-thread', import.meta.url), {
      workerData: { journal, files, incoming } satisfies JournalFolders,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
      observe,
    });
    this.#marks = marks;
    this.#log = log;
    this.#retryAfter = retryAfter;
    this.#checkpoints = new Checkpoints({ thread: this.#thread, marks, log });
  }

  /** Resolves when the thread is loaded. */
  async ready(): Promise<void> {
    await this.#thread.ready();
  }

  get death(): Promise<Error> {
    return this.#thread.death;
  }

  async append(files: readonly SmallFile[]): Promise<readonly (number | null)[]> {
    const appends = groups(files.filter(isWhole)).map((group) => this.#appendBlock(group));
    // All of them have ended, well or not, before any of their records is reported or given up.
    const settled = await Promise.allSettled(appends);
    const numbers = settled.flatMap((append) => (append.status === 'fulfilled' ? append.value : []));
    const failure = settled.find((append) => append.status === 'rejected');
    if (failure) {
      for (const record of numbers) if (record !== null) this.#checkpoints.decided(record);
      throw failure.reason;
    }
    const next = numbers.values();
    return files.map((file) => (isWhole(file) ? (next.next().value ?? null) : null));
  }

  async place(files: readonly Placement[]): Promise<void> {
    for (const file of files) {
      this.#unplaced.add(file);
      this.#checkpoints.decided(file.record);
    }
    this.#checkpoints.touch();
    const parts: Promise<void>[] = [];
    for (let start = 0; start < files.length; start += MOST_AT_ONCE) {
      parts.push(this.#placePart(files.slice(start, start + MOST_AT_ONCE)));
    }
    await Promise.all(parts);
  }

  async settled(clientName: string, path: string): Promise<void> {
    await this.#unplaced.settled(`${clientName}/${path}`);
  }

  afterPlacing(task: () => Promise<void>): void {
    const placed = this.#unplaced.all();
    if (!placed) return;
    const done = placed.then(task).catch((error: unknown) => {
      this.#log.error('what was to be done behind files from the journal failed', { why: messageOf(error) });
    });
    this.#checkpoints.followUp(done);
  }

  async replay(restore: (files: readonly PlacedFile[]) => Promise<void>): Promise<void> {
    const files = await this.#marks.list();
    const [moves, highest] = [await this.#marks.listMoves(), await this.#marks.highest()];
    const plan = await this.#thread.call('recover', files, moves, highest);
    const placements: Placement[] = [];
    let lost = 0;
    files.forEach((file, index) => {
      const recovery = plan[index];
      const { record, clientName, mtime, mode, path } = file;
      if (recovery?.action === 'place') {
        placements.push({ record, clientName, path: recovery.path, mtime, mode, keepAs: null });
      } else if (recovery?.action !== 'nothing') {
        lost += 1;
        this.#log.critical('a stored file is lost: the journal is damaged', { client: clientName, path });
      }
    });
    await this.place(placements);
    if (placements.length > 0) this.#log.info('placed files from the journal', { files: placements.length });
    await restore(files);
    this.afterPlacing(() => restore(files));
    await this.#checkpoints.run(lost > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#retry);
    await this.#checkpoints.stop();
    // Placements that were begun are carried out before this, and then what was to be done behind them.
    await this.#thread.call('place', packPlacements([])).catch(() => undefined);
    if (this.#unplaced.isEmpty) await this.#checkpoints.followUpsDone();
    await this.#thread[Symbol.asyncDispose]();
  }

  async #appendBlock(files: readonly SmallFile[]): Promise<readonly (number | null)[]> {
    const block = await this.#pool.acquire();
    try {
      const digests = new Uint8Array(files.length * 32);
      let end = 0;
      files.forEach(({ content, sha256 }, index) => {
        new Uint8Array(block, end + RECORD_HEADER_BYTES, content.byteLength).set(content);
        digests.set(sha256, index * 32);
        end += RECORD_HEADER_BYTES + content.byteLength;
      });
      const lengths = Uint32Array.from(files, ({ content }) => content.byteLength);
      const append = this.#thread.call('append', new Moved({ block, lengths, digests }, [block]));
      const records = append.then(({ block: back, numbers }) => {
        this.#pool.release(back);
        return Array.from(numbers, (number) => (Number.isNaN(number) ? null : number));
      });
      return await this.#checkpoints.appending(records, end);
    } catch (error) {
      this.#pool.lose();
      throw error;
    }
  }

  async #placePart(files: readonly Placement[]): Promise<void> {
    const placed = await this.#thread.call('place', packPlacements(files));
    this.#note(
      files.map(({ record }) => record),
      placed,
    );
  }

  #note(tried: readonly number[], { stuck, why }: Placed): void {
    const waits = new Set(stuck);
    for (const record of tried) {
      if (waits.has(record)) this.#stuck.add(record);
      else {
        this.#stuck.delete(record);
        this.#unplaced.remove(record);
      }
    }
    if (stuck.length === 0) return;
    this.#log.error('files wait in the journal for their places', {
      ...{ files: this.#stuck.size, why: why ?? 'they stand behind others' },
    });
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      void this.#tryAgain();
    }, this.#retryAfter).unref();
  }

  async #tryAgain(): Promise<void> {
    const tried = [...this.#stuck];
    try {
      this.#note(tried, await this.#thread.call('retry'));
    } catch (error) {
      this.#log.error('cannot place files from the journal', { why: messageOf(error) });
    }
  }
}

function isWhole({ size, content }: SmallFile): boolean {
  return size === content.byteLength;
}

/** In order, as many to a group as fit into a block. */
function groups(files: readonly SmallFile[]): SmallFile[][] {
  const all: SmallFile[][] = [];
  let group: SmallFile[] = [];
  let room = 0;
  for (const file of files) {
    const bytes = RECORD_HEADER_BYTES + file.content.byteLength;
    if (bytes > JOURNAL_BLOCK_BYTES) throw new SesameError('too-large', 'no small file');
    if (bytes > room) {
      group = [];
      room = JOURNAL_BLOCK_BYTES;
      all.push(group);
    }
    group.push(file);
    room -= bytes;
  }
  return all;
}
