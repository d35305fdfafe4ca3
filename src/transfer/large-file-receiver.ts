import { type Clock, DAY } from '../base/clock.ts';
import { Batcher } from '../base/batcher.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { sameBytes } from '../crypto/sha256.ts';
import type { ActiveTransfer, Activity, Protocol } from './activity.ts';
import { LargeUpload, type Beginning, type BegunUpload } from './large-upload.ts';
import type { PathHolders } from './path-holders.ts';
import type { PolicyBook } from './policy-book.ts';
import type { RowId } from './ports.ts';
import { checkV4Path } from './storage-path.ts';
import type { Machine } from './machine-ports.ts';
import type {
  FileFacts,
  OpenUpload,
  ResumableUpload,
  SmallFileJournal,
  StoredVersion,
  UploadLedger,
  UploadStore,
} from './upload-ports.ts';
import type { Published, VersionPublisher } from './version-publisher.ts';

interface ReceiverParts {
  readonly ledger: UploadLedger;
  readonly store: UploadStore;
  readonly journal: SmallFileJournal;
  readonly publisher: VersionPublisher;
  readonly holders: PathHolders;
  readonly policies: PolicyBook;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly log: Logger;
}

interface Parked {
  readonly row: RowId;
  readonly came: number;
}

const MOST_PARKED_AT_ONCE = 1024;

/** What the connection is told while an upload goes on. */
export interface UploadEvents {
  /** So many bytes of content have been written. */
  taken(bytes: number): void;
  superseded(why: SesameError): void;
}

/** How long an unfinished upload waits for somebody to go on with it (PROTOCOL.md 2.4). */
const UNFINISHED_LIFETIME = 7 * DAY;

