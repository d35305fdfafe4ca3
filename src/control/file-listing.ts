import type { CatalogueEntry } from '../transfer/upload-ports.ts';

/** A stored file as `sesamed files` shows it; also its JSON. Times are ISO 8601, digests hex. */
export interface FileListing {
  readonly client: string;
  readonly path: string;
  readonly size: number;
  readonly modified: string;
  readonly mode: string;
  readonly form: 'plaintext' | 'ciphertext';
  /** Null for a file that came by v3, which has a CRC-32. */
  readonly sha256: string | null;
  readonly crc32: string | null;
  /** Null for a file that came by v3; for another, it has been lost. */
  readonly receipt: { readonly seq: number; readonly text: string; readonly signature: string } | null;
}

/** One file, looked up by its name. */
export interface FoundFile extends FileListing {
  readonly files_folder: string;
  /** False where no server runs, and the journal may have what is not at its place yet. */
  readonly settled: boolean;
}

export function fileListing(entry: CatalogueEntry): FileListing {
  return {
    client: entry.clientName,
    path: entry.path,
    size: entry.size,
    modified: new Date(Number(entry.mtime / 1_000_000n)).toISOString(),
    mode: entry.mode.toString(8).padStart(4, '0'),
    form: entry.form,
    sha256: entry.seq > 0 ? Buffer.from(entry.sha256).toString('hex') : null,
    crc32: entry.crc32 === null ? null : entry.crc32.toString(16).padStart(8, '0'),
    receipt: entry.receipt && {
      seq: entry.seq,
      text: Buffer.from(entry.receipt.receipt).toString(),
      signature: Buffer.from(entry.receipt.signature).toString('base64'),
    },
  };
}
