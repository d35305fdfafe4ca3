/**
 * What the v4 engine needs of the outside: which uploads and versions there are, and the disk. All of it works off the
 * event loop. Storage implements it, and one contract suite per port holds it to what is said here.
 */
import type { RowId } from './ports.ts';

/** What a client says about a file before it sends it. */
export interface FileFacts {
  readonly path: string;
  /** Bytes; null where the client does not know it yet. */
  readonly size: number | null;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** The lower 12 bits of st_mode. */
  readonly mode: number;
}

/** Facts of content that is complete. */
export interface VersionFacts extends FileFacts {
  readonly size: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
}

export interface SignedReceipt {
  /** The exact bytes that were signed: JSON, UTF-8. */
  readonly receipt: Uint8Array;
  /** An SSHSIG blob, not armored. */
  readonly signature: Uint8Array;
}

/** An upload that is not finished. */
export interface OpenUpload extends FileFacts {
  readonly row: RowId;
  readonly clientRow: RowId;
  readonly temporaryName: string;
}

/** A file that stands at its place, or is on its way there with its content durable. */
export interface StoredVersion extends VersionFacts {
  /** Null where it is not this client's: of a file that came by v3, or by an earlier key of the name. */
  readonly receipt: SignedReceipt | null;
  /** 0 where the receipt is null. */
  readonly seq: number;
}

export interface ListedEntry {
  readonly type: 'file' | 'folder';
  readonly path: string;
  readonly size: number;
  readonly mtime: bigint;
  readonly mode: number;
  readonly sha256: Uint8Array;
  readonly seq: number;
}

export type ConflictPolicy = 'replace' | 'version' | 'refuse';

