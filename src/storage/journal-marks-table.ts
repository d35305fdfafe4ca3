import type { Database, Statement } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import type { RowId } from '../transfer/ports.ts';

/** A committed file that is durable in the journal only. */
export interface MarkedFile {
  readonly record: number;
  readonly clientName: string;
  readonly path: string;
  readonly size: number;
  readonly mtime: bigint;
  readonly mode: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
  /** A large upload that is about to take this very place, or has done so but for its row. */
  readonly successor: { readonly temporaryName: string; readonly keepAs: string | null } | null;
}

/** A version that the placing of a journaled file moves out of its way. */
export interface MovedFile {
  readonly clientName: string;
  readonly path: string;
  /** Where it stood before. */
  readonly stoodAt: string;
  readonly size: number;
  /** Null for one that came by v3. */
  readonly sha256: Uint8Array | null;
}

interface MarkRow {
  readonly record: bigint;
  readonly client_name: string;
  readonly path: string;
  readonly size: bigint;
  readonly mtime: bigint;
  readonly mode: bigint;
  readonly sha256: Uint8Array;
  readonly temporary_name: string | null;
  readonly keep_as: string | null;
}

interface MoveRow {
  readonly client_name: string;
  readonly path: string;
  readonly stood_at: string;
  readonly size: number;
  readonly sha256: Uint8Array | null;
}

/** Which versions are safe in the journal only, until a checkpoint forgets them. */
export class JournalMarksTable {
  readonly #mark: Statement<[number, RowId]>;
  readonly #recordMove: Statement<[number, RowId, string]>;
  readonly #records: Statement<[number], number>;
  readonly #highest: Statement<[], number>;
  readonly #list: Statement<[], MarkRow>;
  readonly #listMoves: Statement<[], MoveRow>;
  readonly #forget: (upTo: number) => void;
  /** What the journal holds up to this record is about to leave it. */
  #closed = 0;

  constructor(db: Database) {
    this.#mark = db.prepare('INSERT INTO journaled (record, file_row) VALUES (?, ?)');
    this.#recordMove = db.prepare('INSERT INTO moves (record, file_row, stood_at) VALUES (?, ?, ?)');
    this.#records = db
      .prepare<[number], number>(
        'SELECT record FROM journaled JOIN files ON files.row = file_row WHERE record <= ?',
      )
      .pluck();
    this.#highest = db
      .prepare<[], number>(`SELECT seq FROM sqlite_sequence WHERE name = 'journaled'`)
      .pluck();
    this.#list = db
      .prepare<[], MarkRow>(
        `SELECT journaled.record, clients.name AS client_name, files.path, files.size, files.mtime, files.mode, files.sha256,
                uploads.temporary_name, uploads.keep_as
         FROM journaled JOIN files ON files.row = journaled.file_row JOIN clients ON clients.row = files.client_row
           LEFT JOIN uploads ON uploads.client_row = files.client_row AND uploads.path = files.path
             AND uploads.sha256 IS NOT NULL
         ORDER BY journaled.record`,
      )
      .safeIntegers();
    this.#listMoves = db.prepare(`
      SELECT clients.name AS client_name, files.path, moves.stood_at, files.size, files.sha256
      FROM moves JOIN files ON files.row = moves.file_row JOIN clients ON clients.row = files.client_row
      ORDER BY moves.record`);
    const forgetMarks = db.prepare('DELETE FROM journaled WHERE record <= ?');
    const forgetMoves = db.prepare('DELETE FROM moves WHERE record <= ?');
    this.#forget = db.transaction((upTo: number) => {
      forgetMarks.run(upTo);
      forgetMoves.run(upTo);
    });
  }

  /** @throws `storage-failed` where the journal has given up on the record */
  mark(record: number, fileRow: RowId): void {
    if (record <= this.#closed) {
      throw new SesameError('storage-failed', 'this content has left the journal before it was committed');
    }
    this.#mark.run(record, fileRow);
  }

  recordMove(record: number, fileRow: RowId, stoodAt: string): void {
    this.#recordMove.run(record, fileRow, stoodAt);
  }

  /**
   * From now on, none of the records up to this one can be committed any more.
   *
   * @returns those of them that stand for a version
   */
  close(upTo: number): readonly number[] {
    this.#closed = Math.max(this.#closed, upTo);
    return this.#records.all(upTo);
  }

  /** The highest record that ever stood for a version. */
  highest(): number {
    return this.#highest.get() ?? 0;
  }

  list(): readonly MarkedFile[] {
    return this.#list.all().map(toMarked);
  }

  listMoves(): readonly MovedFile[] {
    return this.#listMoves
      .all()
      .map(({ client_name: clientName, path, stood_at: stoodAt, size, sha256 }) => ({
        ...{ clientName, path, stoodAt, size, sha256 },
      }));
  }

  /** What these records hold is durable at its place. */
  forget(upTo: number): void {
    this.#forget(upTo);
  }
}

function toMarked(row: MarkRow): MarkedFile {
  const { temporary_name: temporaryName, keep_as: keepAs } = row;
  return {
    record: Number(row.record),
    clientName: row.client_name,
    path: row.path,
    size: Number(row.size),
    mtime: row.mtime,
    mode: Number(row.mode),
    sha256: row.sha256,
    successor: temporaryName === null ? null : { temporaryName, keepAs },
  };
}
