import type { Database, Statement } from 'better-sqlite3';
import type { RowId } from '../transfer/ports.ts';
import { isLimited } from '../transfer/policy.ts';
import type { OverQuota, StorageRules } from '../transfer/upload-ports.ts';

/** What quotas count of a client, in `clients`: its triggers keep it (migrations/6-fleets.ts). */
interface Usage {
  stored: { bytes: number; files: number };
  claimed: { bytes: number; files: number };
}

interface UsageRow {
  readonly used_bytes: number;
  readonly used_files: number;
  readonly claimed_bytes: number;
  readonly claimed_files: number;
}

/** What a file takes of a quota: of one that takes a place, only what it has more. */
export interface Need {
  readonly bytes: number;
  readonly files: number;
}

export const NO_NEED: Need = { bytes: 0, files: 0 };

/**
 * @param bytes of the whole content
 * @param replaces size of the version whose place it takes; null where there is none, or that is kept
 */
export function needOf(bytes: number, replaces: number | null): Need {
  return { bytes: Math.max(0, bytes - (replaces ?? 0)), files: replaces === null ? 1 : 0 };
}

/** What clients use, read within transactions. */
export class ClientQuotas {
  readonly #usage: Statement<[RowId], UsageRow>;

  constructor(db: Database) {
    this.#usage = db.prepare(
      'SELECT used_bytes, used_files, claimed_bytes, claimed_files FROM clients WHERE row = ?',
    );
  }

  /** For one transaction: what a client uses is read once, and reckoned on from there. */
  check(): QuotaCheck {
    return new QuotaCheck((client) => {
      const row = this.#usage.get(client);
      return {
        stored: { bytes: row?.used_bytes ?? 0, files: row?.used_files ?? 0 },
        claimed: { bytes: row?.claimed_bytes ?? 0, files: row?.claimed_files ?? 0 },
      };
    });
  }
}

/**
 * Whether there is room for the files of one transaction. Only what grows is ever refused: a quota that has become smaller
 * than what is stored takes nothing away, and what was admitted stays so.
 */
export class QuotaCheck {
  readonly #read: (client: RowId) => Usage;
  readonly #known = new Map<RowId, Usage>();

  constructor(read: (client: RowId) => Usage) {
    this.#read = read;
  }

  /**
   * A file's need becomes another.
   *
   * @param before what it has claimed
   */
  admit(client: RowId, before: Need, after: Need, rules: StorageRules): OverQuota | undefined {
    const usage = isLimited(rules) ? this.#usageOf(client) : this.#known.get(client);
    if (!usage) return undefined;
    const refusal =
      over('max-bytes', rules.maxBytes, usage, before, after) ??
      over('max-files', rules.maxFiles, usage, before, after);
    if (!refusal) this.#add(usage, before, after);
    return refusal;
  }

  /** Bytes that a client may claim beside what it has; Infinity without a limit. */
  roomFor(client: RowId, { maxBytes }: StorageRules): number {
    if (maxBytes === Infinity) return Infinity;
    const { stored, claimed } = this.#usageOf(client);
    return Math.max(0, maxBytes - stored.bytes - claimed.bytes);
  }

  /** What it uses is read again: a version that goes takes the credit of others along. */
  forget(client: RowId): void {
    this.#known.delete(client);
  }

  #usageOf(client: RowId): Usage {
    const known = this.#known.get(client) ?? this.#read(client);
    this.#known.set(client, known);
    return known;
  }

  #add({ claimed }: Usage, before: Need, after: Need): void {
    claimed.bytes += after.bytes - before.bytes;
    claimed.files += after.files - before.files;
  }
}

function over(
  limit: OverQuota['limit'],
  most: number,
  { stored, claimed }: Usage,
  before: Need,
  after: Need,
): OverQuota | undefined {
  const unit = limit === 'max-bytes' ? 'bytes' : 'files';
  const underWay = claimed[unit] - before[unit];
  const needs = after[unit];
  if (needs <= before[unit] || stored[unit] + underWay + needs <= most) return undefined;
  return { verdict: 'over-quota', limit, most, used: stored[unit], underWay, needs };
}