/** What holds for a file, from the policies of its client (FLEET.md 2): the ledger decides by it in its transaction. */
export interface StorageRules {
  readonly conflict: ConflictPolicy;
  readonly appendOnly: boolean;
  /** All that the client has stored and is about to; Infinity for no limit. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** A file that its client's quota has no room for. Bytes or files, as `limit` says. */
export interface OverQuota {
  readonly verdict: 'over-quota';
  readonly limit: 'max-bytes' | 'max-files';
  readonly most: number;
  /** Of finished files. */
  readonly used: number;
  /** Claimed by other uploads. */
  readonly underWay: number;
  /** What this one wants, less what it takes the place of. */
  readonly needs: number;
}

/** What the ledger says of a version that wants its place. */
export type Admission =
  /** `keepAs`: the name under which the version that stands there is kept; null where it is replaced, or none is there. */
  | { readonly verdict: 'go'; readonly keepAs: string | null }
  /** The same version stands there already. */
  | { readonly verdict: 'there'; readonly stored: SignedReceipt }
  | { readonly verdict: 'exists' | 'path-conflict' | 'append-only' }
  | OverQuota
  /** The upload has no row any more. */
  | { readonly verdict: 'gone' };

/** What became of one file of a commit. */
export type CommitOutcome =
  | { readonly verdict: 'committed'; readonly stored: SignedReceipt; readonly keepAs: string | null }
  | Exclude<Admission, { readonly verdict: 'go' | 'gone' }>;

/** What a version is held to when it wants its place. */
export interface Terms {
  readonly rules: StorageRules;
  /** The standing version that its content was found to begin with; null where nobody looked. */
  readonly extends: RowId | null;
}

/** A version whose content stands durable in the journal under this number. */
export interface JournaledFile extends VersionFacts, Terms {
  readonly clientRow: RowId;
  readonly record: number;
}

/** A claim on the quota that was granted. */
export interface Claimed {
  readonly verdict: 'claimed';
  /** Bytes of the whole content: so many may come before more must be claimed. */
  readonly bytes: number;
}

/** What stands at a path, as far as a longer version must begin with it. */
export interface StandingContent {
  readonly row: RowId;
  readonly size: number;
  /** 32 bytes; null for a file that came by v3. */
  readonly sha256: Uint8Array | null;
}

/** Where a journaled file goes. */
export interface Placement {
  readonly record: number;
  readonly clientName: string;
  readonly path: string;
  readonly mtime: bigint;
  readonly mode: number;
  readonly keepAs: string | null;
}

/** A large file between its intent and its row. */
export interface IntendedFile extends VersionFacts {
  readonly row: RowId;
  readonly clientRow: RowId;
  readonly clientName: string;
  readonly temporaryName: string;
  readonly keepAs: string | null;
}

/**
 * The rows of uploads, versions and receipts. Each call is one committed, durable transaction. Receipts are issued in
 * the transaction that commits their files, so the chain of a client has neither gap nor fork.
 */
export interface UploadLedger {
  findUpload(clientRow: RowId, path: string): Promise<OpenUpload | undefined>;
  findVersion(clientRow: RowId, path: string): Promise<StoredVersion | undefined>;
  findStanding(clientRow: RowId, path: string): Promise<StandingContent | undefined>;
  /**
   * Claims what it announces, or where its size is not known, a first step.
   *
   * @throws `path-conflict` where a finished file or an ancestor is in the way; an older upload of the path must be gone
   */
  begin(
    clientRow: RowId,
    facts: FileFacts,
    temporaryName: string,
    rules: StorageRules,
    now: number,
  ): Promise<(Claimed & { readonly upload: OpenUpload }) | OverQuota>;
  /** It goes on, and is not stale from now on: claims again, as at first. @param came bytes that are there */
  resume(row: RowId, came: number, rules: StorageRules, now: number): Promise<Claimed | OverQuota>;
  /** More comes of an upload whose size is not known: at least so many bytes in all, and a step ahead where there is room. */
  claim(row: RowId, bytes: number, rules: StorageRules): Promise<Claimed | OverQuota>;
  /** Uploads that nobody goes on with for now: each claims what came of it, and no more. */
  park(uploads: readonly { readonly row: RowId; readonly came: number }[]): Promise<void>;
  /** Gone already is well. */
  drop(row: RowId): Promise<void>;
  /**
   * The step before the rename, for several uploads: a restart rolls those forward that are told to go. An upload that is
   * `there` stays as it is, to be dropped by the caller. What is wrong with one is no matter of the others.
   */
  recordIntents(
    files: readonly (VersionFacts & Terms & { readonly row: RowId })[],
  ): Promise<readonly Admission[]>;
  /** The step behind the rename: the rows, and their receipts; null for an intent that is not there. */
  commitIntents(rows: readonly RowId[], now: number): Promise<readonly (SignedReceipt | null)[]>;
  /** Whether a quota would refuse a version as things stand: asked before its content is written; null where none would. */
  lacksRoom(clientRow: RowId, version: VersionFacts & Terms): Promise<OverQuota | null>;
  /** Files whose content is in the journal: admitted, committed and receipted in one transaction, in this order. */
  commitJournaled(files: readonly JournaledFile[], now: number): Promise<readonly CommitOutcome[]>;
  recordFolder(clientRow: RowId, folder: Omit<FileFacts, 'size'>): Promise<void>;
  /** What a client last said of a folder. @returns undefined where it has said nothing */
  findFolder(clientName: string, path: string): Promise<Omit<FileFacts, 'size'> | undefined>;
  /**
   * The files and folders of a client at or below a path (empty: all), in byte order of their paths, behind the path `after`.
   */
  list(clientRow: RowId, path: string, after: string, limit: number): Promise<readonly ListedEntry[]>;
  listIntended(): Promise<readonly IntendedFile[]>;
  listUploads(): Promise<readonly OpenUpload[]>;
  /** Unfinished uploads that were last heard of before this time. */
  listStale(before: number): Promise<readonly OpenUpload[]>;
}

/** A stored file, whoever's and by whichever version of the protocol: for the operator. */
export interface CatalogueEntry extends ListedEntry {
  readonly clientName: string;
  readonly form: 'plaintext' | 'ciphertext';
  /** Of a file that came by v3. */
  readonly crc32: number | null;
  readonly receipt: SignedReceipt | null;
}

export interface Catalogue {
  /**
   * Files by client name key and path, behind the place `after` (a client's name key and a path).
   *
   * @param client a name key; null for all clients
   * @param path a file or folder; empty for all
   */
  list(
    client: string | null,
    path: string,
    after: { readonly client: string; readonly path: string } | null,
    limit: number,
  ): Promise<readonly CatalogueEntry[]>;
  find(client: string, path: string): Promise<CatalogueEntry | undefined>;
  /** The receipts of a client behind a sequence number, in their order. */
  receipts(
    client: string,
    after: number,
    limit: number,
  ): Promise<readonly (SignedReceipt & { readonly seq: number })[]>;
}

/** A large file on its way into `incoming/`; exactly one of `finish`, `park` and `discard` ends it. */
export interface ResumableUpload {
  readonly temporaryName: string;
  /** Where to go on: bytes that are in the file already. */
  readonly offset: number;
  /** @returns a promise where the caller must wait, and leave the chunk as it is, before it gives more */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** Everything written is hashed and durable; the file stays in `incoming/`. */
  finish(): Promise<{ readonly size: number; readonly sha256: Uint8Array }>;
  /** Lets go of the file and keeps what came; never throws. */
  park(): Promise<void>;
  /** Removes the file; never throws. */
  discard(): Promise<void>;
}

/** What a stored file turns out to be when it is read again. */
export interface StoredDigest {
  readonly size: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
  /** zlib CRC-32. */
  readonly crc32: number;
}

export interface UploadStore {
  /** @param onTaken called with the number of bytes, each time some have been written */
  create(onTaken: (bytes: number) => void): Promise<ResumableUpload>;
  /** Takes up what an earlier connection or process left. @returns undefined when it is not there */
  resume(temporaryName: string, onTaken: (bytes: number) => void): Promise<ResumableUpload | undefined>;
  /** Bytes that are in a file in `incoming/`. @returns undefined when it is not there */
  sizeOf(temporaryName: string): Promise<number | undefined>;
  /** Reads the first so many bytes of a file in `incoming/`. @returns their SHA-256; undefined when there are not so many */
  digestStart(temporaryName: string, bytes: number): Promise<Uint8Array | undefined>;
  /** @throws `disk-full` when so many bytes more do not fit */
  checkSpace(bytes: number): Promise<void>;
  /**
   * Sets mode and mtime, keeps the older version as `keepAs` where that is not null, renames into `files/`, and makes the
   * folder durable. Doing it again after a crash is harmless.
   *
   * @throws `path-conflict`; `content-lost`
   */
  publish(file: Omit<IntendedFile, 'row' | 'clientRow'>): Promise<void>;
  /** @throws `path-conflict` */
  makeFolder(clientName: string, folder: Omit<FileFacts, 'size'>): Promise<void>;
  /**
   * Reads a stored file in chunks of at most 256 KiB, from `offset` up to `end`, or to its own. Who stops early lets go of it.
   *
   * @throws `not-found`; `content-lost` when it does not have this size
   */
  read(
    clientName: string,
    path: string,
    offset: number,
    size: number,
    end?: number,
  ): AsyncIterable<Uint8Array>;
  /** Reads all of a stored file. @returns undefined when no file is there */
  digest(clientName: string, path: string): Promise<StoredDigest | undefined>;
  /** Removes a stored file, durably; gone already is well. */
  remove(clientName: string, path: string): Promise<void>;
  /** Removes from `incoming/`; gone already is well. */
  removeIncoming(temporaryName: string): Promise<void>;
}

/** A small file, whole. */
export interface SmallFile extends VersionFacts {
  readonly content: Uint8Array;
}

/** A small file that may have been put to its place only just now. */
export interface PlacedFile {
  readonly clientName: string;
  readonly path: string;
}

/**
 * The write-ahead journal for small files: one sync for hundreds of them. Placing them afterwards needs no sync of its
 * own; a checkpoint syncs the file system, forgets the records in the ledger and drops the segment.
 */
export interface SmallFileJournal {
  /**
   * Appends in order and syncs once.
   *
   * @returns for each file the number of its record, or null where its content does not have its SHA-256
   */
  append(files: readonly SmallFile[]): Promise<readonly (number | null)[]>;
  /** Puts committed files to their places, in this order. What cannot be placed stays in the journal and is tried again. */
  place(files: readonly Placement[]): Promise<void>;
  /** Resolves when no file of this path waits to be placed. */
  settled(clientName: string, path: string): Promise<void>;
  /**
   * Runs a task when all files that were handed over so far stand at their places; not at all where they do. After a
   * crash in between, `replay` names these files to its `restore`.
   */
  afterPlacing(task: () => Promise<void>): void;
  /**
   * At start: places what the ledger says is in the journal only, and begins a new one.
   *
   * @param restore called when that is done, with all files that the journal held
   */
  replay(restore: (files: readonly PlacedFile[]) => Promise<void>): Promise<void>;
}
