import type { Database, Statement } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import type { Deletion } from '../transfer/deletion-ports.ts';
import type { RowId } from '../transfer/ports.ts';

interface DeletionRow extends Deletion {
  readonly taken: number;
}

const VERSION_AT = `state = 'verified' AND client_row = clients.row AND path = :path`;

/** A version that is about to stand at the path of a deletion: none of its places may be touched before it does. */
const CONTESTED = `
  EXISTS (SELECT 1 FROM files WHERE state = 'publishing' AND client_row = deletions.client_row AND path = deletions.path)
  OR EXISTS (SELECT 1 FROM uploads WHERE sha256 IS NOT NULL AND client_row = deletions.client_row
               AND (path = deletions.path OR keep_as = deletions.path))`;

/** The table `deletions`; methods as in `DeletionLedger`, synchronous, each one transaction. */
export class DeletionsTable {
  readonly #find: Statement<[Record<string, string>], Deletion>;
  readonly #record: (clientRow: RowId, path: string) => void;
  readonly #finish: Statement<[RowId, string]>;
  readonly #list: Statement<[], DeletionRow>;

  constructor(db: Database) {
    this.#find = db.prepare(`
      SELECT clients.row AS clientRow, clients.name AS clientName, :path AS path FROM clients
      WHERE name_key = :client
        AND (EXISTS (SELECT 1 FROM files WHERE ${VERSION_AT})
          OR EXISTS (SELECT 1 FROM deletions WHERE client_row = clients.row AND path = :path))`);
    this.#finish = db.prepare('DELETE FROM deletions WHERE client_row = ? AND path = ?');
    this.#list = db.prepare(`
      SELECT client_row AS clientRow, name AS clientName, path,
             EXISTS (SELECT 1 FROM files WHERE state = 'verified' AND client_row = deletions.client_row
                       AND path = deletions.path) AS taken
      FROM deletions JOIN clients ON clients.row = client_row
      WHERE NOT (${CONTESTED})`);
    const removeVersion = db.prepare<[RowId, string]>(
      `DELETE FROM files WHERE client_row = ? AND path = ? AND state = 'verified'`,
    );
    const insert = db.prepare<[RowId, string]>(
      'INSERT OR IGNORE INTO deletions (client_row, path) VALUES (?, ?)',
    );
    const isNoted = db.prepare<[RowId, string]>('SELECT 1 FROM deletions WHERE client_row = ? AND path = ?');
    this.#record = db.transaction((clientRow: RowId, path: string) => {
      const { changes } = removeVersion.run(clientRow, path);
      if (changes > 0) insert.run(clientRow, path);
      else if (!isNoted.get(clientRow, path)) throw new SesameError('not-found', 'no such file is stored');
    });
  }

  find(client: string, path: string): Deletion | undefined {
    return this.#find.get({ client, path });
  }

  record(clientRow: RowId, path: string): void {
    this.#record(clientRow, path);
  }

  finish(clientRow: RowId, path: string): void {
    this.#finish.run(clientRow, path);
  }

  list(): readonly (Deletion & { readonly taken: boolean })[] {
    return this.#list.all().map((row) => ({ ...row, taken: row.taken === 1 }));
  }
}
