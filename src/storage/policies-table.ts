import type { Database, Statement } from 'better-sqlite3';
import type { Amount, Policy } from '../transfer/policy.ts';
import type { ClientUsage, StoredPolicy } from '../transfer/policy-ports.ts';
import type { ConflictPolicy } from '../transfer/upload-ports.ts';

interface PolicyRow {
  readonly pattern_key: string;
  readonly pattern: string;
  readonly max_bytes: number | null;
  readonly max_files: number | null;
  readonly max_file: number | null;
  readonly max_rate: number | null;
  readonly write_only: number | null;
  readonly append_only: number | null;
  readonly conflict: ConflictPolicy | null;
}

/** In the table: there is no limit. */
const NONE = -1;

/** The table `policies`, and what clients use; methods as in `PolicyStore`, synchronous. */
export class PoliciesTable {
  readonly #list: Statement<[], PolicyRow>;
  readonly #save: Statement<[Record<string, unknown>]>;
  readonly #remove: Statement<[string]>;
  readonly #usageOf: Statement<[string], ClientUsage & { readonly name: string }>;

  constructor(db: Database) {
    this.#list = db.prepare('SELECT * FROM policies ORDER BY pattern_key');
    this.#save = db.prepare(`
      INSERT OR REPLACE INTO policies (pattern_key, pattern, max_bytes, max_files, max_file, max_rate,
                                       write_only, append_only, conflict, changed_at)
      VALUES (:key, :pattern, :maxBytes, :maxFiles, :maxFile, :maxRate, :writeOnly, :appendOnly, :conflict, :now)`);
    this.#remove = db.prepare('DELETE FROM policies WHERE pattern_key = ?');
    this.#usageOf = db.prepare(`
      SELECT name, used_files AS files, used_bytes AS bytes,
             claimed_files AS claimedFiles, claimed_bytes AS claimedBytes
      FROM clients WHERE name_key = ?`);
  }

  list(): readonly StoredPolicy[] {
    return this.#list
      .all()
      .map((row) => ({ pattern: row.pattern, key: row.pattern_key, policy: toPolicy(row) }));
  }

  save({ key, pattern, policy }: StoredPolicy, now: number): void {
    this.#save.run({
      ...{ key, pattern, now },
      maxBytes: fromAmount(policy['max-bytes']),
      maxFiles: fromAmount(policy['max-files']),
      maxFile: fromAmount(policy['max-file']),
      maxRate: fromAmount(policy['max-rate']),
      writeOnly: fromFlag(policy['write-only']),
      appendOnly: fromFlag(policy['append-only']),
      conflict: policy.conflict ?? null,
    });
  }

  remove(key: string): boolean {
    return this.#remove.run(key).changes > 0;
  }

  usageOf(nameKey: string): (ClientUsage & { readonly name: string }) | undefined {
    return this.#usageOf.get(nameKey);
  }
}

/** What it does not say is missing. */
function toPolicy(row: PolicyRow): Policy {
  const fields: { readonly [F in keyof Required<Policy>]: Policy[F] } = {
    'max-bytes': toAmount(row.max_bytes),
    'max-files': toAmount(row.max_files),
    'max-file': toAmount(row.max_file),
    'max-rate': toAmount(row.max_rate),
    'write-only': toFlag(row.write_only),
    'append-only': toFlag(row.append_only),
    conflict: row.conflict ?? undefined,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function toAmount(value: number | null): Amount | undefined {
  if (value === null) return undefined;
  return value === NONE ? 'none' : value;
}

function fromAmount(amount: Amount | undefined): number | null {
  if (amount === undefined) return null;
  return amount === 'none' ? NONE : amount;
}

function toFlag(value: number | null): boolean | undefined {
  return value === null ? undefined : value === 1;
}

function fromFlag(flag: boolean | undefined): number | null {
  return flag === undefined ? null : Number(flag);
}
