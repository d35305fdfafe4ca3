import type { Database, Statement } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import { NEW_DIALECT } from '../transfer/dialect.ts';
import type { RowId } from '../transfer/ports.ts';
import type { JoinToken, Machine, NewMachine } from '../transfer/machine-ports.ts';

export interface MachineRow {
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
  readonly keyless: boolean;
  /** Its fleet line, if it joined by one. */
  readonly joinedBy?: RowId;
}

/** What a token keeps its name from, as long as nobody used it: a condition on `:nameKey` and `:now`. */
export const NAME_RESERVED = 'EXISTS (SELECT 1 FROM tokens WHERE name_key = :nameKey AND expires_at > :now)';

/** Clients that joined by v4, in the table `clients`; methods as in `MachineDirectory`, synchronous. */
export class MachinesTable {
  readonly #findBySpki: Statement<[Uint8Array], MachineRow>;
  readonly #insert: Statement<[Record<string, unknown>]>;
  readonly #dropRequest: Statement<[Uint8Array]>;
  readonly #nameTaken: Statement<[Record<string, unknown>]>;
  readonly #takeToken: Statement<[Record<string, unknown>], TokenRow>;
  readonly #dropExpired: Statement<[number]>;
  readonly #insertToken: Statement<[Record<string, unknown>]>;
  readonly #listTokens: Statement<
    [number],
    Omit<JoinToken, 'hash' | 'writeOnly'> & { readonly write_only: number }
  >;
  readonly #dropToken: Statement<[string]>;
  readonly #touch: Statement<[number, number]>;
  readonly #revoke: (nameKey: string) => MachineRow | undefined;
  readonly #revokeJoinedBy: MachinesTable['revokeJoinedBy'];
  readonly #retire: (nameKey: string) => void;
  readonly #join: MachinesTable['join'];
  readonly #joinByToken: MachinesTable['joinByToken'];
  readonly #addToken: MachinesTable['addToken'];

