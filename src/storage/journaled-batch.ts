import type {
  CommitOutcome,
  JournaledFile,
  OverQuota,
  SignedReceipt,
  StorageRules,
} from '../transfer/upload-ports.ts';

/**
 * Hundreds of small files on their way to the database thread and back, a column per field: cloning few large things is
 * many times faster than cloning many small ones, and never drags along the buffer that a digest is a part of.
 */
export interface PackedFiles {
  readonly clientRows: Float64Array;
  readonly records: Float64Array;
  readonly paths: readonly string[];
  readonly sizes: Float64Array;
  readonly mtimes: BigInt64Array;
  readonly modes: Uint32Array;
  /** 32 bytes each. */
  readonly digests: Uint8Array;
  /** Those of a client are the same for all of its files. */
  readonly rules: readonly StorageRules[];
  /** For each file, which of them are its. */
  readonly rulesOf: Uint32Array;
  /** Rows; 0 for none. */
  readonly extended: Float64Array;
}

export interface PackedOutcomes {
  readonly verdicts: readonly CommitOutcome['verdict'][];
  readonly keepAs: readonly (string | null)[];
  /** By the index of the file. */
  readonly overQuota: ReadonlyMap<number, OverQuota>;
  /** For each receipt that there is, its length and that of its signature. */
  readonly lengths: Uint32Array;
  /** Receipts and signatures, one behind the other. */
  readonly bytes: Uint8Array;
}

const DIGEST_BYTES = 32;
/** What a file without rules would be held to: there is none. */
const NOTHING_ALLOWED: StorageRules = { conflict: 'refuse', appendOnly: true, maxBytes: 0, maxFiles: 0 };

/** Refusals that have nothing more to say. */
type RefusedVerdict = Exclude<CommitOutcome['verdict'], 'committed' | 'there' | 'over-quota'>;

export function packFiles(files: readonly JournaledFile[]): PackedFiles {
  const digests = new Uint8Array(files.length * DIGEST_BYTES);
  files.forEach(({ sha256 }, index) => {
    digests.set(sha256, index * DIGEST_BYTES);
  });
  const rules = new Map<StorageRules, number>();
  const rulesOf = Uint32Array.from(files, (file) => {
    const known = rules.get(file.rules) ?? rules.size;
    rules.set(file.rules, known);
    return known;
  });
  return {
    clientRows: Float64Array.from(files, ({ clientRow }) => clientRow),
    records: Float64Array.from(files, ({ record }) => record),
    paths: files.map(({ path }) => path),
    sizes: Float64Array.from(files, ({ size }) => size),
    mtimes: BigInt64Array.from(files, ({ mtime }) => mtime),
    modes: Uint32Array.from(files, ({ mode }) => mode),
    digests,
    rules: Array.from(rules.keys()),
    rulesOf,
    extended: Float64Array.from(files, (file) => file.extends ?? 0),
  };
}

export function unpackFiles(packed: PackedFiles): JournaledFile[] {
  const { clientRows, records, sizes, mtimes, modes, digests, rules, rulesOf, extended } = packed;
  return packed.paths.map((path, index) => ({
    clientRow: clientRows[index] ?? 0,
    record: records[index] ?? 0,
    path,
    size: sizes[index] ?? 0,
    mtime: mtimes[index] ?? 0n,
    mode: modes[index] ?? 0,
    sha256: digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
    rules: rules[rulesOf[index] ?? 0] ?? NOTHING_ALLOWED,
    extends: rowOrNull(extended[index] ?? 0),
  }));
}

function rowOrNull(row: number): number | null {
  return row === 0 ? null : row;
}

export function packOutcomes(outcomes: readonly CommitOutcome[]): PackedOutcomes {
  const receipts = outcomes.flatMap((outcome) => ('stored' in outcome ? [outcome.stored] : []));
  const lengths = Uint32Array.from(
    receipts.flatMap(({ receipt, signature }) => [receipt.byteLength, signature.byteLength]),
  );
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let end = 0;
  for (const { receipt, signature } of receipts) {
    bytes.set(receipt, end);
    bytes.set(signature, end + receipt.byteLength);
    end += receipt.byteLength + signature.byteLength;
  }
  return {
    verdicts: outcomes.map(({ verdict }) => verdict),
    keepAs: outcomes.map((outcome) => (outcome.verdict === 'committed' ? outcome.keepAs : null)),
    overQuota: new Map(
      outcomes.flatMap((outcome, index) => (outcome.verdict === 'over-quota' ? [[index, outcome]] : [])),
    ),
    lengths,
    bytes,
  };
}

export function unpackOutcomes(packed: PackedOutcomes): CommitOutcome[] {
  const { verdicts, keepAs, overQuota, lengths, bytes } = packed;
  let part = 0;
  let end = 0;
  const next = (): Uint8Array => {
    const start = end;
    end += lengths[part] ?? 0;
    part += 1;
    return bytes.subarray(start, end);
  };
  return verdicts.map((verdict, index) => {
    const refusal = overQuota.get(index);
    if (refusal) return refusal;
    if (verdict !== 'committed' && verdict !== 'there') return { verdict: verdict as RefusedVerdict };
    const stored: SignedReceipt = { receipt: next(), signature: next() };
    return verdict === 'there' ? { verdict, stored } : { verdict, stored, keepAs: keepAs[index] ?? null };
  });
}
