import type { Database } from 'better-sqlite3';
import type { RowId } from '../transfer/ports.ts';
import { pathConflict } from '../transfer/refused-version.ts';
import type {
  Admission,
  Claimed,
  CommitOutcome,
  FileFacts,
  IntendedFile,
  JournaledFile,
  ListedEntry,
  OpenUpload,
  OverQuota,
  SignedReceipt,
  StandingContent,
  StorageRules,
  StoredVersion,
  Terms,
  VersionFacts,
} from '../transfer/upload-ports.ts';
import { ClientQuotas, needOf, NO_NEED, type Need, type QuotaCheck } from './client-quotas.ts';
import type { JournalMarksTable } from './journal-marks-table.ts';
import { PathsInUse, type PlaceCheck } from './paths-in-use.ts';
import type { ReceiptChain, ReceiptsTable } from './receipts-table.ts';
import { UploadsTable, type UploadClaim } from './uploads-table.ts';
import { VersionsTable, type StandingVersion } from './versions-table.ts';

type Intent = VersionFacts & Terms & { readonly row: RowId };

/** What an upload of unknown size claims ahead of what came, bytes: a call of the ledger for as many. */
const MOST_AHEAD = 64 * 1024 * 1024;
const LEAST_AHEAD = 64 * 1024;
/** And never more than this part of the room that is left: others want to begin, too. */
const SHARE_AHEAD = 8;

/** What a version that wants its place meets there. */
interface Reception {
  readonly admission: Exclude<Admission, { readonly verdict: 'gone' }>;
  readonly standing?: StandingVersion | undefined;
  /** Size of the version whose place it takes; null where there is none, or that is kept. */
  readonly replaces: number | null;
}

/** What is looked up once for all files of a transaction. */
interface Checks {
  readonly places: PlaceCheck;
  readonly quota: QuotaCheck;
}

/** The rows of uploads, versions and receipts; methods as in `UploadLedger`, synchronous, each one transaction. */
export class UploadTransactions {
  readonly #uploads: UploadsTable;
  readonly #versions: VersionsTable;
  readonly #receipts: ReceiptsTable;
  readonly #marks: JournalMarksTable;
  readonly #paths: PathsInUse;
  readonly #quotas: ClientQuotas;
  readonly #inTransaction: <T>(task: () => T) => T;

