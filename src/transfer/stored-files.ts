import { SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { DeletionLedger } from './deletion-ports.ts';
import type { FileReceiver } from './file-receiver.ts';
import type { PathHolders } from './path-holders.ts';
import type { Judgement } from './stored-file-check.ts';
import type { Catalogue, CatalogueEntry, SmallFileJournal, UploadStore } from './upload-ports.ts';
import type { VersionPublisher } from './version-publisher.ts';

export interface StoredFilesParts {
  readonly catalogue: Catalogue;
  readonly deletions: DeletionLedger;
  readonly store: UploadStore;
  readonly journal: SmallFileJournal;
  readonly publisher: VersionPublisher;
  readonly holders: PathHolders;
  readonly v3: FileReceiver;
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
  remove(client: string, path: string): Promise<void> {
    void [client, path, this.#parts];
    return Promise.reject(new SesameError('internal', 'not yet'));
  }

  /** At start: carries out the deletions that an interruption left. */
  finishDeletions(): Promise<void> {
    return Promise.reject(new SesameError('internal', 'not yet'));
  }

  /** Reads a file again and holds it against what was acknowledged. @throws `not-found`; `storage-failed` */
  verify(client: string, path: string): Promise<Verification> {
    void [client, path];
    return Promise.reject(new SesameError('internal', 'not yet'));
  }

  /** @throws `not-found` */
  open(client: string, path: string): Promise<OpenedFile> {
    void [client, path];
    return Promise.reject(new SesameError('internal', 'not yet'));
  }
}
