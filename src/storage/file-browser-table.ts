import type { Database, Statement } from 'better-sqlite3';
import type { BrowsedFile, FileQuery } from '../transfer/browse-ports.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import { keptName, keptNumber, keptPrefix } from './kept-names.ts';

interface FileRow {
  readonly client: string;
  readonly path: string;
  readonly size: bigint;
  readonly mtime: bigint;
  readonly mode: bigint;
  readonly form: BrowsedFile['form'];
  readonly sha256: Uint8Array | null;
  readonly crc32: bigint | null;
  readonly stored_at: bigint;
  readonly seq: bigint | null;
}

// v3 programs say nothing of times and modes. Row by row, a join with the clients would take four times as long.
const FILES = `
  SELECT (SELECT name FROM clients WHERE clients.row = files.client_row) AS client,
         path, size, form, sha256, crc32, coalesce(mtime, received_at * 1000000) AS mtime, coalesce(mode, 384) AS mode,
         coalesce(settled_at, received_at) AS stored_at, receipt_seq AS seq
  FROM files WHERE state = 'verified'`;
const OF_CLIENT = 'client_row = (SELECT row FROM clients WHERE name_key = :client)';

/**
 * Where the rows of an order are read from: the index has paths, in the order of each client, and is a third of the table.
 * Sizes and times are in the table, which is read from end to end: that is faster than by way of the index, row by row.
 */
const ORDERS = {
  path: { from: 'files INDEXED BY files_verified', by: 'files.path, files.client_row' },
  client: {
    from: 'clients CROSS JOIN files INDEXED BY files_verified ON files.client_row = clients.row',
    by: 'clients.name_key, files.path',
  },
  size: { from: 'files NOT INDEXED', by: 'files.size, files.row' },
  time: { from: 'files NOT INDEXED', by: 'coalesce(files.settled_at, files.received_at), files.row' },
} as const satisfies Record<FileQuery['sort'], { from: string; by: string }>;

// SQLite folds ASCII only, and that five times as fast; what has no other letters does not hold one.
const PATH_HOLDS_ASCII = 'instr(lower(files.path), :needle)';
const PATH_HOLDS = '(octet_length(files.path) > length(files.path) AND instr(folded(files.path), :needle))';

const COMMA = 0x2c;
const ZERO = 0x30;

/** Reads what is stored for somebody who looks through all of it; on a connection that only reads. */
export class FileBrowserTable {
  readonly #db: Database;
  readonly #rows: (numbers: Float64Array) => readonly (BrowsedFile | null)[];
  readonly #find: Statement<[Record<string, string>], FileRow>;
  readonly #between: Statement<[Record<string, string>], FileRow>;

  constructor(db: Database) {
    this.#db = db;
    db.function('folded', { deterministic: true }, (text: unknown) => folded(String(text)));
    const select = <Parameters extends unknown[]>(where: string): Statement<Parameters, FileRow> =>
      db.prepare<Parameters, FileRow>(`${FILES} AND ${where}`).safeIntegers();
    const row = select<[number]>('row = ?');
    this.#rows = db.transaction((numbers: Float64Array) =>
      Array.from(numbers, (number) => {
        const found = row.get(number);
        return found ? toBrowsed(found) : null;
      }),
    );
    this.#find = select(`${OF_CLIENT} AND path = :path`);
    this.#between = select(`${OF_CLIENT} AND path > :prefix AND path < :prefix || char(0x10ffff)`);
  }

  /** @returns the row numbers of all files that are meant, in order */
  order({ client, search, sort, descending }: FileQuery): Float64Array {
    const { from, by } = ORDERS[sort];
    const needle = folded(search);
    const wanted = [`files.state = 'verified'`];
    if (client !== null) wanted.push(`files.${OF_CLIENT}`);
    if (search !== '') {
      wanted.push(`(files.client_row IN (SELECT row FROM clients WHERE instr(name_key, :needle))
                    OR ${isAscii(needle) ? PATH_HOLDS_ASCII : PATH_HOLDS})`);
    }
    // One text of a few MiB instead of a million rows, one by one: four times as fast, and no objects.
    const found = this.#db
      .prepare<[Record<string, unknown>], { total: number; list: Uint8Array | null }>(
        `SELECT count(*) AS total, CAST(group_concat(row) AS BLOB) AS list
         FROM (SELECT files.row FROM ${from} WHERE ${wanted.join(' AND ')} ORDER BY ${by})`,
      )
      .get({ ...(client !== null && { client }), ...(search !== '' && { needle }) });
    const rows = numbersOf(found?.list ?? new Uint8Array(0), found?.total ?? 0);
    return descending ? rows.reverse() : rows;
  }

  /** @returns null for a row that is not there any more */
  rows(numbers: Float64Array): readonly (BrowsedFile | null)[] {
    return this.#rows(numbers);
  }

  find(client: string, path: string): BrowsedFile | undefined {
    const row = this.#find.get({ client, path });
    return row && toBrowsed(row);
  }

  versions(client: string, path: string): readonly BrowsedFile[] {
    return this.#between
      .all({ client, prefix: keptPrefix(path) })
      .map((row) => ({ file: toBrowsed(row), number: keptNumber(row.path) ?? 0 }))
      .filter(({ file, number }) => number > 0 && file.path === keptName(path, number))
      .sort((a, b) => b.file.storedAt - a.file.storedAt || b.number - a.number)
      .map(({ file }) => file);
  }
}

/** The same for all spellings of a text. */
function folded(text: string): string {
  return clientNameKey(text);
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

/** @param list so many decimal numbers between commas; megabytes of them, so nothing but plain steps here */
function numbersOf(list: Uint8Array, count: number): Float64Array {
  const numbers = new Float64Array(count);
  let number = 0;
  for (let at = 0, index = 0; at <= list.length; at++) {
    const byte = list[at] ?? COMMA;
    if (byte === COMMA) {
      numbers[index++] = number;
      number = 0;
    } else {
      number = number * 10 + (byte - ZERO);
    }
  }
  return numbers;
}

function toBrowsed(row: FileRow): BrowsedFile {
  return {
    clientName: row.client,
    path: row.path,
    size: Number(row.size),
    mtime: row.mtime,
    mode: Number(row.mode),
    form: row.form,
    sha256: row.sha256,
    crc32: row.crc32 === null ? null : Number(row.crc32),
    storedAt: Number(row.stored_at),
    protocol: row.sha256 === null ? 3 : 4,
    receiptSeq: row.seq === null ? null : Number(row.seq),
  };
}
