import type { Database, Statement } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import type { NewToken, TokenDirectory, TokenSummary } from '../accounts/ports.ts';
import type { RowId } from '../transfer/ports.ts';
import type { Machine } from '../transfer/machine-ports.ts';
import { type MachineRow, type MachinesTable, toMachine } from './machines-table.ts';

/** A token that is in use is noted so often, ms. */
const NOTE_EVERY = 60_000;

type Owner = Parameters<TokenDirectory['add']>[1];

/** The table `access_tokens`; methods as in `TokenDirectory`, synchronous. */
export class AccessTokensTable {
  readonly #owner: Statement<[string], MachineRow>;
  readonly #insert: Statement<[Record<string, unknown>]>;
  readonly #find: Statement<[Uint8Array, number], MachineRow & { readonly noted_at: number | null }>;
  readonly #note: Statement<[number, Uint8Array]>;
  readonly #noteClient: Statement<[number, RowId]>;
  readonly #list: Statement<[], TokenSummary>;
  readonly #remove: Statement<[RowId], { readonly client_row: RowId }>;
  readonly #nameOf: Statement<[RowId], string>;
  readonly #dropExpired: Statement<[number]>;
  readonly #machines: MachinesTable;
  readonly #inTransaction: <T>(task: () => T) => T;

  constructor(db: Database, machines: MachinesTable) {
    this.#machines = machines;
    this.#owner = db.prepare('SELECT * FROM clients WHERE name_key = ? AND spki IS NOT NULL');
    this.#insert = db.prepare(`
      INSERT INTO access_tokens (hash, client_row, created_at, expires_at) VALUES (:hash, :clientRow, :now, :expiresAt)`);
    this.#find = db.prepare(`
      SELECT clients.*, access_tokens.last_used_at AS noted_at
      FROM access_tokens JOIN clients ON clients.row = access_tokens.client_row
      WHERE hash = ? AND coalesce(expires_at, 9e15) > ? AND revoked_at IS NULL`);
    this.#note = db.prepare('UPDATE access_tokens SET last_used_at = ? WHERE hash = ?');
    this.#noteClient = db.prepare('UPDATE clients SET last_seen_at = ? WHERE row = ?');
    this.#list = db.prepare(`
      SELECT access_tokens.row, clients.name AS client, created_at AS createdAt, last_used_at AS lastUsedAt,
             expires_at AS expiresAt
      FROM access_tokens JOIN clients ON clients.row = access_tokens.client_row ORDER BY clients.name_key, access_tokens.row`);
    this.#remove = db.prepare('DELETE FROM access_tokens WHERE row = ? RETURNING client_row');
    this.#nameOf = db.prepare<[RowId], string>('SELECT name FROM clients WHERE row = ?').pluck();
    this.#dropExpired = db.prepare('DELETE FROM access_tokens WHERE expires_at <= ?');
    const transaction = db.transaction((task: () => unknown) => task());
    this.#inTransaction = <T>(task: () => T): T => transaction.immediate(task) as T;
  }

  add({ hash, expiresAt }: NewToken, owner: Owner, now: number, deadBefore: number): TokenSummary {
    return this.#inTransaction(() => {
      this.#dropExpired.run(now);
      const known = this.#owner.get(owner.nameKey);
      if (known && known.revoked_at !== null) {
        throw new SesameError(
          'revoked',
          `${known.name} was revoked: sesamed enroll gives the name to a new key`,
        );
      }
      const client = known
        ? toMachine(known)
        : this.#machines.add({ ...owner, keyless: true }, now, deadBefore);
      if (!client) {
        throw new SesameError('name-taken', `a v3 client, or a join line, has the name "${owner.name}"`);
      }
      const { lastInsertRowid } = this.#insert.run({ hash, clientRow: client.row, now, expiresAt });
      return {
        row: Number(lastInsertRowid),
        client: client.name,
        createdAt: now,
        lastUsedAt: null,
        expiresAt,
      };
    });
  }

  find(hash: Uint8Array, now: number): Machine | undefined {
    const found = this.#find.get(hash, now);
    if (!found) return undefined;
    if (now - (found.noted_at ?? 0) >= NOTE_EVERY) {
      this.#note.run(now, hash);
      this.#noteClient.run(now, found.row);
    }
    return toMachine(found);
  }

  list(): readonly TokenSummary[] {
    return this.#list.all();
  }

  remove(row: RowId): string | undefined {
    const removed = this.#remove.get(row);
    return removed && this.#nameOf.get(removed.client_row);
  }
}
