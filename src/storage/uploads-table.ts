import type { Database, Statement } from 'better-sqlite3';
import type { RowId } from '../transfer/ports.ts';
import type { FileFacts, IntendedFile, OpenUpload, VersionFacts } from '../transfer/upload-ports.ts';

interface UploadRow {
  readonly row: bigint;
  readonly client_row: bigint;
  readonly client_name: string;
  readonly path: string;
  readonly temporary_name: string;
  readonly size: bigint | null;
  readonly mtime: bigint;
  readonly mode: bigint;
  readonly sha256: Uint8Array | null;
  readonly keep_as: string | null;
}

const SELECT = `
  SELECT uploads.*, clients.name AS client_name FROM uploads JOIN clients ON clients.row = uploads.client_row WHERE`;

/** The table `uploads`: v4 uploads that are not finished; with a SHA-256, their intent to be published. */
export class UploadsTable {
  readonly #find: Statement<[RowId, string], UploadRow>;
  readonly #get: Statement<[RowId], UploadRow>;
  readonly #insert: Statement<[Record<string, unknown>]>;
  readonly #touch: Statement<[number, RowId]>;
  readonly #drop: Statement<[RowId]>;
  readonly #setIntent: Statement<[Record<string, unknown>]>;
  readonly #listOpen: Statement<[], UploadRow>;
  readonly #listIntended: Statement<[], UploadRow>;
  readonly #listStale: Statement<[number], UploadRow>;

  constructor(db: Database) {
    const select = <Parameters extends unknown[]>(where: string): Statement<Parameters, UploadRow> =>
      db.prepare<Parameters, UploadRow>(`${SELECT} ${where}`).safeIntegers();
    this.#find = select('client_row = ? AND path = ?');
    this.#get = select('uploads.row = ?');
    this.#insert = db.prepare(`
      INSERT INTO uploads (client_row, path, temporary_name, size, mtime, mode, heard_at)
      VALUES (:clientRow, :path, :temporaryName, :size, :mtime, :mode, :now)`);
    this.#touch = db.prepare('UPDATE uploads SET heard_at = ? WHERE row = ?');
    this.#drop = db.prepare('DELETE FROM uploads WHERE row = ?');
    this.#setIntent = db.prepare(`
      UPDATE uploads SET size = :size, mtime = :mtime, mode = :mode, sha256 = :sha256, keep_as = :keepAs
      WHERE row = :row`);
    this.#listOpen = select('sha256 IS NULL ORDER BY uploads.row');
    this.#listIntended = select('sha256 IS NOT NULL ORDER BY uploads.row');
    this.#listStale = select('sha256 IS NULL AND heard_at < ? ORDER BY uploads.row');
  }

  find(clientRow: RowId, path: string): OpenUpload | undefined {
    const row = this.#find.get(clientRow, path);
    return row && toOpen(row);
  }

  /** @returns the upload of this row, and its intent if it has one */
  get(row: RowId): { readonly open: OpenUpload; readonly intended: IntendedFile | undefined } | undefined {
    const found = this.#get.get(row);
    return found && { open: toOpen(found), intended: toIntended(found)[0] };
  }

  insert(clientRow: RowId, facts: FileFacts, temporaryName: string, now: number): OpenUpload {
    const { path, size, mtime, mode } = facts;
    const { lastInsertRowid } = this.#insert.run({ clientRow, path, temporaryName, size, mtime, mode, now });
    return { row: Number(lastInsertRowid), clientRow, temporaryName, path, size, mtime, mode };
  }

  touch(row: RowId, now: number): void {
    this.#touch.run(now, row);
  }

  drop(row: RowId): void {
    this.#drop.run(row);
  }

  setIntent(row: RowId, { size, mtime, mode, sha256 }: VersionFacts, keepAs: string | null): void {
    this.#setIntent.run({ row, size, mtime, mode, sha256, keepAs });
  }

  listOpen(): readonly OpenUpload[] {
    return this.#listOpen.all().map(toOpen);
  }

  listIntended(): readonly IntendedFile[] {
    return this.#listIntended.all().flatMap(toIntended);
  }

  listStale(before: number): readonly OpenUpload[] {
    return this.#listStale.all(before).map(toOpen);
  }
}

function toOpen(row: UploadRow): OpenUpload {
  return {
    row: Number(row.row),
    clientRow: Number(row.client_row),
    temporaryName: row.temporary_name,
    path: row.path,
    size: row.size === null ? null : Number(row.size),
    mtime: row.mtime,
    mode: Number(row.mode),
  };
}

function toIntended(row: UploadRow): IntendedFile[] {
  const { size, sha256, client_name: clientName, keep_as: keepAs } = row;
  if (size === null || sha256 === null) return [];
  return [{ ...toOpen(row), size: Number(size), sha256, clientName, keepAs }];
}
