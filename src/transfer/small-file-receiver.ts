import { Batcher } from '../base/batcher.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { Activity } from './activity.ts';
import { grownFrom } from './growth.ts';
import type { PathHolders } from './path-holders.ts';
import type { PolicyBook } from './policy-book.ts';
import type { RowId } from './ports.ts';
import { refusedBy } from './refused-version.ts';
import { checkV4Path } from './storage-path.ts';
import type { Machine } from './machine-ports.ts';
import type {
  CommitOutcome,
  JournaledFile,
  Placement,
  SmallFile,
  SmallFileJournal,
  StorageRules,
  UploadLedger,
  UploadStore,
  VersionFacts,
} from './upload-ports.ts';
import type { Published, VersionPublisher } from './version-publisher.ts';

interface ReceiverParts {
  readonly ledger: UploadLedger;
  readonly store: UploadStore;
  readonly journal: SmallFileJournal;
  readonly holders: PathHolders;
  readonly publisher: VersionPublisher;
  readonly policies: PolicyBook;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly log: Logger;
}

const MOST_AT_ONCE = 1024;
/** What a file system adds to the last bytes of a file. */
const BLOCK_BYTES = 4096;

type Journaled = JournaledFile & { readonly clientName: string };

/**
 * Small files, whole in one request (PROTOCOL.md 2.4, 1106): content into the journal, synced once for hundreds; rows and
 * receipts in one transaction; then the answer. Their places are seen to behind it: a crash finds them in the journal.
 */
export class SmallFileReceiver {
  readonly #parts: ReceiverParts;
  readonly #appends: Batcher<SmallFile, number | null>;
  readonly #commits: Batcher<Journaled, CommitOutcome>;
  /** Whose last file was over a quota: the next one is asked about before its content is written. */
  readonly #full = new Set<RowId>();
  /** Room for what is in the journal, or about to be, and not at its place yet. */
  #unplacedBytes = 0;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.#appends = new Batcher((files) => this.#appendAll(files), MOST_AT_ONCE);
    this.#commits = new Batcher((files) => this.#commitAll(files), MOST_AT_ONCE);
  }

  /**
   * @param onTaken its content is in the journal, or not wanted
   * @throws `bad-path`; `too-large`; `wrong-hash`; `exists`; `append-only`; `over-quota`; `path-conflict`; `storage-failed`;
   *   `disk-full`
   */
  async receive(machine: Machine, file: SmallFile, onTaken: () => void): Promise<Published> {
    const { holders, publisher, policies, activity, clock } = this.#parts;
    const since = clock.monotonic();
    const over = Promise.withResolvers<undefined>();
    try {
      checkV4Path(file.path);
      const limits = policies.limitsOf(machine.name);
      if (file.size > limits.maxFile) throw policies.refusals.tooLarge(limits);
      // Nothing supersedes it: it is over in a moment.
      const holder = { supersede: () => undefined, over: over.promise };
      await holders.take(`${machine.row}/${file.path}`, holder);
      await publisher.settle(machine.row, file.path);
      await this.#refuseFull(machine, file, limits.storage);
      const record = await this.#appends.add(file).finally(onTaken);
      if (record === null) throw new SesameError('wrong-hash', 'the content does not have this SHA-256');
      const { path, size, mtime, mode, sha256 } = file;
      const facts = { path, size, mtime, mode, sha256 };
      const place = { path, clientRow: machine.row, clientName: machine.name };
      const extended = limits.storage.appendOnly ? await this.#grownFrom(place, file.content) : null;
      const terms = { rules: limits.storage, extends: extended };
      const outcome = await this.#commits.add({ ...facts, ...place, ...terms, record });
      this.#noteRoom(machine, outcome);
      const published = publishedFrom(outcome, machine.name, policies);
      activity.smallFile('v4', size, since);
      return published;
    } finally {
      over.resolve(undefined);
    }
  }

  /** @throws `over-quota` */
  async #refuseFull({ row, name }: Machine, file: SmallFile, rules: StorageRules): Promise<void> {
    if (!this.#full.has(row)) return;
    const { ledger, policies } = this.#parts;
    const { path, size, mtime, mode, sha256: hash } = file;
    const over = await ledger.lacksRoom(row, { path, size, mtime, mode, sha256: hash, rules, extends: null });
    if (over) throw policies.refusals.overQuota(name, over);
  }

  #noteRoom({ row }: Machine, { verdict }: CommitOutcome): void {
    if (verdict === 'over-quota') this.#full.add(row);
    else if (verdict === 'committed') this.#full.delete(row);
  }

  #grownFrom(
    place: Pick<Journaled, 'clientRow' | 'clientName' | 'path'>,
    content: Uint8Array,
  ): Promise<RowId | null> {
    return grownFrom(this.#parts, place, (bytes) =>
      Promise.resolve(bytes <= content.byteLength ? sha256(content.subarray(0, bytes)) : undefined),
    );
  }

  async #appendAll(files: readonly SmallFile[]): Promise<readonly (number | null)[]> {
    const { store, journal } = this.#parts;
    const bytes = bytesOf(files);
    // What is in the journal needs room once more, at its place.
    this.#unplacedBytes += bytes;
    try {
      await store.checkSpace(bytes + this.#unplacedBytes);
      const records = await journal.append(files);
      this.#unplacedBytes -= bytesOf(files.filter((_, index) => records[index] === null));
      return records;
    } catch (error) {
      this.#unplacedBytes -= bytes;
      throw error;
    }
  }

  async #commitAll(files: readonly Journaled[]): Promise<readonly CommitOutcome[]> {
    const { ledger, clock } = this.#parts;
    let placements: Placement[] = [];
    try {
      const outcomes = await ledger.commitJournaled(files, clock.now());
      placements = files.flatMap((file, index): Placement[] => {
        const outcome = outcomes[index];
        return outcome?.verdict === 'committed' ? [{ ...file, keepAs: outcome.keepAs }] : [];
      });
      return outcomes;
    } finally {
      void this.#place(files, placements);
    }
  }

  /** Sees to those of a commit that have a place to go to. */
  async #place(files: readonly Journaled[], placements: readonly Placement[]): Promise<void> {
    const { journal, log } = this.#parts;
    try {
      await journal.place(placements);
    } catch (error) {
      log.error('files wait in the journal for their places', { why: messageOf(error) });
    }
    this.#unplacedBytes -= bytesOf(files);
  }
}

/** The room that files need on disk, roughly. */
function bytesOf(files: readonly VersionFacts[]): number {
  return files.reduce((sum, { size }) => sum + size + BLOCK_BYTES, 0);
}

function publishedFrom(outcome: CommitOutcome, clientName: string, policies: PolicyBook): Published {
  switch (outcome.verdict) {
    case 'committed':
      return { stored: outcome.stored, wasThere: false };
    case 'there':
      return { stored: outcome.stored, wasThere: true };
    default:
      throw refusedBy(outcome, clientName, policies);
  }
}
