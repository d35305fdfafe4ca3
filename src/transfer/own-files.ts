import { SesameError } from '../base/errors.ts';
import { checkV4Path } from './storage-path.ts';
import type {
  FileFacts,
  ListedEntry,
  Machine,
  SmallFileJournal,
  StoredVersion,
  UploadLedger,
  UploadStore,
} from './upload-ports.ts';

interface OwnFilesParts {
  readonly ledger: UploadLedger;
  readonly store: UploadStore;
  readonly journal: SmallFileJournal;
}

/** What a client can see and touch of what it stored: its own files, nobody else's (PROTOCOL.md 2.6). */
export class OwnFiles {
  readonly #parts: OwnFilesParts;

  constructor(parts: OwnFilesParts) {
    this.#parts = parts;
  }

  /** @throws `bad-path`; `path-conflict` */
  async makeFolder(machine: Machine, folder: Omit<FileFacts, 'size'>): Promise<void> {
    checkV4Path(folder.path);
    await this.#parts.store.makeFolder(machine.name, folder);
    await this.#parts.ledger.recordFolder(machine.row, folder);
  }

  /** @throws `write-only`; `bad-path` */
  async list(machine: Machine, path: string, after: string, limit: number): Promise<readonly ListedEntry[]> {
    checkReadable(machine);
    for (const given of [path, after]) if (given !== '') checkV4Path(given);
    return this.#parts.ledger.list(machine.row, path, after, limit);
  }

  /** @throws `write-only`; `bad-path`; `not-found`; `bad-offset` */
  async fetch(
    machine: Machine,
    path: string,
    offset: number,
  ): Promise<{ readonly facts: StoredVersion; readonly content: AsyncIterable<Uint8Array> }> {
    checkReadable(machine);
    checkV4Path(path);
    const { ledger, store, journal } = this.#parts;
    await journal.settled(machine.name, path);
    const facts = await ledger.findVersion(machine.row, path);
    if (!facts) throw new SesameError('not-found', 'no such file is stored');
    if (offset > facts.size) throw new SesameError('bad-offset', `the file has ${facts.size} bytes`);
    return { facts, content: store.read(machine.name, path, offset, facts.size) };
  }
}

function checkReadable({ writeOnly }: Machine): void {
  if (writeOnly) throw new SesameError('write-only', 'this client may send files, and not read them');
}
