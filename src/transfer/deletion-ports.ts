import type { RowId } from './ports.ts';

/** A place at which no version stands any more, as far as the ledger goes; the file may still be there. */
export interface Deletion {
  readonly clientRow: RowId;
  readonly clientName: string;
  readonly path: string;
}

/** Which files are being deleted. Each call is one committed, durable transaction. */
export interface DeletionLedger {
  /**
   * Whose place this is.
   *
   * @param client a name key
   * @returns undefined where neither a version stands nor a deletion is unfinished
   */
  find(client: string, path: string): Promise<Deletion | undefined>;
  /** The version goes, and the place is noted as one to be cleared. @throws `not-found` as `find` */
  record(clientRow: RowId, path: string): Promise<void>;
  /** The place is clear. */
  finish(clientRow: RowId, path: string): Promise<void>;
  /** @returns `taken`: another version stands there since, or is about to */
  list(): Promise<readonly (Deletion & { readonly taken: boolean })[]>;
}
