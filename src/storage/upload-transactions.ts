import type { Database } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import type { RowId } from '../transfer/ports.ts';
import type {
  Admission,
  CommitOutcome,
  ConflictPolicy,
  FileFacts,
  IntendedFile,
  JournaledFile,
  ListedEntry,
  OpenUpload,
  SignedReceipt,
  StoredVersion,
  VersionFacts,
} from '../transfer/upload-ports.ts';
import type { JournalMarksTable } from './journal-marks-table.ts';
import { PathsInUse, type PlaceCheck } from './paths-in-use.ts';
import type { ReceiptChain, ReceiptsTable } from './receipts-table.ts';
import { UploadsTable } from './uploads-table.ts';
import { VersionsTable, type StandingVersion } from './versions-table.ts';

type Intent = VersionFacts & { readonly row: RowId };

/** What a version that wants its place meets there. */
interface Reception {
  readonly admission: Exclude<Admission, { readonly verdict: 'gone' }>;
  readonly standing?: StandingVersion | undefined;
}

/** The rows of uploads, versions and receipts; methods as in `UploadLedger`, synchronous, each one transaction. */
export class UploadTransactions {
  readonly #uploads: UploadsTable;
  readonly #versions: VersionsTable;
  readonly #receipts: ReceiptsTable;
  readonly #marks: JournalMarksTable;
  readonly #paths: PathsInUse;
  readonly #inTransaction: <T>(task: () => T) => T;

  constructor(db: Database, receipts: ReceiptsTable, marks: JournalMarksTable) {
    this.#uploads = new UploadsTable(db);
    this.#versions = new VersionsTable(db);
    this.#receipts = receipts;
    this.#marks = marks;
    this.#paths = new PathsInUse(db);
    const transaction = db.transaction((task: () => unknown) => task());
    this.#inTransaction = <T>(task: () => T): T => transaction.immediate(task) as T;
  }

  findUpload(clientRow: RowId, path: string): OpenUpload | undefined {
    return this.#uploads.find(clientRow, path);
  }

  findVersion(clientRow: RowId, path: string): StoredVersion | undefined {
    const found = this.#versions.find(clientRow, path);
    if (!found) return undefined;
    const { receiptSeq, ...facts } = found;
    const receipt = this.#receipts.find(clientRow, receiptSeq) ?? null;
    return { ...facts, receipt, seq: receipt ? (receiptSeq ?? 0) : 0 };
  }

