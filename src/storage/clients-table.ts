import type { Database, Statement } from 'better-sqlite3';
import { CRC_VARIANTS, type CrcVariant } from '../crypto/crc-variants.ts';
import { NEW_DIALECT, type Dialect, type ReplyTrial } from '../transfer/dialect.ts';
import type { Client, ClientKey, ClientSummary, RowId } from '../transfer/ports.ts';
import { NAME_RESERVED } from './machines-table.ts';

interface ClientRow {
  readonly row: number;
  readonly id: Uint8Array;
  readonly name: string;
  readonly public_key: Uint8Array | null;
  readonly spki: Uint8Array | null;
  readonly write_only: number;
  readonly keyless: number;
  readonly sealed_aes_key: Uint8Array | null;
  readonly joined_by: number | null;
  readonly revoked_at: number | null;
  readonly receipt_seq: number;
  readonly registered_at: number;
  readonly last_seen_at: number;
  readonly crc: string;
  readonly crc_confirmed: number;
  readonly replies_1030: number;
  readonly replies_1030_confirmed: number;
  readonly trial_path: string | null;
  readonly trial_expects: ReplyTrial['expects'] | null;
}

type SummaryRow = ClientRow & { readonly used_files: number; readonly used_bytes: number };

/** The ids of v4 clients are no secrets: under version 3, such a client does not exist. */
const V3 = 'spki IS NULL';

/** Clients of v3 in the table `clients`, and all of them in `list`; methods as in `ClientDirectory`, synchronous. */
export class ClientsTable {
  readonly #register: Statement<[Record<string, unknown>]>;
  readonly #find: Statement<[Uint8Array], ClientRow>;
  readonly #findByName: Statement<[string], ClientRow>;
  readonly #bindKey: Statement<[Record<string, unknown>]>;
  readonly #touch: Statement<[number, number]>;
  readonly #forgetSends: Statement<[number]>;
  readonly #saveDialect: Statement<[Record<string, unknown>]>;
  readonly #takeKey: Statement<[number]>;
  readonly #deleteDead: Statement<[number]>;
  readonly #reset: (nameKey: string) => boolean;
  readonly #list: Statement<[], SummaryRow>;
  readonly #startSession: (row: RowId, now: number) => void;