  constructor(db: Database) {
    this.#findBySpki = db.prepare('SELECT * FROM clients WHERE spki = ?');
    // The upsert decides who wins a name: it takes over the row of a v3 client only if that is dead.
    this.#insert = db.prepare(`
      INSERT INTO clients (id, name, name_key, spki, write_only, keyless, joined_by, registered_at, last_seen_at,
                           crc, crc_confirmed, replies_1030, replies_1030_confirmed)
      SELECT :id, :name, :nameKey, :spki, :writeOnly, :keyless, :joinedBy, :now, :now, '${NEW_DIALECT.crc}', 0, 1, 0
      WHERE NOT ${NAME_RESERVED}
      ON CONFLICT (name_key) DO UPDATE
        SET id = excluded.id, spki = excluded.spki, write_only = excluded.write_only, keyless = excluded.keyless, joined_by = excluded.joined_by,
            registered_at = excluded.registered_at, last_seen_at = excluded.last_seen_at,
            -- Files stay where they are, in the folder of the old spelling.
            name = CASE WHEN EXISTS (SELECT 1 FROM files WHERE client_row = clients.row)
                        THEN name ELSE excluded.name END
        WHERE public_key IS NULL AND spki IS NULL AND registered_at < :deadBefore`);
    this.#dropRequest = db.prepare('DELETE FROM join_requests WHERE spki = ?');
    this.#nameTaken = db.prepare(`
      SELECT 1 WHERE ${NAME_RESERVED} OR EXISTS (
        SELECT 1 FROM clients WHERE name_key = :nameKey
          AND CASE WHEN spki IS NULL THEN public_key IS NOT NULL OR registered_at >= :deadBefore
                   ELSE revoked_at IS NULL END)`);
    this.#takeToken = db.prepare(
      'DELETE FROM tokens WHERE hash = :tokenHash AND expires_at > :now RETURNING *',
    );
    this.#dropExpired = db.prepare('DELETE FROM tokens WHERE expires_at <= ?');
    this.#insertToken = db.prepare(`
      INSERT INTO tokens (hash, name, name_key, write_only, expires_at)
      VALUES (:hash, :name, :nameKey, :writeOnly, :expiresAt)`);
    this.#listTokens = db.prepare(`
      SELECT name, name_key AS nameKey, write_only, expires_at AS expiresAt FROM tokens
      WHERE expires_at > ? ORDER BY name_key`);
    this.#dropToken = db.prepare('DELETE FROM tokens WHERE name_key = ?');
    this.#touch = db.prepare('UPDATE clients SET last_seen_at = ? WHERE row = ?');
    this.#revoke = revocation(db);
    const endLine = db.prepare<[RowId]>('DELETE FROM fleet_lines WHERE row = ?');
    const joinedBy = db
      .prepare<[RowId], string>(
        'SELECT name_key FROM clients WHERE joined_by = ? AND revoked_at IS NULL ORDER BY name',
      )
      .pluck();
    this.#revokeJoinedBy = db.transaction((line: RowId) => ({
      wasGood: endLine.run(line).changes > 0,
      machines: joinedBy.all(line).flatMap((nameKey) => this.revoke(nameKey) ?? []),
    }));

    this.#retire = retirement(db);

    this.#join = db.transaction((...[machine, now, deadBefore]: Parameters<MachinesTable['join']>) =>
      this.add({ ...machine, writeOnly: false, keyless: false }, now, deadBefore),
    );
    this.#joinByToken = db.transaction(
      (...[machine, tokenHash, now]: Parameters<MachinesTable['joinByToken']>) => {
        const joined = this.findBySpki(machine.spki);
        if (joined) return joined;
        const token = this.#takeToken.get({ tokenHash, now });
        if (!token) return undefined;
        const { name, name_key: nameKey, write_only: writeOnly } = token;
        this.#retire(nameKey);
        // The name was free when the token was made and reserved since: who has it without a key is dead.
        const client = { ...machine, name, nameKey, writeOnly: writeOnly === 1, keyless: false };
        return this.add(client, now, Infinity);
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

  listTokens(now: number): readonly Omit<JoinToken, 'hash'>[] {
    return this.#listTokens
      .all(now)
      .map(({ write_only, ...token }) => ({ ...token, writeOnly: write_only === 1 }));
  }

  dropToken(nameKey: string): boolean {
    return this.#dropToken.run(nameKey).changes > 0;
  }

  touch(row: RowId, now: number): void {
    this.#touch.run(now, row);
  }

  revoke(nameKey: string): Machine | undefined {
    const row = this.#revoke(nameKey);
    return row && toMachine(row);
  }

  revokeJoinedBy(line: RowId): { readonly wasGood: boolean; readonly machines: readonly Machine[] } {
    return this.#revokeJoinedBy(line);
  }

  /**
   * A client under a free name, in the caller's transaction; of one without a key, `spki` is no key's. A key that joined
   * already keeps what it has.
   *
   * @returns undefined when the name is taken
   */
  add(machine: Joining, now: number, deadBefore: number): Machine | undefined {
    const joined = this.findBySpki(machine.spki);
    if (joined) return joined;
    // Its request, if it made one, has its answer.
    this.#dropRequest.run(machine.spki);
    const { changes } = this.#insert.run({
      ...machine,
      writeOnly: Number(machine.writeOnly),
      keyless: Number(machine.keyless),
      joinedBy: machine.joinedBy ?? null,
      now,
      deadBefore,
    });
    return changes === 1 ? this.findBySpki(machine.spki) : undefined;
  }
}

/**
 * Shuts out a client's key, and drops its access tokens and its report: its name may get another key, which must not be open
 * to them.
 */
function revocation(db: Database): (nameKey: string) => MachineRow | undefined {
  const revoke = db.prepare<[string], MachineRow>(`
    UPDATE clients SET revoked_at = coalesce(revoked_at, CAST(unixepoch('subsec') * 1000 AS INTEGER))
    WHERE name_key = ? AND spki IS NOT NULL RETURNING *`);
  const dropTokens = db.prepare('DELETE FROM access_tokens WHERE client_row = ?');
  const dropReport = db.prepare('DELETE FROM watch_reports WHERE client_row = ?');
  const leaveSpace = db.prepare('UPDATE users SET client_row = NULL WHERE client_row = ?');
  return db.transaction((nameKey: string) => {
    const revoked = revoke.get(nameKey);
    if (!revoked) return undefined;
    dropTokens.run(revoked.row);
    dropReport.run(revoked.row);
    leaveSpace.run(revoked.row);
    return revoked;
  });
}

/**
 * Frees the name of a revoked client for a new key. Name, folder and files stay in its row, for the new one to take over as
 * it does with that of a dead v3 client; what was the old key's alone goes to a row of its own, called `NAME.~N~`: its id,
 * which is refused for ever, and its receipts.
 */
function retirement(db: Database): (nameKey: string) => void {
  const find = db.prepare<
    [string],
    Record<string, unknown> & { readonly row: number; readonly name: string }
  >('SELECT * FROM clients WHERE name_key = ? AND revoked_at IS NOT NULL');
  const isTaken = db.prepare<[Record<string, string>]>(`
    SELECT 1 FROM clients WHERE name_key = :nameKey UNION ALL SELECT 1 FROM tokens WHERE name_key = :nameKey`);
  const empty = db.prepare(`
    UPDATE clients SET id = randomblob(16), spki = NULL, keyless = 0, joined_by = NULL, revoked_at = NULL, registered_at = 0, receipt_seq = 0, receipt_hash = NULL
    WHERE row = ?`);
  const insert = db.prepare(`
    INSERT INTO clients (id, name, name_key, spki, write_only, keyless, joined_by, revoked_at, registered_at, last_seen_at,
                         receipt_seq, receipt_hash, crc, crc_confirmed, replies_1030, replies_1030_confirmed)
    VALUES (:id, :name, :name_key, :spki, :write_only, :keyless, :joined_by, :revoked_at, :registered_at, :last_seen_at,
            :receipt_seq, :receipt_hash, :crc, :crc_confirmed, :replies_1030, :replies_1030_confirmed)`);
  const moveReceipts = db.prepare('UPDATE receipts SET client_row = ? WHERE client_row = ?');
  const noteReceipts = db.prepare(`
    UPDATE files SET receipt_of = ? WHERE client_row = ? AND receipt_seq IS NOT NULL AND receipt_of IS NULL`);
  return (nameKey) => {
    const revoked = find.get(nameKey);
    if (!revoked) return;
    let n = 1;
    while (isTaken.get({ nameKey: `${nameKey}.~${n}~` })) n += 1;
    // Ids and keys are unique: the row lets go of them first.
    empty.run(revoked.row);
    const suffix = `.~${n}~`;
    const own = { ...revoked, name: `${revoked.name}${suffix}`, name_key: `${nameKey}${suffix}` };
    const { lastInsertRowid } = insert.run(own);
    moveReceipts.run(lastInsertRowid, revoked.row);
    noteReceipts.run(lastInsertRowid, revoked.row);
  };
}

export function toMachine(row: MachineRow): Machine {
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
