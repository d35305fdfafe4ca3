import type { Database, Statement } from 'better-sqlite3';
import type { RowId } from '../transfer/ports.ts';
import type { FileFacts, ListedEntry, StandingContent, VersionFacts } from '../transfer/upload-ports.ts';

/** The version that stands at a path. */
export interface StandingVersion {
  readonly row: RowId;
  /** Null for one that came by v3, or by an earlier key of the name. */
  readonly receiptSeq: number | null;
  readonly size: number;
  /** It is the very version that was asked about. */
  readonly same: boolean;
}

export interface FoundVersion extends VersionFacts {
  readonly receiptSeq: number | null;
}

interface EntryRow {
  readonly type: 'file' | 'folder';
  readonly path: string;
  readonly size: bigint;
  readonly mtime: bigint;
  readonly mode: bigint;
  readonly sha256: Uint8Array | null;
  readonly seq: bigint | null;
}

interface FolderRow {
  readonly path: string;
  readonly mtime: bigint;
  readonly mode: bigint;
}

// v3 programs say nothing of times and modes; a receipt of an earlier key of the name is none of this client's.
const OWN_SEQ = 'CASE WHEN receipt_of IS NULL THEN receipt_seq END';
const FILE_COLUMNS = `
  'file' AS type, path, size, coalesce(mtime, received_at * 1000000) AS mtime, coalesce(mode, 384) AS mode,
  sha256, ${OWN_SEQ} AS seq`;
const FOLDER_COLUMNS = `'folder' AS type, path, 0 AS size, mtime, mode, NULL AS sha256, NULL AS seq`;
const NO_SHA256 = new Uint8Array(32);

/** Finished files of v4 in the table `files`, and what a client sees of its files and folders. */
export class VersionsTable {
  readonly #find: Statement<[RowId, string], EntryRow>;
  readonly #standing: Statement<
    [Record<string, unknown>],
    { row: number; receipt_seq: number | null; size: number; same: number | null }
  >;
  readonly #standingContent: Statement<[RowId, string], StandingContent>;
  readonly #insert: Statement<[Record<string, unknown>]>;
  readonly #remove: Statement<[RowId]>;
  readonly #move: Statement<[string, RowId]>;
  readonly #recordFolder: Statement<[Record<string, unknown>]>;
  readonly #findFolder: Statement<[string, string], FolderRow>;
  readonly #list: Statement<[Record<string, unknown>], EntryRow>;

  constructor(db: Database) {
    this.#find = db
      .prepare<[RowId, string], EntryRow>(
        `SELECT ${FILE_COLUMNS} FROM files WHERE client_row = ? AND path = ? AND state = 'verified'`,
      )
      .safeIntegers();
    this.#standing = db.prepare(`
      SELECT row, ${OWN_SEQ} AS receipt_seq, size,
             size = :size AND mtime = :mtime AND mode = :mode AND sha256 = :sha256 AS same
      FROM files WHERE client_row = :clientRow AND path = :path AND state = 'verified'`);
    this.#standingContent = db.prepare(`
      SELECT row, size, sha256 FROM files WHERE client_row = ? AND path = ? AND state = 'verified'`);
    this.#insert = db.prepare(`
      INSERT INTO files (client_row, path, state, sends, form, size, received_at, settled_at, sha256, mtime, mode, receipt_seq)
      VALUES (:clientRow, :path, 'verified', 1, 'plaintext', :size, :now, :now, :sha256, :mtime, :mode, :seq)`);
    this.#remove = db.prepare('DELETE FROM files WHERE row = ?');
    this.#move = db.prepare('UPDATE files SET path = ? WHERE row = ?');
    this.#recordFolder = db.prepare(`
      INSERT INTO folders (client_row, path, mtime, mode) VALUES (:clientRow, :path, :mtime, :mode)
      ON CONFLICT DO UPDATE SET mtime = excluded.mtime, mode = excluded.mode`);
    this.#findFolder = db
      .prepare<[string, string], FolderRow>(
        `SELECT path, mtime, mode FROM folders
         WHERE client_row = (SELECT row FROM clients WHERE name = ?) AND path = ?`,
      )
      .safeIntegers();
    // Text is compared byte by byte. What begins with `path` and goes on below `/` stands beside it, not below.
    const below = `path > max(:after, :path || '/') AND path < :path || '0'`;
    const itself = 'path = :path AND path > :after';
    const from = (columns: string, table: string, where: string): string =>
      `SELECT ${columns} FROM ${table} WHERE client_row = :clientRow AND ${where}`;
    const verified = `state = 'verified'`;
    this.#list = db
      .prepare<[Record<string, unknown>], EntryRow>(
        `${from(FILE_COLUMNS, 'files', `${verified} AND :path <> '' AND ${itself}`)}
         UNION ALL ${from(FILE_COLUMNS, 'files', `${verified} AND :path <> '' AND ${below}`)}
         UNION ALL ${from(FILE_COLUMNS, 'files', `${verified} AND :path = '' AND path > :after`)}
         UNION ALL ${from(FOLDER_COLUMNS, 'folders', `:path <> '' AND ${itself}`)}
         UNION ALL ${from(FOLDER_COLUMNS, 'folders', `:path <> '' AND ${below}`)}
         UNION ALL ${from(FOLDER_COLUMNS, 'folders', `:path = '' AND path > :after`)}
         ORDER BY path LIMIT :limit`,
      )
      .safeIntegers();
  }

  find(clientRow: RowId, path: string): FoundVersion | undefined {
    const row = this.#find.get(clientRow, path);
    if (!row) return undefined;
    const { size, mtime, mode, sha256 } = toEntry(row);
    return { path, size, mtime, mode, sha256, receiptSeq: row.seq === null ? null : Number(row.seq) };
  }

  /** What stands at the path of a new version. */
  standing(clientRow: RowId, facts: VersionFacts): StandingVersion | undefined {
    const { path, size, mtime, mode, sha256 } = facts;
    const found = this.#standing.get({ clientRow, path, size, mtime, mode, sha256 });
    if (!found) return undefined;
    return { row: found.row, receiptSeq: found.receipt_seq, size: found.size, same: found.same === 1 };
  }

  standingContent(clientRow: RowId, path: string): StandingContent | undefined {
    return this.#standingContent.get(clientRow, path);
  }

  /** @returns its row; the place must be free */
  insert(clientRow: RowId, facts: VersionFacts, seq: number, now: number): RowId {
    const { path, size, mtime, mode, sha256 } = facts;
    return Number(this.#insert.run({ clientRow, path, size, mtime, mode, sha256, seq, now }).lastInsertRowid);
  }

  remove(row: RowId): void {
    this.#remove.run(row);
  }

  move(row: RowId, path: string): void {
    this.#move.run(path, row);
  }

  recordFolder(clientRow: RowId, { path, mtime, mode }: Omit<FileFacts, 'size'>): void {
    this.#recordFolder.run({ clientRow, path, mtime, mode });
  }

  findFolder(clientName: string, path: string): Omit<FileFacts, 'size'> | undefined {
    const found = this.#findFolder.get(clientName, path);
    return found && { path: found.path, mtime: found.mtime, mode: Number(found.mode) };
  }

  list(clientRow: RowId, path: string, after: string, limit: number): readonly ListedEntry[] {
    return this.#list.all({ clientRow, path, after, limit }).map(toEntry);
  }
}

function toEntry({ type, path, size, mtime, mode, sha256, seq }: EntryRow): ListedEntry {
  return {
    ...{ type, path, mtime, size: Number(size), mode: Number(mode), seq: Number(seq ?? 0) },
    sha256: sha256 ?? NO_SHA256,
  };
}
