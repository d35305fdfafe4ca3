import { workerData } from 'node:worker_threads';
import { Moved, serveThread } from '../base/thread-call.ts';
import { syncFileSystem, type SyncOutcome } from './file-system-sync.ts';
import type { MarkedFile, MovedFile } from './journal-marks-table.ts';
import { finishMoves, planRecovery, type Recovery } from './journal-recovery.ts';
import { unpackPlacements, type PackedPlacements } from './packed-placements.ts';
import { PlaceQueue } from './place-queue.ts';
import { Placer, type Placed } from './placer.ts';
import { JOURNAL_BLOCK_BYTES, Segments, type JournalBlock } from './segments.ts';

export interface JournalFolders {
  readonly journal: string;
  readonly files: string;
  readonly incoming: string;
}

export interface AppendedBlock {
  readonly block: ArrayBuffer;
  readonly numbers: Float64Array;
}

const folders = workerData as JournalFolders;
const segments = new Segments(folders.journal);
const placer = new Placer({
  files: folders.files,
  incoming: folders.incoming,
  read: (record, into) => segments.read(record, into),
  largest: JOURNAL_BLOCK_BYTES,
});
const queue = new PlaceQueue((placements) => placer.place(placements));

/** Appends small files to the journal, and writes them to their places. */
const journalThread = {
  /** As `Segments.append`; gives the block back. */
  async append(appended: JournalBlock): Promise<Moved<AppendedBlock>> {
    await queue.room();
    const { block } = appended;
    return new Moved({ block, numbers: await segments.append(appended) }, [block]);
  },

  /** As `Placer.place`; those that are in the queue already go before. */
  place(placements: PackedPlacements): Promise<Placed> {
    return queue.add(unpackPlacements(placements));
  },

  retry(): Placed {
    return placer.retry();
  },

  /**
   * At start: opens what an earlier process left.
   *
   * @param highest numbers go on behind it
   * @returns what to do with each file that the ledger has in the journal
   */
  async recover(
    files: readonly MarkedFile[],
    moves: readonly MovedFile[],
    highest: number,
  ): Promise<readonly Recovery[]> {
    const digests = segments.load(highest + 1);
    await finishMoves(moves, folders.files);
    const plan = await planRecovery(files, digests, folders);
    files.forEach(({ record }, index) => {
      if (plan[index]?.action !== 'place') placer.notePlaced(record);
    });
    return plan;
  },

  seal(): number {
    return segments.seal();
  },

  allPlaced(records: readonly number[]): boolean {
    return placer.allPlaced(records);
  },

  /** Everything placed so far becomes durable. */
  sync(): Promise<SyncOutcome> {
    return syncFileSystem(folders.files);
  },

  drop(upTo: number, setAside: boolean): void {
    segments.drop(upTo, setAside);
    placer.forget(upTo);
  },
};
export type JournalThreadApi = typeof journalThread;

serveThread(journalThread);
