import { Batcher } from '../base/batcher.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { RowId } from './ports.ts';
import type {
  Admission,
  ConflictPolicy,
  IntendedFile,
  SignedReceipt,
  SmallFileJournal,
  UploadLedger,
  UploadStore,
  VersionFacts,
} from './upload-ports.ts';

/** Content that is complete and durable in `incoming/`. */
export interface DurableUpload extends VersionFacts {
  readonly row: RowId;
  readonly clientRow: RowId;
  readonly clientName: string;
  readonly temporaryName: string;
}

export interface Published {
  readonly stored: SignedReceipt;
  /** The same version stood there already, and this one was dropped. */
  readonly wasThere: boolean;
}

interface PublisherParts {
  readonly ledger: UploadLedger;
  readonly store: UploadStore;
  readonly journal: SmallFileJournal;
  readonly policy: ConflictPolicy;
  readonly clock: Clock;
  readonly log: Logger;
}

const MOST_AT_ONCE = 256;

type Outcome = Published | SesameError;

/**
 * The second half of a durable acknowledgement (STORAGE.md): commit the intent → rename into `files/` and sync the folder
 * → commit the row with its receipt. Uploads that finish at the same time share their two transactions.
 */
export class VersionPublisher {
  readonly #parts: PublisherParts;
  readonly #batches: Batcher<DurableUpload, Outcome>;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#batches = new Batcher((uploads) => this.#publishAll(uploads), MOST_AT_ONCE);
  }

  /** @throws `exists`; `path-conflict`; `content-lost`; `storage-failed`; `disk-full` */
  async publish(upload: DurableUpload): Promise<Published> {
    await this.#parts.journal.settled(upload.clientName, upload.path);
    const outcome = await this.#batches.add(upload);
    if (outcome instanceof SesameError) throw outcome;
    return outcome;
  }

  /** At start: finishes what was interrupted between the intent and the row. */
  async finishInterrupted(): Promise<void> {
    const { ledger, log } = this.#parts;
    for (const file of await ledger.listIntended()) {
      const what = { client: file.clientName, path: file.path };
      const outcome = await this.#place(file);
      if (outcome) log.error('cannot finish an interrupted file', { ...what, why: outcome.message });
      else {
        await this.#commit([file.row]);
        log.info('finished what an interruption left', what);
      }
    }
  }

  async #publishAll(uploads: readonly DurableUpload[]): Promise<Outcome[]> {
    const { ledger, policy } = this.#parts;
    const admissions = await ledger.recordIntents(uploads, policy);
    const failures = await Promise.all(
      uploads.map((upload, index) => this.#carryOut(upload, admissions[index])),
    );
    const placed = uploads.filter((_, index) => failures[index] === undefined);
    const receipts = await this.#commit(placed.map(({ row }) => row));
    const receiptOf = new Map(placed.map(({ row }, index) => [row, receipts[index]]));
    return uploads.map(({ row }, index) => {
      const stored = receiptOf.get(row);
      return failures[index] ?? (stored ? { stored, wasThere: false } : lost());
    });
  }

  /** @returns undefined when it stands at its place and waits for its row; else what becomes of it */
  async #carryOut(upload: DurableUpload, admission: Admission | undefined): Promise<Outcome | undefined> {
    switch (admission?.verdict) {
      case 'go':
        return this.#place({ ...upload, keepAs: admission.keepAs });
      case 'there':
        await this.#drop(upload);
        return { stored: admission.stored, wasThere: true };
      case 'exists':
        await this.#drop(upload);
        return new SesameError('exists', 'another version stands there, and this server keeps the first');
      case 'path-conflict':
        await this.#drop(upload);
        return new SesameError('path-conflict', 'a file stands where a folder is wanted, or the reverse');
      case undefined:
        return lost();
    }
  }

  async #place(file: IntendedFile): Promise<SesameError | undefined> {
    try {
      await this.#parts.store.publish(file);
      return undefined;
    } catch (error) {
      const failure =
        error instanceof SesameError ? error : new SesameError('storage-failed', messageOf(error));
      // These two would fail for ever; after any other, the next start rolls the intent forward.
      if (failure.code === 'path-conflict' || failure.code === 'content-lost') await this.#drop(file);
      return failure;
    }
  }

  async #commit(rows: readonly RowId[]): Promise<readonly SignedReceipt[]> {
    return rows.length > 0 ? this.#parts.ledger.commitIntents(rows, this.#parts.clock.now()) : [];
  }

  async #drop({ row, temporaryName }: Pick<DurableUpload, 'row' | 'temporaryName'>): Promise<void> {
    await this.#parts.ledger.drop(row);
    await this.#parts.store.removeIncoming(temporaryName);
  }
}

function lost(): SesameError {
  return new SesameError('internal', 'the ledger gave no answer for this file');
}