  begin(clientRow: RowId, facts: FileFacts, temporaryName: string, now: number): OpenUpload {
    return this.#inTransaction(() => {
      if (!this.#paths.check().fileFits(clientRow, facts.path)) throw pathConflict();
      return this.#uploads.insert(clientRow, facts, temporaryName, now);
    });
  }

  touchUpload(row: RowId, now: number): void {
    this.#uploads.touch(row, now);
  }

  drop(row: RowId): void {
    this.#uploads.drop(row);
  }

  recordIntents(files: readonly Intent[], policy: ConflictPolicy): readonly Admission[] {
    return this.#inTransaction(() => {
      const check = this.#paths.check();
      return files.map((file) => this.#recordIntent(file, policy, check));
    });
  }

  commitIntents(rows: readonly RowId[], now: number): readonly (SignedReceipt | null)[] {
    return this.#inTransaction(() => {
      const chain = this.#receipts.chain(now);
      const receipts = rows.map((row) => this.#commitIntent(row, chain, now));
      chain.close();
      return receipts;
    });
  }

  commitJournaled(
    files: readonly JournaledFile[],
    policy: ConflictPolicy,
    now: number,
  ): readonly CommitOutcome[] {
    return this.#inTransaction(() => {
      const chain = this.#receipts.chain(now);
      const check = this.#paths.check();
      const outcomes = files.map((file) => this.#commitJournaled(file, policy, { chain, check, now }));
      chain.close();
      return outcomes;
    });
  }

  recordFolder(clientRow: RowId, folder: Omit<FileFacts, 'size'>): void {
    this.#inTransaction(() => {
      if (!this.#paths.check().folderFits(clientRow, folder.path)) throw pathConflict();
      this.#versions.recordFolder(clientRow, folder);
    });
  }

  findFolder(clientName: string, path: string): Omit<FileFacts, 'size'> | undefined {
    return this.#versions.findFolder(clientName, path);
  }

  list(clientRow: RowId, path: string, after: string, limit: number): readonly ListedEntry[] {
    return this.#versions.list(clientRow, path, after, limit);
  }

  listIntended(): readonly IntendedFile[] {
    return this.#uploads.listIntended();
  }

  listUploads(): readonly OpenUpload[] {
    return this.#uploads.listOpen();
  }

  listStale(before: number): readonly OpenUpload[] {
    return this.#uploads.listStale(before);
  }

  #recordIntent(file: Intent, policy: ConflictPolicy, check: PlaceCheck): Admission {
    const upload = this.#uploads.get(file.row);
    if (!upload) return { verdict: 'gone' };
    const { open, intended } = upload;
    const facts = { ...file, path: open.path };
    // Its rename may have been done, and failed behind it: then only the same again makes sense.
    if (intended && isSame(intended, facts)) return { verdict: 'go', keepAs: intended.keepAs };
    const { admission } = this.#admit(open.clientRow, facts, policy, check);
    if (admission.verdict === 'go') this.#uploads.setIntent(file.row, facts, admission.keepAs);
    return admission;
  }

  #commitIntent(row: RowId, chain: ReceiptChain, now: number): SignedReceipt | null {
    const intended = this.#uploads.get(row)?.intended;
    if (!intended) return null;
    const { clientRow, keepAs } = intended;
    this.#uploads.drop(row);
    const standing = this.#versions.standing(clientRow, intended);
    if (standing) this.#clearPlace(standing, keepAs);
    const { seq, stored } = chain.issue(clientRow, intended);
    this.#versions.insert(clientRow, intended, seq, now);
    return stored;
  }

  #commitJournaled(
    file: JournaledFile,
    policy: ConflictPolicy,
    { chain, check, now }: { chain: ReceiptChain; check: PlaceCheck; now: number },
  ): CommitOutcome {
    const { clientRow, record } = file;
    const { admission, standing } = this.#admit(clientRow, file, policy, check);
    if (admission.verdict !== 'go') return admission;
    const { keepAs } = admission;
    if (standing) {
      this.#clearPlace(standing, keepAs);
      if (keepAs !== null) this.#marks.recordMove(record, standing.row, file.path);
    }
    const { seq, stored } = chain.issue(clientRow, file);
    this.#marks.mark(record, this.#versions.insert(clientRow, file, seq, now));
    return { verdict: 'committed', stored, keepAs };
  }

  #admit(clientRow: RowId, facts: VersionFacts, policy: ConflictPolicy, check: PlaceCheck): Reception {
    const standing = this.#versions.standing(clientRow, facts);
    // One without a receipt, whatever the reason, gets one by being stored again.
    const stored = standing?.same ? this.#receipts.find(clientRow, standing.receiptSeq) : undefined;
    if (stored) return { admission: { verdict: 'there', stored } };
    // Where a file stands, one may stand.
    if (!standing && !check.fileFits(clientRow, facts.path)) {
      return { admission: { verdict: 'path-conflict' } };
    }
    if (standing && policy === 'refuse') return { admission: { verdict: 'exists' } };
    const keepAs = standing && policy === 'version' ? this.#paths.freeName(clientRow, facts.path) : null;
    return { admission: { verdict: 'go', keepAs }, standing };
  }

  #clearPlace({ row }: StandingVersion, keepAs: string | null): void {
    if (keepAs === null) this.#versions.remove(row);
    else this.#versions.move(row, keepAs);
  }
}

function isSame(a: VersionFacts, b: VersionFacts): boolean {
  const sameFacts = a.path === b.path && a.size === b.size && a.mtime === b.mtime && a.mode === b.mode;
  return sameFacts && Buffer.compare(a.sha256, b.sha256) === 0;
}

function pathConflict(): SesameError {
  return new SesameError('path-conflict', 'a file stands where a folder is wanted, or the reverse');
}