  constructor(db: Database) {
    // The upsert decides who wins a name: it takes over a row only if that is dead.
    this.#register = db.prepare(`
      INSERT INTO clients (id, name, name_key, registered_at, last_seen_at,
                           crc, crc_confirmed, replies_1030, replies_1030_confirmed, trial_path, trial_expects)
      SELECT :id, :name, :nameKey, :now, :now,
             :crc, :crcConfirmed, :repliesTo1030, :repliesTo1030Confirmed, :trialPath, :trialExpects
      WHERE NOT ${NAME_RESERVED}
      ON CONFLICT (name_key) DO UPDATE
        SET id = excluded.id, registered_at = excluded.registered_at, last_seen_at = excluded.last_seen_at,
            -- Files stay where they are, in the folder of the old spelling.
            name = CASE WHEN EXISTS (SELECT 1 FROM files WHERE client_row = clients.row)
                        THEN name ELSE excluded.name END
        WHERE ${V3} AND public_key IS NULL AND registered_at < :deadBefore`);
    this.#find = db.prepare(`SELECT * FROM clients WHERE id = ? AND ${V3}`);
    this.#findByName = db.prepare(`SELECT * FROM clients WHERE name_key = ? AND ${V3}`);
    this.#bindKey = db.prepare(`
      UPDATE clients SET public_key = :publicKey, sealed_aes_key = :sealedAesKey, last_seen_at = :now
      WHERE id = :id AND ${V3} AND public_key IS NULL
        AND NOT EXISTS (SELECT 1 FROM tokens WHERE name_key = clients.name_key AND expires_at > :now)`);
    this.#touch = db.prepare('UPDATE clients SET last_seen_at = ? WHERE row = ?');
    this.#forgetSends = db.prepare(`DELETE FROM files WHERE client_row = ? AND state = 'waiting'`);
    this.#saveDialect = db.prepare(`
      UPDATE clients SET crc = :crc, crc_confirmed = :crcConfirmed, replies_1030 = :repliesTo1030,
                         replies_1030_confirmed = :repliesTo1030Confirmed, trial_path = :trialPath, trial_expects = :trialExpects
      WHERE row = :row`);
    this.#takeKey = db.prepare(`
      UPDATE clients SET public_key = NULL, sealed_aes_key = NULL, registered_at = 0 WHERE row = ?`);
    this.#deleteDead = db.prepare(`
      DELETE FROM clients
      WHERE ${V3} AND public_key IS NULL AND registered_at < ?
        AND NOT EXISTS (SELECT 1 FROM files WHERE client_row = clients.row)
        AND NOT EXISTS (SELECT 1 FROM deletions WHERE client_row = clients.row)`);
    this.#list = db.prepare('SELECT * FROM clients ORDER BY name');
    this.#reset = db.transaction((nameKey: string) => {
      const client = this.#findByName.get(nameKey);
      if (!client) return false;
      this.#takeKey.run(client.row);
      this.#forgetSends.run(client.row);
      this.saveDialect(client.row, NEW_DIALECT);
      return true;
    });
    this.#startSession = db.transaction((row: RowId, now: number) => {
      this.#touch.run(now, row);
      this.#forgetSends.run(row);
    });
  }

  register(
    client: { id: Uint8Array; name: string; nameKey: string },
    now: number,
    deadBefore: number,
  ): boolean {
    const result = this.#register.run({ ...client, ...toColumns(NEW_DIALECT), now, deadBefore });
    return result.changes === 1;
  }

  find(id: Uint8Array): Client | undefined {
    return toClient(this.#find.get(id));
  }

  findByName(nameKey: string): Client | undefined {
    return toClient(this.#findByName.get(nameKey));
  }

  bindKey(id: Uint8Array, key: ClientKey, now: number): Client | undefined {
    this.#bindKey.run({ id, ...key, now });
    return this.find(id);
  }

  startSession(row: RowId, now: number): void {
    this.#startSession(row, now);
  }

  saveDialect(row: RowId, dialect: Dialect): void {
    this.#saveDialect.run({ row, ...toColumns(dialect) });
  }

  reset(nameKey: string): boolean {
    return this.#reset(nameKey);
  }

  forgetDead(before: number): void {
    this.#deleteDead.run(before);
  }

  list(): readonly ClientSummary[] {
    return this.#list.all().map((row) => ({
      row: row.row,
      id: row.id,
      name: row.name,
      writeOnly: row.write_only === 1,
      keyless: row.keyless === 1,
      machine: row.spki === null ? null : row.revoked_at === null ? 'joined' : 'revoked',
      joinedBy: row.joined_by,
      hasKey: row.public_key !== null,
      registeredAt: row.registered_at,
      lastSeenAt: row.last_seen_at,
      crc: toVariant(row.crc),
      receipts: row.receipt_seq,
      verifiedFiles: row.used_files,
      verifiedBytes: row.used_bytes,
    }));
  }
}

function toClient(row: ClientRow | undefined): Client | undefined {
  if (!row) return undefined;
  const {
    public_key: publicKey,
    sealed_aes_key: sealedAesKey,
    trial_path: path,
    trial_expects: expects,
  } = row;
  return {
    row: row.row,
    id: row.id,
    name: row.name,
    key: publicKey && sealedAesKey ? { publicKey, sealedAesKey } : null,
    dialect: {
      crc: toVariant(row.crc),
      crcConfirmed: row.crc_confirmed === 1,
      repliesTo1030: row.replies_1030 === 1,
      repliesTo1030Confirmed: row.replies_1030_confirmed === 1,
      trial: path !== null && expects !== null ? { path, expects } : null,
    },
  };
}

function toColumns(dialect: Dialect): Record<string, string | number | null> {
  return {
    crc: dialect.crc,
    crcConfirmed: Number(dialect.crcConfirmed),
    repliesTo1030: Number(dialect.repliesTo1030),
    repliesTo1030Confirmed: Number(dialect.repliesTo1030Confirmed),
    trialPath: dialect.trial?.path ?? null,
    trialExpects: dialect.trial?.expects ?? null,
  };
}

/** A variant that is no longer known starts anew. */
export function toVariant(text: string): CrcVariant {
  return CRC_VARIANTS.find((variant) => variant === text) ?? NEW_DIALECT.crc;
}
