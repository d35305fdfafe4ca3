/**
 * What an operator's console needs to look through a million files: snapshots of a listing, read page by page. It works
 * off the event loop, beside the writer of the database, so that a search holds up no upload. Storage implements it.
 */
import type { StoredForm } from './ports.ts';

/** Which files, in which order. All orders are total: files that are equal in it keep the same order. */
export interface FileQuery {
  /** A client's name key; null for all clients. */
  readonly client: string | null;
  /** Part of a path or of a client's name, whatever its case; no character in it is special. Empty: all files. */
  readonly search: string;
  /** `time`: when it was stored. Text is compared byte by byte. */
  readonly sort: 'path' | 'client' | 'size' | 'time';
  readonly descending: boolean;
}

/** Whose file it is: a client by its name key, and the path below its folder. */
export interface FileAddress {
  readonly client: string;
  readonly path: string;
}

/** A stored file without its receipt. */
export interface BrowsedFile {
  readonly clientName: string;
  readonly path: string;
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** The lower 12 bits of st_mode. */
  readonly mode: number;
  readonly form: StoredForm;
  /** 32 bytes; null for a file that came by v3. */
  readonly sha256: Uint8Array | null;
  /** Of a file that came by v3. */
  readonly crc32: number | null;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  readonly protocol: 3 | 4;
  /** The number of its receipt; null for a file that came by v3. */
  readonly receiptSeq: number | null;
}

/** Which files there were, in order. */
export interface FileSnapshot {
  /** Its id: who does not know it cannot guess it. */
  readonly snapshot: string;
  readonly total: number;
}

export interface FileTotals {
  readonly clients: number;
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
}

export interface FileBrowser {
  /**
   * Notes which files there are now, in order. At most 8 such snapshots are kept: the least recently used goes, and each
   * after 5 minutes without use.
   */
  take(query: FileQuery): Promise<FileSnapshot>;
  /** A snapshot again, which is used by that. @throws `snapshot-gone` */
  measure(snapshot: string): Promise<FileSnapshot>;
  /**
   * Files of a snapshot as they are now; what was deleted or replaced since is null. Beyond its end there are none.
   *
   * @throws `snapshot-gone`
   */
  page(snapshot: string, offset: number, limit: number): Promise<readonly (BrowsedFile | null)[]>;
  find(client: string, path: string): Promise<BrowsedFile | undefined>;
  /** The older versions that are kept beside a file as `NAME.~N~`, newest first; without the file itself. */
  versions(client: string, path: string): Promise<readonly BrowsedFile[]>;
  /** What is stored in all; may be a few seconds old. */
  totals(): Promise<FileTotals>;
}
