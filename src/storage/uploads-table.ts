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
  readonly claimed: bigint;
  readonly replaces: bigint | null;
}

/** What an upload claims of its client's quota. */
export interface UploadClaim {
  /** Bytes of the whole content. */
  readonly claimed: number;
  /** Size of the version whose place it takes; null where there is none, or that is kept. */
  readonly replaces: number | null;
}

/** An upload, its intent if it has one, and its claim. */
export interface KnownUpload {
  readonly open: OpenUpload;
  readonly intended: IntendedFile | undefined;
  readonly claim: UploadClaim;
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
  readonly #setClaim: Statement<[Record<string, unknown>]>;
  readonly #park: Statement<[number, RowId]>;
  readonly #listOpen: Statement<[], UploadRow>;
  readonly #listIntended: Statement<[], UploadRow>;
  readonly #listStale: Statement<[number], UploadRow>;

  constructor(db: Database) {
    const select = <Parameters extends unknown[]>(where: string): Statement<Parameters, UploadRow> =>
      db.prepare<Parameters, UploadRow>(`${SELECT} ${where}`).safeIntegers();
    this.#find = select('client_row = ? AND path = ?');
    this.#get = select('uploads.row = ?');
    this.#insert = db.prepare(`
      INSERT INTO uploads (client_row, path, temporary_name, size, mtime, mode, heard_at, claimed, replaces)
      VALUES (:clientRow, :path, :temporaryName, :size, :mtime, :mode, :now, :claimed, :replaces)`);
    this.#touch = db.prepare('UPDATE uploads SET heard_at = ? WHERE row = ?');
    this.#drop = db.prepare('DELETE FROM uploads WHERE row = ?');
    this.#setIntent = db.prepare(`
      UPDATE uploads SET size = :size, mtime = :mtime, mode = :mode, sha256 = :sha256, keep_as = :keepAs,
                         claimed = :claimed, replaces = :replaces
      WHERE row = :row`);
    this.#setClaim = db.prepare(
      'UPDATE uploads SET claimed = :claimed, replaces = :replaces WHERE row = :row',
    );
    this.#park = db.prepare(
      'UPDATE uploads SET claimed = ?, replaces = NULL WHERE row = ? AND sha256 IS NULL',
    );
    this.#listOpen = select('sha256 IS NULL ORDER BY uploads.row');
    this.#listIntended = select('sha256 IS NOT NULL ORDER BY uploads.row');
    this.#listStale = select('sha256 IS NULL AND heard_at < ? ORDER BY uploads.row');
  }

  find(clientRow: RowId, path: string): OpenUpload | undefined {
    const row = this.#find.get(clientRow, path);
    return row && toOpen(row);
  }

  get(row: RowId): KnownUpload | undefined {
    const found = this.#get.get(row);
    return found && { open: toOpen(found), intended: toIntended(found)[0], claim: toClaim(found) };
  }

  insert(
    clientRow: RowId,
    facts: FileFacts,
    temporaryName: string,
    claim: UploadClaim,
    now: number,
  ): OpenUpload {
    const { path, size, mtime, mode } = facts;
    const said = { clientRow, path, temporaryName, size, mtime, mode, now };
    const { lastInsertRowid } = this.#insert.run({ ...said, ...claim });
    return { row: Number(lastInsertRowid), clientRow, temporaryName, path, size, mtime, mode };
  }

  touch(row: RowId, now: number): void {
    this.#touch.run(now, row);
  }

  drop(row: RowId): void {
    this.#drop.run(row);
  }

  /** @param replaces as in `UploadClaim` */
  setIntent(
    row: RowId,
    { size, mtime, mode, sha256 }: VersionFacts,
    keepAs: string | null,
    replaces: number | null,
  ): void {
    this.#setIntent.run({ row, size, mtime, mode, sha256, keepAs, claimed: size, replaces });
  }

  setClaim(row: RowId, claim: UploadClaim): void {
    this.#setClaim.run({ row, ...claim });
  }

  /**
   * It claims what came of it, and has that beside the version that stands: nobody knows whether it will ever take its
   * place. One that is about to be published keeps its claim.
   */
  park(row: RowId, came: number): void {
    this.#park.run(came, row);
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

function toClaim({ claimed, replaces }: UploadRow): UploadClaim {
  return { claimed: Number(claimed), replaces: replaces === null ? null : Number(replaces) };
}

function toIntended(row: UploadRow): IntendedFile[] {
  const { size, sha256, client_name: clientName, keep_as: keepAs } = row;
  if (size === null || sha256 === null) return [];
  return [{ ...toOpen(row), size: Number(size), sha256, clientName, keepAs }];
}
