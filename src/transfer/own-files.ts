import { SesameError } from '../base/errors.ts';
import { KeyedMutex } from '../base/keyed-mutex.ts';
import type { Activity } from './activity.ts';
import type { PolicyBook } from './policy-book.ts';
import { checkV4Path } from './storage-path.ts';
import type { Machine } from './machine-ports.ts';
import type {
  FileFacts,
  ListedEntry,
  PlacedFile,
  SmallFileJournal,
  StoredVersion,
  UploadLedger,
  UploadStore,
} from './upload-ports.ts';

interface OwnFilesParts {
  readonly ledger: UploadLedger;
  readonly store: UploadStore;
  readonly journal: SmallFileJournal;
  readonly activity: Activity;
  readonly policies: PolicyBook;
}

/** What a client can see and touch of what it stored: its own files, nobody else's (PROTOCOL.md 2.6). */
export class OwnFiles {
  readonly #parts: OwnFilesParts;
  /** Folders of one client one after another: making one touches the mtime of the one that it is in. */
  readonly #folderTurns = new KeyedMutex();

  constructor(parts: OwnFilesParts) {
    this.#parts = parts;
  }

  /** @throws `bad-path`; `path-conflict` */
  async makeFolder({ row, name }: Machine, folder: Omit<FileFacts, 'size'>): Promise<void> {
    const { ledger, store, journal } = this.#parts;
    checkV4Path(folder.path);
    await this.#folderTurns.run(name, async () => {
      await store.makeFolder(name, folder);
      await ledger.recordFolder(row, folder);
    });
    // Acknowledged files that are put into it only now touch its mtime.
    journal.afterPlacing(() => this.#restoreFolder(name, folder.path));
  }

  /** Gives the folders in which these files are the mode and mtime that their client said. */
  async restoreFolders(files: readonly PlacedFile[]): Promise<void> {
    const folders = new Map<string, readonly [string, string]>();
    for (const { clientName, path } of files) {
      for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
        const folder = path.slice(0, end);
        folders.set(`${clientName}/${folder}`, [clientName, folder]);
      }
    }
    for (const [clientName, folder] of folders.values()) await this.#restoreFolder(clientName, folder);
  }

  /** @throws `write-only`; `bad-path` */
  async list(machine: Machine, path: string, after: string, limit: number): Promise<readonly ListedEntry[]> {
    this.#checkReadable(machine);
    for (const given of [path, after]) if (given !== '') checkV4Path(given);
    return this.#parts.ledger.list(machine.row, path, after, limit);
  }

  /** @throws `write-only`; `bad-path`; `not-found`; `bad-offset` */
  async fetch(
    machine: Machine,
    path: string,
    offset: number,
  ): Promise<{ readonly facts: StoredVersion; readonly content: AsyncIterable<Uint8Array> }> {
    this.#checkReadable(machine);
    checkV4Path(path);
    const { ledger, store, journal, activity } = this.#parts;
    await journal.settled(machine.name, path);
    const facts = await ledger.findVersion(machine.row, path);
    if (!facts) throw new SesameError('not-found', 'no such file is stored');
    if (offset > facts.size) throw new SesameError('bad-offset', `the file has ${facts.size} bytes`);
    const { name: client } = machine;
    const transfer = { client, path, direction: 'download', protocol: 'v4', size: facts.size } as const;
    const content = store.read(client, path, offset, facts.size);
    return { facts, content: activity.watched(transfer, offset, content) };
  }

  #checkReadable(machine: Machine): void {
    const { policies } = this.#parts;
    if (policies.isWriteOnly(machine)) throw policies.refusals.writeOnly();
  }

  async #restoreFolder(clientName: string, path: string): Promise<void> {
    const { ledger, store } = this.#parts;
    await this.#folderTurns.run(clientName, async () => {
      const folder = await ledger.findFolder(clientName, path);
      if (folder) await store.makeFolder(clientName, folder);
    });
  }
}
