import type { Database, Statement } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import { NEW_DIALECT } from '../transfer/dialect.ts';
import type { RowId } from '../transfer/ports.ts';
import type { JoinToken, Machine, NewMachine } from '../transfer/upload-ports.ts';

interface MachineRow {
  readonly row: number;
  readonly id: Uint8Array;
  readonly name: string;
  readonly spki: Uint8Array;
  readonly write_only: number;
  readonly revoked_at: number | null;
  readonly receipt_seq: number;
  readonly receipt_hash: Uint8Array | null;
}

interface TokenRow {
  readonly name: string;
  readonly name_key: string;
  readonly write_only: number;
}

interface Joining extends NewMachine {
  readonly name: string;
  readonly nameKey: string;
  readonly writeOnly: boolean;
}

/** What a token keeps its name from, as long as nobody used it: a condition on `:nameKey` and `:now`. */
export const NAME_RESERVED = 'EXISTS (SELECT 1 FROM tokens WHERE name_key = :nameKey AND expires_at > :now)';

/** Clients that joined by v4, in the table `clients`; methods as in `MachineDirectory`, synchronous. */
export class MachinesTable {
  readonly #findBySpki: Statement<[Uint8Array], MachineRow>;
  readonly #insert: Statement<[Record<string, unknown>]>;
  readonly #nameTaken: Statement<[Record<string, unknown>]>;
  readonly #takeToken: Statement<[Record<string, unknown>], TokenRow>;
  readonly #dropExpired: Statement<[number]>;
  readonly #insertToken: Statement<[Record<string, unknown>]>;
  readonly #touch: Statement<[number, number]>;
  readonly #revoke: Statement<[string], MachineRow>;
  readonly #join: MachinesTable['join'];
  readonly #joinByToken: MachinesTable['joinByToken'];
  readonly #addToken: MachinesTable['addToken'];

  constructor(db: Database) {
    this.#findBySpki = db.prepare('SELECT * FROM clients WHERE spki = ?');
    // The upsert decides who wins a name: it takes over the row of a v3 client only if that is dead.
    this.#insert = db.prepare(`
      INSERT INTO clients (id, name, name_key, spki, write_only, registered_at, last_seen_at,
                           crc, crc_confirmed, replies_1030, replies_1030_confirmed)
      SELECT :id, :name, :nameKey, :spki, :writeOnly, :now, :now, '${NEW_DIALECT.crc}', 0, 1, 0
      WHERE NOT ${NAME_RESERVED}
      ON CONFLICT (name_key) DO UPDATE
        SET id = excluded.id, spki = excluded.spki, write_only = excluded.write_only,
            registered_at = excluded.registered_at, last_seen_at = excluded.last_seen_at,
            -- Files stay where they are, in the folder of the old spelling.
            name = CASE WHEN EXISTS (SELECT 1 FROM files WHERE client_row = clients.row)
                        THEN name ELSE excluded.name END
        WHERE public_key IS NULL AND spki IS NULL AND registered_at < :deadBefore`);
    this.#nameTaken = db.prepare(`
      SELECT 1 WHERE ${NAME_RESERVED} OR EXISTS (
        SELECT 1 FROM clients WHERE name_key = :nameKey
          AND (public_key IS NOT NULL OR spki IS NOT NULL OR registered_at >= :deadBefore))`);
    this.#takeToken = db.prepare(
      'DELETE FROM tokens WHERE hash = :tokenHash AND expires_at > :now RETURNING *',
    );
    this.#dropExpired = db.prepare('DELETE FROM tokens WHERE expires_at <= ?');
    this.#insertToken = db.prepare(`
      INSERT INTO tokens (hash, name, name_key, write_only, expires_at)
      VALUES (:hash, :name, :nameKey, :writeOnly, :expiresAt)`);
    this.#touch = db.prepare('UPDATE clients SET last_seen_at = ? WHERE row = ?');
    this.#revoke = db.prepare(`
      UPDATE clients SET revoked_at = coalesce(revoked_at, CAST(unixepoch('subsec') * 1000 AS INTEGER))
      WHERE name_key = ? AND spki IS NOT NULL RETURNING *`);

    this.#join = db.transaction((...[machine, now, deadBefore]: Parameters<MachinesTable['join']>) =>
      this.#joinOnce({ ...machine, writeOnly: false }, now, deadBefore),
    );
    this.#joinByToken = db.transaction(
      (...[machine, tokenHash, now]: Parameters<MachinesTable['joinByToken']>) => {
        const joined = this.findBySpki(machine.spki);
        if (joined) return joined;
        const token = this.#takeToken.get({ tokenHash, now });
        if (!token) return undefined;
        const { name, name_key: nameKey, write_only: writeOnly } = token;
        // The name was free when the token was made and reserved since: who has it without a key is dead.
        return this.#joinOnce({ ...machine, name, nameKey, writeOnly: writeOnly === 1 }, now, Infinity);
      },
    );
    this.#addToken = db.transaction((...[token, now, deadBefore]: Parameters<MachinesTable['addToken']>) => {
      this.#dropExpired.run(now);
      if (this.#nameTaken.get({ nameKey: token.nameKey, now, deadBefore })) {
        throw new SesameError('name-taken', `a client, or a join line, has the name "${token.name}" already`);
      }
      this.#insertToken.run({ ...token, writeOnly: Number(token.writeOnly) });
    });
  }

  findBySpki(spki: Uint8Array): Machine | undefined {
    const row = this.#findBySpki.get(spki);
    return row && toMachine(row);
  }

  /** A key that joined already keeps what it has. */
  join(
    machine: NewMachine & { readonly name: string; readonly nameKey: string },
    now: number,
    deadBefore: number,
  ): Machine | undefined {
    return this.#join(machine, now, deadBefore);
  }

  /** A key that joined already keeps what it has, and the token is not used up. */
  joinByToken(machine: NewMachine, tokenHash: Uint8Array, now: number): Machine | undefined {
    return this.#joinByToken(machine, tokenHash, now);
  }

  addToken(token: JoinToken, now: number, deadBefore: number): void {
    this.#addToken(token, now, deadBefore);
  }

  touch(row: RowId, now: number): void {
    this.#touch.run(now, row);
  }

  revoke(nameKey: string): Machine | undefined {
    const row = this.#revoke.get(nameKey);
    return row && toMachine(row);
  }

  #joinOnce(machine: Joining, now: number, deadBefore: number): Machine | undefined {
    const joined = this.findBySpki(machine.spki);
    if (joined) return joined;
    const { changes } = this.#insert.run({
      ...machine,
      writeOnly: Number(machine.writeOnly),
      now,
      deadBefore,
    });
    return changes === 1 ? this.findBySpki(machine.spki) : undefined;
  }
}

function toMachine(row: MachineRow): Machine {
  const { receipt_seq: seq, receipt_hash: hash } = row;
  return {
    row: row.row,
    id: row.id,
    name: row.name,
    spki: row.spki,
    writeOnly: row.write_only === 1,
    revoked: row.revoked_at !== null,
    lastReceipt: hash ? { seq, hash } : null,
  };
}