  constructor(db: Database, receipts: ReceiptsTable, marks: JournalMarksTable) {
    this.#uploads = new UploadsTable(db);
    this.#versions = new VersionsTable(db);
    this.#receipts = receipts;
    this.#marks = marks;
    this.#paths = new PathsInUse(db);
    this.#quotas = new ClientQuotas(db);
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

  findStanding(clientRow: RowId, path: string): StandingContent | undefined {
    return this.#versions.standingContent(clientRow, path);
  }

  begin(
    clientRow: RowId,
    facts: FileFacts,
    temporaryName: string,
    rules: StorageRules,
    now: number,
  ): (Claimed & { readonly upload: OpenUpload }) | OverQuota {
    return this.#inTransaction(() => {
      const { path, size } = facts;
      if (!this.#paths.check().fileFits(clientRow, path)) throw pathConflict();
      const replaces = this.#replacedAt(clientRow, path, rules);
      const granted = this.#grant({ clientRow, size }, { before: NO_NEED, bytes: 0, replaces }, rules);
      if (granted.verdict === 'over-quota') return granted;
      const claim = { claimed: granted.bytes, replaces };
      return { ...granted, upload: this.#uploads.insert(clientRow, facts, temporaryName, claim, now) };
    });
  }

  resume(row: RowId, came: number, rules: StorageRules, now: number): Claimed | OverQuota {
    return this.#inTransaction(() => {
      const upload = this.#uploads.get(row);
      if (!upload) return gone(came);
      const { open, claim } = upload;
      const replaces = this.#replacedAt(open.clientRow, open.path, rules);
      const granted = this.#grant(
        open,
        { before: needOf(claim.claimed, claim.replaces), bytes: came, replaces },
        rules,
      );
      if (granted.verdict === 'over-quota') return granted;
      this.#uploads.setClaim(row, { claimed: granted.bytes, replaces });
      this.#uploads.touch(row, now);
      return granted;
    });
  }

  claim(row: RowId, bytes: number, rules: StorageRules): Claimed | OverQuota {
    return this.#inTransaction(() => {
      const upload = this.#uploads.get(row);
      if (!upload) return gone(bytes);
      const { claimed, replaces } = upload.claim;
      const granted = this.#grant(upload.open, { before: needOf(claimed, replaces), bytes, replaces }, rules);
      if (granted.verdict === 'claimed') this.#uploads.setClaim(row, { claimed: granted.bytes, replaces });
      return granted;
    });
  }

  park(uploads: readonly { readonly row: RowId; readonly came: number }[]): void {
    this.#inTransaction(() => {
      for (const { row, came } of uploads) this.#uploads.park(row, came);
    });
  }

  drop(row: RowId): void {
    this.#uploads.drop(row);
  }

  recordIntents(files: readonly Intent[]): readonly Admission[] {
    return this.#inTransaction(() => {
      const checks = this.#checks();
      return files.map((file) => this.#recordIntent(file, checks));
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

  lacksRoom(clientRow: RowId, version: VersionFacts & Terms): OverQuota | null {
    return this.#inTransaction(() => {
      const { admission } = this.#admit(clientRow, version, null, this.#checks());
      return admission.verdict === 'over-quota' ? admission : null;
    });
  }

  commitJournaled(files: readonly JournaledFile[], now: number): readonly CommitOutcome[] {
    return this.#inTransaction(() => {
      const chain = this.#receipts.chain(now);
      const checks = this.#checks();
      const outcomes = files.map((file) => this.#commitJournaled(file, { chain, checks, now }));
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

  #checks(): Checks {
    return { places: this.#paths.check(), quota: this.#quotas.check() };
  }

  /** @returns the size of the version whose place a file here will take; null where it takes none */
  #replacedAt(clientRow: RowId, path: string, { conflict }: StorageRules): number | null {
    if (conflict !== 'replace') return null;
    return this.#versions.standingContent(clientRow, path)?.size ?? null;
  }

  /** What an upload may claim: all that it announced, or so many bytes as came and a step ahead. */
  #grant(
    { clientRow, size }: Pick<OpenUpload, 'clientRow' | 'size'>,
    {
      before,
      bytes,
      replaces,
    }: { readonly before: Need; readonly bytes: number; readonly replaces: number | null },
    rules: StorageRules,
  ): Claimed | OverQuota {
    const quota = this.#quotas.check();
    const wanted = size ?? bytes;
    const refusal = quota.admit(clientRow, before, needOf(wanted, replaces), rules);
    if (refusal) return refusal;
    if (size !== null) return { verdict: 'claimed', bytes: wanted };
    // What the version has that it replaces is there to be used, too.
    const room = quota.roomFor(clientRow, rules) + Math.max(0, (replaces ?? 0) - wanted);
    const share = Math.max(LEAST_AHEAD, Math.floor(room / SHARE_AHEAD));
    return { verdict: 'claimed', bytes: wanted + Math.min(MOST_AHEAD, room, share) };
  }

  #recordIntent(file: Intent, checks: Checks): Admission {
    const upload = this.#uploads.get(file.row);
    if (!upload) return { verdict: 'gone' };
    const { open, intended, claim } = upload;
    const facts = { ...file, path: open.path };
    // Its rename may have been done, and failed behind it: then only the same again makes sense.
    if (intended && isSame(intended, facts)) return { verdict: 'go', keepAs: intended.keepAs };
    const { admission, replaces } = this.#admit(open.clientRow, facts, claim, checks);
    if (admission.verdict === 'go') this.#uploads.setIntent(file.row, facts, admission.keepAs, replaces);
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
    { chain, checks, now }: { chain: ReceiptChain; checks: Checks; now: number },
  ): CommitOutcome {
    const { clientRow, record } = file;
    const { admission, standing } = this.#admit(clientRow, file, null, checks);
    if (admission.verdict !== 'go') return admission;
    const { keepAs } = admission;
    if (standing) {
      this.#clearPlace(standing, keepAs);
      if (keepAs !== null) this.#marks.recordMove(record, standing.row, file.path);
    }
    const { seq, stored } = chain.issue(clientRow, file);
    this.#marks.mark(record, this.#versions.insert(clientRow, file, seq, now));
    if (standing) checks.quota.forget(clientRow);
    return { verdict: 'committed', stored, keepAs };
  }

  /** @param claim what it has claimed already; null for one that claims only now */
  #admit(
    clientRow: RowId,
    facts: VersionFacts & Terms,
    claim: UploadClaim | null,
    { places, quota }: Checks,
  ): Reception {
    const { rules } = facts;
    const standing = this.#versions.standing(clientRow, facts);
    const refused = (admission: Reception['admission']): Reception => ({ admission, replaces: null });
    // One without a receipt, whatever the reason, gets one by being stored again.
    const stored = standing?.same ? this.#receipts.find(clientRow, standing.receiptSeq) : undefined;
    if (stored) return refused({ verdict: 'there', stored });
    // Where a file stands, one may stand.
    if (!standing && !places.fileFits(clientRow, facts.path)) return refused({ verdict: 'path-conflict' });
    if (standing && rules.conflict === 'refuse') return refused({ verdict: 'exists' });
    // Of another version than this one nobody knows whether it begins with it.
    if (standing && rules.appendOnly && standing.row !== facts.extends)
      return refused({ verdict: 'append-only' });
    const isKept = standing !== undefined && rules.conflict === 'version';
    const replaces = standing && !isKept ? standing.size : null;
    const before = claim ? needOf(claim.claimed, claim.replaces) : NO_NEED;
    const refusal = quota.admit(clientRow, before, changeOf(facts.size, replaces, claim), rules);
    if (refusal) return refused(refusal);
    const keepAs = isKept ? this.#paths.freeName(clientRow, facts.path) : null;
    return { admission: { verdict: 'go', keepAs }, standing, replaces };
  }

  #clearPlace({ row }: StandingVersion, keepAs: string | null): void {
    if (keepAs === null) this.#versions.remove(row);
    else this.#versions.move(row, keepAs);
  }
}

/** A version that takes its place at once gives back what the one there had more; a claim never does. */
function changeOf(size: number, replaces: number | null, claim: UploadClaim | null): Need {
  const need = needOf(size, replaces);
  return claim ? need : { ...need, bytes: size - (replaces ?? 0) };
}

/** Its row is no longer there: nothing will come of it, so nothing needs to be claimed. */
function gone(bytes: number): Claimed {
  return { verdict: 'claimed', bytes };
}

function isSame(a: VersionFacts, b: VersionFacts): boolean {
  const sameFacts = a.path === b.path && a.size === b.size && a.mtime === b.mtime && a.mode === b.mode;
  return sameFacts && Buffer.compare(a.sha256, b.sha256) === 0;
}