/** The life of a v4 upload in pieces: opened or taken up again, written, committed (PROTOCOL.md 2.4). */
export class LargeFileReceiver {
  readonly #parts: ReceiverParts;
  /** A connection that ends may leave a thousand. */
  readonly #parkings: Batcher<Parked, undefined>;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.#parkings = new Batcher(async (parked) => {
      await parts.ledger.park(parked);
      return parked.map(() => undefined);
    }, MOST_PARKED_AT_ONCE);
  }

  /** @throws `bad-path`; `too-large`; `over-quota`; `path-conflict`; `disk-full`; `superseded` by a still newer one */
  async open(
    machine: Machine,
    facts: FileFacts,
    startOver: boolean,
    events: UploadEvents,
    protocol: Protocol = 'v4',
  ): Promise<LargeUpload> {
    const { holders } = this.#parts;
    checkV4Path(facts.path);
    this.#checkSize(machine, facts.size ?? 0);
    const upload = new LargeUpload(machine, facts, {
      superseded: (why) => {
        events.superseded(why);
      },
      letGo: (begun, keep) => this.#letGo(begun, keep),
    });
    try {
      await holders.take(`${machine.row}/${facts.path}`, upload);
      upload.signal.throwIfAborted();
      const beginning = await this.#begin(upload, startOver, events);
      upload.begin(beginning, this.#watched(upload, beginning, protocol));
      if (upload.signal.aborted && beginning.state !== 'stored') await this.#letGo(beginning, true);
      upload.signal.throwIfAborted();
      return upload;
    } catch (error) {
      upload.release();
      throw error;
    }
  }

  /** @throws `bad-offset`; `too-large`; `over-quota` when it has grown beyond what its client may store */
  async expect(upload: LargeUpload, offset: number, bytes: number): Promise<void> {
    this.#checkSize(upload.machine, offset + bytes);
    const isNext = offset === upload.received && upload.facts.size === null;
    if (isNext && offset + bytes > upload.claimed) await this.#claimMore(upload, offset + bytes);
    upload.expect(offset, bytes);
  }

  /**
   * @param sha256 null where the client does not say what it sent: what came is what counts
   * @throws `wrong-size`, and what came stays; `wrong-hash`, and it does not; `exists`; `append-only`; `over-quota`;
   *   `path-conflict`; `storage-failed`; `disk-full`; `superseded`
   */
  async commit(upload: LargeUpload, size: number, sha256: Uint8Array | null): Promise<Published> {
    upload.startCommit();
    const { activity, clock } = this.#parts;
    const since = clock.monotonic();
    let outcome: unknown;
    try {
      const { beginning } = upload;
      const published =
        beginning.state === 'stored'
          ? confirmStored(beginning.version, size, sha256)
          : await this.#commitReceived(upload, beginning, size, sha256);
      outcome = 'done';
      activity.acknowledged(since);
      return published;
    } catch (error) {
      outcome = error;
      throw error;
    } finally {
      upload.release(outcome);
    }
  }

  /** Ends it without a file. @param drop whether what came is thrown away */
  async cancel(upload: LargeUpload, drop: boolean): Promise<void> {
    upload.startCommit();
    const { beginning } = upload;
    if (beginning.state !== 'stored') {
      if (drop) {
        await beginning.file.discard();
        await this.#parts.ledger.drop(beginning.row.row);
      } else {
        await this.#letGo(beginning, true);
      }
    }
    upload.release();
  }

  /** What came of an upload that was not finished. @returns undefined where there is none */
  async unfinished(
    machine: Machine,
    path: string,
  ): Promise<{ readonly facts: FileFacts; readonly received: number } | undefined> {
    checkV4Path(path);
    const { ledger, store } = this.#parts;
    const left = await ledger.findUpload(machine.row, path);
    const received = left && (await store.sizeOf(left.temporaryName));
    if (!left || received === undefined) return undefined;
    const { size, mtime, mode } = left;
    return { facts: { path, size, mtime, mode }, received };
  }

  async dropStale(): Promise<void> {
    const { ledger, clock } = this.#parts;
    for (const upload of await ledger.listStale(clock.now() - UNFINISHED_LIFETIME)) await this.#drop(upload);
  }

  /** Shows it to those who watch. */
  #watched(
    { machine, facts }: LargeUpload,
    beginning: Beginning,
    protocol: Protocol,
  ): ActiveTransfer | undefined {
    if (beginning.state === 'stored') return undefined;
    const { path, size } = facts;
    const transfer = { client: machine.name, path, size, direction: 'upload', protocol } as const;
    return this.#parts.activity.begin(transfer, beginning.file.offset);
  }

  async #begin(upload: LargeUpload, startOver: boolean, events: UploadEvents): Promise<Beginning> {
    const { machine, facts } = upload;
    const { ledger, store, publisher, policies, clock } = this.#parts;
    await publisher.settle(machine.row, facts.path);
    const onTaken = (bytes: number): void => {
      events.taken(bytes);
    };
    const version = await ledger.findVersion(machine.row, facts.path);
    if (version?.receipt && !startOver && sameFacts(version, facts)) return { state: 'stored', version };

    const left = await ledger.findUpload(machine.row, facts.path);
    if (left && !startOver && sameFacts(left, facts)) {
      const file = await store.resume(left.temporaryName, onTaken);
      if (file && file.offset <= (facts.size ?? Infinity)) {
        return { state: 'resumed', row: left, file, claimed: await this.#claimAgain(machine, left, file) };
      }
      await file?.discard();
    }
    if (left) await this.#drop(left);

    await store.checkSpace(facts.size ?? 0);
    const file = await store.create(onTaken);
    try {
      const { storage: rules } = policies.limitsOf(machine.name);
      const begun = await ledger.begin(machine.row, facts, file.temporaryName, rules, clock.now());
      if (begun.verdict === 'over-quota') throw policies.refusals.overQuota(machine.name, begun);
      return { state: 'new', row: begun.upload, file, claimed: begun.bytes };
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  /** @returns bytes that may come before more must be claimed. @throws `over-quota`, and what came stays */
  async #claimAgain(machine: Machine, { row }: OpenUpload, file: ResumableUpload): Promise<number> {
    const { ledger, policies, clock } = this.#parts;
    try {
      const { storage: rules } = policies.limitsOf(machine.name);
      const claim = await ledger.resume(row, file.offset, rules, clock.now());
      if (claim.verdict === 'over-quota') throw policies.refusals.overQuota(machine.name, claim);
      return claim.bytes;
    } catch (error) {
      await file.park();
      throw error;
    }
  }

  /** @throws `over-quota`; why it is over, where it is by now */
  async #claimMore(upload: LargeUpload, bytes: number): Promise<void> {
    const { machine, beginning } = upload;
    if (beginning.state === 'stored') return;
    const { ledger, policies } = this.#parts;
    const { storage: rules } = policies.limitsOf(machine.name);
    const claim = await ledger.claim(beginning.row.row, bytes, rules);
    upload.signal.throwIfAborted();
    if (claim.verdict === 'over-quota') throw policies.refusals.overQuota(machine.name, claim);
    upload.claim(claim.bytes);
  }

  /** Never throws: who ended the upload has an outcome already. What it claims too much then, the next start gives back. */
  async #letGo({ row, file }: BegunUpload, keep: boolean): Promise<void> {
    const { ledger, store, log } = this.#parts;
    try {
      if (keep) {
        await file.park();
        await this.#parkings.add({ row: row.row, came: (await store.sizeOf(file.temporaryName)) ?? 0 });
      } else {
        await file.discard();
        await ledger.drop(row.row);
      }
    } catch (error) {
      log.warning('cannot note what came of an upload', { path: row.path, why: messageOf(error) });
    }
  }

  async #commitReceived(
    upload: LargeUpload,
    begun: BegunUpload,
    size: number,
    sha256: Uint8Array | null,
  ): Promise<Published> {
    const { file, row } = begun;
    if (size !== upload.received || (upload.facts.size ?? size) !== size) {
      await this.#letGo(begun, true);
      throw new SesameError('wrong-size', `a commit of ${size} bytes where ${upload.received} came`);
    }
    const done = await file.finish().catch(async (error: unknown) => {
      // What could not be made durable is not tried again on the same data.
      await file.discard();
      await this.#parts.ledger.drop(row.row);
      throw error;
    });
    if (done.size !== size || (sha256 && !sameBytes(done.sha256, sha256))) {
      await this.#drop(row);
      throw new SesameError('wrong-hash', 'the content that came does not have this SHA-256: start over');
    }
    const { machine, facts } = upload;
    const { temporaryName } = file;
    const content = { ...facts, size, sha256: done.sha256 };
    return this.#parts.publisher.publish({
      ...content,
      row: row.row,
      clientRow: machine.row,
      clientName: machine.name,
      temporaryName,
    });
  }

  async #drop({ row, temporaryName }: OpenUpload): Promise<void> {
    // The content first: where the disk is full, the ledger needs its room.
    await this.#parts.store.removeIncoming(temporaryName);
    await this.#parts.ledger.drop(row);
  }

  #checkSize({ name }: Machine, bytes: number): void {
    const { policies } = this.#parts;
    const limits = policies.limitsOf(name);
    if (bytes > limits.maxFile) throw policies.refusals.tooLarge(limits);
  }
}

function sameFacts(a: FileFacts, b: FileFacts): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.mode === b.mode;
}

function confirmStored(version: StoredVersion, size: number, sha256: Uint8Array | null): Published {
  const isSame = version.size === size && (!sha256 || sameBytes(version.sha256, sha256));
  if (!isSame || !version.receipt) {
    throw new SesameError('wrong-hash', 'the version that stands there has another SHA-256: start over');
  }
  return { stored: version.receipt, wasThere: true };
}
