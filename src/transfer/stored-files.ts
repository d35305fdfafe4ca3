import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { sameBytes } from '../crypto/sha256.ts';
import type { Deletion, DeletionLedger } from './deletion-ports.ts';
import type { FileReceiver } from './file-receiver.ts';
import type { PathHolders } from './path-holders.ts';
import { acknowledged, judge, type Judgement } from './stored-file-check.ts';
import type { Catalogue, CatalogueEntry, SmallFileJournal, UploadStore } from './upload-ports.ts';
import type { VersionPublisher } from './version-publisher.ts';

export interface StoredFilesParts {
  readonly catalogue: Catalogue;
  readonly deletions: DeletionLedger;
  readonly store: Pick<UploadStore, 'read' | 'digest' | 'remove'>;
  readonly journal: Pick<SmallFileJournal, 'settled'>;
  /** Those that the receivers of v4 and v3 use: they serialise what happens to a path. */
  readonly publisher: Pick<VersionPublisher, 'settle'>;
  readonly holders: PathHolders;
  readonly v3: Pick<FileReceiver, 'inTurn'>;
  /** The raw public key of this server's receipts, 32 bytes. */
  readonly receiptKey: Uint8Array;
  readonly log: Logger;
}

export interface Verification extends Judgement {
  /** Bytes that were read. */
  readonly bytes: number;
  readonly seconds: number;
}

/** A stored file, ready to be read. */
export interface OpenedFile {
  readonly entry: CatalogueEntry;
  /**
   * The bytes from `offset` on, in chunks of at most 256 KiB; whoever stops early lets go of the file.
   *
   * @throws `content-lost` where the file has another size than its row says; `not-found` where it is gone
   */
  read(offset: number, length: number): AsyncIterable<Uint8Array>;
}

/** Longer than a version takes from its rename to its row, ms. */
const MOMENT = 200;

/** The operator's view of everybody's stored files. Clients are given by their name keys. */
export class StoredFiles {
  readonly #parts: StoredFilesParts;

  constructor(parts: StoredFilesParts) {
    this.#parts = parts;
  }

  /**
   * Deletes a file, durably; its receipts stay. An upload of the same path that is under way is superseded, one that comes
   * meanwhile waits.
   *
   * @throws `not-found`; `storage-failed`, after which the version is gone, and its file goes with the next try or start
   */
  async remove(client: string, path: string): Promise<void> {
    const { deletions, holders, publisher, journal, v3 } = this.#parts;
    const place = await deletions.find(client, path);
    if (!place) throw notFound();
    const { clientRow, clientName } = place;
    const over = Promise.withResolvers<undefined>();
    try {
      // Nothing supersedes it: it is over in a moment.
      await holders.take(`${clientRow}/${path}`, { supersede: () => undefined, over: over.promise });
      await publisher.settle(clientRow, path);
      await v3.inTurn(clientRow, path, async () => {
        // What is placed only now would come back.
        await journal.settled(clientName, path);
        await deletions.record(clientRow, path);
        await this.#clear(place);
      });
    } finally {
      over.resolve(undefined);
    }
  }

  /** At start: carries out the deletions that an interruption left. What cannot be done now is left to the next start. */
  async finishDeletions(): Promise<void> {
    const { deletions, log } = this.#parts;
    for (const { taken, ...place } of await deletions.list()) {
      const what = { client: place.clientName, path: place.path };
      try {
        if (taken) await deletions.finish(place.clientRow, place.path);
        else await this.#clear(place);
        log.info('finished a deletion that was interrupted', what);
      } catch (error) {
        log.error('cannot finish a deletion', { ...what, why: messageOf(error) });
      }
    }
  }

  /**
   * Reads a file again and holds it against its row and its receipt. What seems wrong is looked at once more: another
   * version may have been on its way to its place.
   *
   * @throws `not-found`; `storage-failed` when it cannot be read
   */
  async verify(client: string, path: string): Promise<Verification> {
    const { store, receiptKey } = this.#parts;
    const began = performance.now();
    let bytes = 0;
    let before: CatalogueEntry | undefined;
    for (;;) {
      const entry = await this.#settled(client, path);
      const found = await store.digest(entry.clientName, path);
      bytes += found?.size ?? 0;
      const judgement = judge(acknowledged(entry), found, receiptKey);
      if (judgement.verdict === 'intact' || (before && isSameVersion(before, entry))) {
        return { ...judgement, bytes, seconds: (performance.now() - began) / 1000 };
      }
      before = entry;
      await sleep(MOMENT);
    }
  }

  /** @throws `not-found` */
  async open(client: string, path: string): Promise<OpenedFile> {
    const { store } = this.#parts;
    const entry = await this.#settled(client, path);
    return {
      entry,
      read: (offset, length) => store.read(entry.clientName, path, offset, entry.size, offset + length),
    };
  }

  async #clear({ clientRow, clientName, path }: Deletion): Promise<void> {
    await this.#parts.store.remove(clientName, path);
    await this.#parts.deletions.finish(clientRow, path);
  }

  /** The version whose content is not in the journal only, but at its place. */
  async #settled(client: string, path: string): Promise<CatalogueEntry> {
    const { journal } = this.#parts;
    const listed = await this.#find(client, path);
    await journal.settled(listed.clientName, path);
    // It may have got another version in the meantime.
    return this.#find(client, path);
  }

  async #find(client: string, path: string): Promise<CatalogueEntry> {
    const entry = await this.#parts.catalogue.find(client, path);
    if (!entry) throw notFound();
    return entry;
  }
}

function isSameVersion(a: CatalogueEntry, b: CatalogueEntry): boolean {
  return sameBytes(a.sha256, b.sha256) && a.crc32 === b.crc32 && a.seq === b.seq;
}

function notFound(): SesameError {
  return new SesameError('not-found', 'no such file is stored');
}
