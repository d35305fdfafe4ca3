import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Thread, threadEntry } from '../base/thread-call.ts';
import type { Placement, SmallFile, SmallFileJournal } from '../transfer/upload-ports.ts';
import { BLOCK_BYTES, BlockPool } from './block-pool.ts';
import { Checkpoints } from './checkpoints.ts';
import type { JournalMarks } from './database.ts';
import { RECORD_HEADER_BYTES } from './journal-record.ts';
import type { JournalFolders, JournalThreadApi } from './journal-thread.ts';
import { packPlacements } from './packed-placements.ts';
import { Unplaced } from './unplaced.ts';

interface JournalParts {
  readonly folders: JournalFolders;
  readonly marks: JournalMarks;
  readonly log: Logger;
}

/** 4 MiB of blocks on their way to the thread. */
const BLOCKS = 16;
/** What cannot be placed is tried again so often, in ms. */
const RETRY = 3000;
/** Placements per call: others get their turn in between. */
const MOST_AT_ONCE = 256;

/** The write-ahead journal for small files and its thread. */
export class JournalStorage implements SmallFileJournal, AsyncDisposable {
  readonly #thread: Thread<JournalThreadApi>;
  readonly #marks: JournalMarks;
  readonly #log: Logger;
  readonly #pool = new BlockPool(BLOCKS);
  readonly #unplaced = new Unplaced();
  readonly #checkpoints: Checkpoints;
  #retry: NodeJS.Timeout | undefined;

  constructor({ folders, marks, log }: JournalParts) {
    const { journal, files, incoming } = folders;
    this.#thread = new Thread<JournalThreadApi>(threadEntry('journal-thread', import.meta.url), {
      workerData: { journal, files, incoming } satisfies JournalFolders,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#marks = marks;
    this.#log = log;
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
    const right = files.filter(({ size, content }) => size === content.byteLength);
    const appends = groups(right).map((group) => this.#appendBlock(group));
    // All of them have ended, well or not, before any of their records is reported or given up.
    const settled = await Promise.allSettled(appends);
    const failure = settled.find((append) => append.status === 'rejected');
    if (failure) throw failure.reason;
    const numbers = settled.flatMap((append) => (append.status === 'fulfilled' ? append.value : []));
    const numberOf = new Map(right.map((file, index) => [file, numbers[index] ?? null]));
    return files.map((file) => numberOf.get(file) ?? null);
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

  async replay(): Promise<void> {
    const files = await this.#marks.list();
    const plan = await this.#thread.call('recover', files, await this.#marks.listMoves());
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
    await this.#checkpoints.run(lost > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#retry);
    await this.#checkpoints.stop();
    // Placements that were begun are carried out before this.
    await this.#thread.ready().catch(() => undefined);
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
      const append = this.#thread.call('append', block, lengths, digests);
      const records = append.then((numbers) => Array.from(numbers, (n) => (Number.isNaN(n) ? null : n)));
      this.#checkpoints.appending(
        records.then((numbers) => numbers.filter((n) => n !== null)),
        end,
      );
      return await records;
    } finally {
      this.#pool.release(block);
    }
  }

  async #placePart(files: readonly Placement[]): Promise<void> {
    const { stuckRecords, why } = await this.#thread.call('place', packPlacements(files));
    const stuck = new Set(stuckRecords);
    for (const { record } of files) if (!stuck.has(record)) this.#unplaced.remove(record);
    if (stuck.size > 0) this.#stuck(stuck.size, why);
  }

  #stuck(files: number, why: string | null): void {
    this.#log.error('files wait in the journal for their places', {
      files,
      why: why ?? 'behind one another',
    });
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      void this.#tryAgain();
    }, RETRY).unref();
  }

  async #tryAgain(): Promise<void> {
    try {
      const { records, stuck, why } = await this.#thread.call('retry');
      for (const record of records) this.#unplaced.remove(record);
      if (stuck > 0) this.#stuck(stuck, why);
    } catch (error) {
      this.#log.error('cannot place files from the journal', { why: messageOf(error) });
    }
  }
}

/** In order, as many to a group as fit into a block. */
function groups(files: readonly SmallFile[]): SmallFile[][] {
  const all: SmallFile[][] = [];
  let group: SmallFile[] = [];
  let room = 0;
  for (const file of files) {
    const bytes = RECORD_HEADER_BYTES + file.content.byteLength;
    if (bytes > BLOCK_BYTES) throw new SesameError('too-large', 'no small file');
    if (bytes > room) {
      group = [];
      room = BLOCK_BYTES;
      all.push(group);
    }
    group.push(file);
    room -= bytes;
  }
  return all;
}
