// A small-file journal over a real database and a real folder, with one client.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { Activity } from '../../src/transfer/activity.ts';
import { Database } from '../../src/storage/database.ts';
import { FileStorage } from '../../src/storage/file-storage.ts';
import { JournalStorage } from '../../src/storage/journal-storage.ts';
import type { Machine } from '../../src/transfer/machine-ports.ts';
import type { CommitOutcome, ConflictPolicy, Placement, SmallFile } from '../../src/transfer/upload-ports.ts';
import { OwnFiles } from '../../src/transfer/own-files.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { begin, ISSUER, MTIME, terms } from './tables.ts';
import { somePolicies } from '../support/policies.ts';

export const CLIENT = 'alice';

export function smallFile(
  path: string,
  content: string | Uint8Array = path,
  changes: Partial<SmallFile> = {},
): SmallFile {
  const bytes = new Uint8Array(Buffer.from(content as string));
  const sha256 = new Uint8Array(createHash('sha256').update(bytes).digest());
  return { path, size: bytes.byteLength, mtime: MTIME, mode: 0o644, sha256, content: bytes, ...changes };
}

/** What a server does with small files; closing it without placing them is as good as a crash. */
export class JournalUser implements AsyncDisposable {
  readonly database: Database;
  readonly journal: JournalStorage;
  readonly files: FileStorage;
  readonly machine: Machine;
  readonly log: RecordingLogger;

  private constructor(parts: Pick<JournalUser, 'database' | 'journal' | 'files' | 'machine' | 'log'>) {
    this.database = parts.database;
    this.journal = parts.journal;
    this.files = parts.files;
    this.machine = parts.machine;
    this.log = parts.log;
  }

  /** Opens a folder, made where there is none; `replay` is for the caller to do. */
  static async open(folder: string): Promise<JournalUser> {
    const folders = {
      journal: join(folder, 'journal'),
      files: join(folder, 'files'),
      incoming: join(folder, 'incoming'),
    };
    for (const path of Object.values(folders)) mkdirSync(path, { recursive: true });
    const database = await Database.open(join(folder, 'sesame.db'), ISSUER);
    const log = new RecordingLogger();
    const journal = new JournalStorage({ folders, marks: database.journal, log, retryAfter: 50 });
    const files = new FileStorage(folders, log);
    const machine = { id: Buffer.alloc(16, 7), spki: Buffer.alloc(32, 7), name: CLIENT, nameKey: CLIENT };
    const joined = await database.machines.join(machine, 1000, 1);
    if (!joined) throw new Error('the client cannot join');
    return new JournalUser({ database, journal, files, machine: joined, log });
  }

  /** As a server starts. */
  async replay(): Promise<void> {
    const own = new OwnFiles({
      ledger: this.database.uploads,
      store: this.files.uploads,
      journal: this.journal,
      activity: new Activity(systemClock),
      policies: await somePolicies(),
    });
    await this.journal.replay((files) => own.restoreFolders(files));
  }

  /** Appends and commits. @returns what there is to be placed */
  async commit(files: readonly SmallFile[], policy: ConflictPolicy = 'replace'): Promise<Placement[]> {
    const records = await this.journal.append(files);
    const journaled = files.map((file, index) => {
      const { path, size, mtime, mode, sha256 } = file;
      const facts = { path, size, mtime, mode, sha256, ...terms(policy) };
      return { ...facts, clientRow: this.machine.row, record: records[index] ?? 0 };
    });
    const outcomes = await this.database.uploads.commitJournaled(journaled, 2000);
    return journaled.flatMap((file, index) => placementOf(file, outcomes[index]));
  }

  async store(files: readonly SmallFile[], policy: ConflictPolicy = 'replace'): Promise<void> {
    await this.journal.place(await this.commit(files, policy));
  }

  /** Takes a large file to its intent. */
  async intend(path: string, content: string, policy: ConflictPolicy = 'replace') {
    const upload = await this.files.uploads.create(() => undefined);
    await upload.write(Buffer.from(content));
    const { size, sha256 } = await upload.finish();
    const facts = { path, size, sha256, mtime: MTIME, mode: 0o644 };
    const { temporaryName } = upload;
    const { row } = await begin(this.database, this.machine.row, facts, temporaryName);
    const [admission] = await this.database.uploads.recordIntents([{ ...facts, ...terms(policy), row }]);
    if (admission?.verdict !== 'go') throw new Error(admission?.verdict);
    return { ...facts, row, clientName: CLIENT, temporaryName, keepAs: admission.keepAs };
  }

  /** As a server does at start. */
  async finishIntents(): Promise<void> {
    for (const file of await this.database.uploads.listIntended()) {
      await this.files.uploads.publish(file);
      await this.database.uploads.commitIntents([file.row], 3000);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.journal[Symbol.asyncDispose]();
    await this.files[Symbol.asyncDispose]();
    await this.database[Symbol.asyncDispose]();
  }
}

function placementOf(
  { record, path, mtime, mode }: Omit<Placement, 'clientName' | 'keepAs'>,
  outcome: CommitOutcome | undefined,
): Placement[] {
  if (outcome?.verdict !== 'committed') return [];
  return [{ record, clientName: CLIENT, path, mtime, mode, keepAs: outcome.keepAs }];
}
