import { Batcher } from '../base/batcher.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { grownFrom } from './growth.ts';
import type { PolicyBook } from './policy-book.ts';
import type { RowId } from './ports.ts';
import { refusedBy } from './refused-version.ts';
import type {
  Admission,
  IntendedFile,
  SignedReceipt,
  SmallFileJournal,
  Terms,
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
  readonly policies: PolicyBook;
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
  readonly #batches: Batcher<DurableUpload & Terms, Outcome>;
  /** Those that failed behind their intent, by client and path: what stands there is uncertain until they are finished. */
  readonly #interrupted = new Map<string, IntendedFile>();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#batches = new Batcher((uploads) => this.#publishAll(uploads), MOST_AT_ONCE);
  }

  /** @throws `exists`; `append-only`; `over-quota`; `path-conflict`; `content-lost`; `storage-failed`; `disk-full` */
  async publish(upload: DurableUpload): Promise<Published> {
    await this.#parts.journal.settled(upload.clientName, upload.path);
    const outcome = await this.#batches.add({ ...upload, ...(await this.#termsOf(upload)) });
    if (outcome instanceof SesameError) throw outcome;
    return outcome;
  }

  /** At start: finishes what was interrupted between the intent and the row. */
  async finishInterrupted(): Promise<void> {
    for (const file of await this.#parts.ledger.listIntended()) await this.#finish(file);
  }

  /**
   * Finishes what an earlier upload to this path left between its intent and its row. Whoever holds the path calls it
   * before it begins: a new version must not be decided upon what is about to change.
   *
   * @throws `storage-failed`; `disk-full`: it cannot be finished now either
   */
  async settle(clientRow: RowId, path: string): Promise<void> {
    const file = this.#interrupted.get(placeOf({ clientRow, path }));
    const failure = file && (await this.#finish(file));
    if (failure && !isFinal(failure)) throw failure;
  }

  async #termsOf(upload: DurableUpload): Promise<Terms> {
    const { policies, store } = this.#parts;
    const { storage: rules } = policies.limitsOf(upload.clientName);
    if (!rules.appendOnly) return { rules, extends: null };
    const digestStart = (bytes: number) => store.digestStart(upload.temporaryName, bytes);
    return { rules, extends: await grownFrom(this.#parts, upload, digestStart) };
  }

  async #publishAll(uploads: readonly (DurableUpload & Terms)[]): Promise<Outcome[]> {
    const admissions = await this.#parts.ledger.recordIntents(uploads);
    const failures = await Promise.all(
      uploads.map((upload, index) => this.#carryOut(upload, admissions[index])),
    );
    const placed = uploads.flatMap((upload, index) => {
      const admission = admissions[index];
      const stands = failures[index] === undefined && admission?.verdict === 'go';
      return stands ? [{ ...upload, keepAs: admission.keepAs }] : [];
    });
    const receipts = await this.#commit(placed);
    const receiptOf = new Map(placed.map(({ row }, index) => [row, receipts[index]]));
    return uploads.map(({ row }, index) => {
      const stored = receiptOf.get(row);
      return failures[index] ?? (stored ? { stored, wasThere: false } : gone());
    });
  }

  /** @returns undefined when it stands at its place and waits for its row; else what becomes of it */
  async #carryOut(upload: DurableUpload, admission: Admission | undefined): Promise<Outcome | undefined> {
    if (!admission) {
      await this.#drop(upload);
      return gone();
    }
    switch (admission.verdict) {
      case 'go':
        return this.#place({ ...upload, keepAs: admission.keepAs });
      case 'there':
        await this.#drop(upload);
        return { stored: admission.stored, wasThere: true };
      case 'gone':
        await this.#drop(upload);
        return gone();
      default:
        await this.#drop(upload);
        return refusedBy(admission, upload.clientName, this.#parts.policies);
    }
  }

  /** Again from the rename on. @returns why it failed once more */
  async #finish(file: IntendedFile): Promise<SesameError | undefined> {
    const { log } = this.#parts;
    const what = { client: file.clientName, path: file.path };
    const failure = await this.#place(file);
    if (failure) log.error('cannot finish an interrupted file', { ...what, why: failure.message });
    else {
      await this.#commit([file]);
      log.info('finished what an interruption left', what);
    }
    return failure;
  }

  async #place(file: IntendedFile): Promise<SesameError | undefined> {
    try {
      await this.#parts.store.publish(file);
      return undefined;
    } catch (error) {
      const failure =
        error instanceof SesameError ? error : new SesameError('storage-failed', messageOf(error));
      // After any other, its path is settled by whoever wants it next, or by the next start.
      this.#interrupted.set(placeOf(file), file);
      if (isFinal(failure)) await this.#drop(file);
      return failure;
    }
  }

  async #commit(files: readonly IntendedFile[]): Promise<readonly (SignedReceipt | null)[]> {
    if (files.length === 0) return [];
    const { ledger, clock } = this.#parts;
    for (const file of files) this.#interrupted.set(placeOf(file), file);
    const receipts = await ledger.commitIntents(
      files.map(({ row }) => row),
      clock.now(),
    );
    for (const file of files) this.#interrupted.delete(placeOf(file));
    return receipts;
  }

  async #drop(upload: DurableUpload): Promise<void> {
    await this.#parts.ledger.drop(upload.row);
    this.#interrupted.delete(placeOf(upload));
    await this.#parts.store.removeIncoming(upload.temporaryName);
  }
}

function placeOf({ clientRow, path }: Pick<DurableUpload, 'clientRow' | 'path'>): string {
  return `${clientRow}/${path}`;
}

/** Whether trying again would fail for ever. */
function isFinal({ code }: SesameError): boolean {
  return code === 'path-conflict' || code === 'content-lost';
}

function gone(): SesameError {
  return new SesameError('content-lost', 'the upload has no row any more: somebody else removed it');
}
