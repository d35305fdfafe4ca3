import type { Database, Statement } from 'better-sqlite3';
import type { CatalogueEntry, SignedReceipt } from '../transfer/upload-ports.ts';

interface CatalogueRow {
  readonly client: string;
  readonly path: string;
  readonly size: bigint;
  readonly mtime: bigint;
  readonly mode: bigint;
  readonly form: string;
  readonly sha256: Uint8Array | null;
  readonly crc32: bigint | null;
  readonly seq: bigint | null;
  readonly receipt: Uint8Array | null;
  readonly signature: Uint8Array | null;
}

// v3 programs say nothing of times and modes.
const FILES = `
  SELECT clients.name AS client, files.path, files.size, files.form, files.sha256, files.crc32,
         coalesce(files.mtime, files.received_at * 1000000) AS mtime, coalesce(files.mode, 384) AS mode,
         files.receipt_seq AS seq, receipts.receipt, receipts.signature
  FROM files JOIN clients ON clients.row = files.client_row
       LEFT JOIN receipts ON receipts.client_row = coalesce(files.receipt_of, files.client_row) AND receipts.seq = files.receipt_seq
  WHERE files.state = 'verified'`;
const NO_SHA256 = new Uint8Array(32);

/** What all clients have stored, as the operator sees it; methods as in `Catalogue`, synchronous. */
export class CatalogueTable {
  readonly #list: Statement<[Record<string, unknown>], CatalogueRow>;
  readonly #find: Statement<[Record<string, unknown>], CatalogueRow>;
  readonly #receipts: Statement<[Record<string, unknown>], SignedReceipt & { readonly seq: number }>;

  constructor(db: Database) {
    this.#list = db
      .prepare<[Record<string, unknown>], CatalogueRow>(
        `${FILES} AND (:client IS NULL OR clients.name_key = :client)
           AND (:path = '' OR files.path = :path OR (files.path > :path || '/' AND files.path < :path || '0'))
           AND (clients.name_key, files.path) > (:afterClient, :afterPath)
         ORDER BY clients.name_key, files.path LIMIT :limit`,
      )
      .safeIntegers();
    this.#find = db
      .prepare<[Record<string, unknown>], CatalogueRow>(
        `${FILES} AND clients.name_key = :client AND files.path = :path`,
      )
      .safeIntegers();
    this.#receipts = db.prepare(`
      SELECT seq, receipt, signature FROM receipts
      WHERE client_row = (SELECT row FROM clients WHERE name_key = :client) AND seq > :after
      ORDER BY seq LIMIT :limit`);
  }

  list(
    client: string | null,
    path: string,
    after: { readonly client: string; readonly path: string } | null,
    limit: number,
  ): readonly CatalogueEntry[] {
    const place = { afterClient: after?.client ?? '', afterPath: after?.path ?? '' };
    return this.#list.all({ client, path, limit, ...place }).map(toEntry);
  }

  find(client: string, path: string): CatalogueEntry | undefined {
    const row = this.#find.get({ client, path });
    return row && toEntry(row);
  }

  receipts(
    client: string,
    after: number,
    limit: number,
  ): readonly (SignedReceipt & { readonly seq: number })[] {
    return this.#receipts.all({ client, after, limit });
  }
}

function toEntry(row: CatalogueRow): CatalogueEntry {
  const { receipt, signature } = row;
  return {
    type: 'file',
    clientName: row.client,
    path: row.path,
    size: Number(row.size),
    mtime: row.mtime,
    mode: Number(row.mode),
    form: row.form === 'ciphertext' ? 'ciphertext' : 'plaintext',
    sha256: row.sha256 ?? NO_SHA256,
    crc32: row.crc32 === null ? null : Number(row.crc32),
    seq: Number(row.seq ?? 0),
    receipt: receipt && signature ? { receipt, signature } : null,
  };
}
