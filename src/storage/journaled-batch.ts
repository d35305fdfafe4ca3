import type { CommitOutcome, JournaledFile, SignedReceipt } from '../transfer/upload-ports.ts';

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
}

export interface PackedOutcomes {
  readonly verdicts: readonly CommitOutcome['verdict'][];
  readonly keepAs: readonly (string | null)[];
  /** For each receipt that there is, its length and that of its signature. */
  readonly lengths: Uint32Array;
  /** Receipts and signatures, one behind the other. */
  readonly bytes: Uint8Array;
}

const DIGEST_BYTES = 32;

export function packFiles(files: readonly JournaledFile[]): PackedFiles {
  const digests = new Uint8Array(files.length * DIGEST_BYTES);
  files.forEach(({ sha256 }, index) => {
    digests.set(sha256, index * DIGEST_BYTES);
  });
  return {
    clientRows: Float64Array.from(files, ({ clientRow }) => clientRow),
    records: Float64Array.from(files, ({ record }) => record),
    paths: files.map(({ path }) => path),
    sizes: Float64Array.from(files, ({ size }) => size),
    mtimes: BigInt64Array.from(files, ({ mtime }) => mtime),
    modes: Uint32Array.from(files, ({ mode }) => mode),
    digests,
  };
}

export function unpackFiles(packed: PackedFiles): JournaledFile[] {
  const { clientRows, records, sizes, mtimes, modes, digests } = packed;
  return packed.paths.map((path, index) => ({
    clientRow: clientRows[index] ?? 0,
    record: records[index] ?? 0,
    path,
    size: sizes[index] ?? 0,
    mtime: mtimes[index] ?? 0n,
    mode: modes[index] ?? 0,
    sha256: digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
  }));
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
    lengths,
    bytes,
  };
}

export function unpackOutcomes({ verdicts, keepAs, lengths, bytes }: PackedOutcomes): CommitOutcome[] {
  let part = 0;
  let end = 0;
  const next = (): Uint8Array => {
    const start = end;
    end += lengths[part] ?? 0;
    part += 1;
    return bytes.subarray(start, end);
  };
  return verdicts.map((verdict, index) => {
    if (verdict !== 'committed' && verdict !== 'there') return { verdict };
    const stored: SignedReceipt = { receipt: next(), signature: next() };
    return verdict === 'there' ? { verdict, stored } : { verdict, stored, keepAs: keepAs[index] ?? null };
  });
}
