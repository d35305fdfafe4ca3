import type { SignedReceipt } from './upload-ports.ts';

/** What a stored file turns out to be when it is read again. */
export interface StoredDigest {
  readonly size: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
  readonly crc32: number;
}

/** What was acknowledged of a file: by v4 a SHA-256 and a receipt, by v3 a CRC-32. */
export interface AcknowledgedFile {
  readonly size: number;
  readonly sha256: Uint8Array | null;
  readonly crc32: number | null;
  readonly receipt: SignedReceipt | null;
}

/** `unsigned`: the content is as acknowledged, but no receipt of this server says so. */
export type Verdict = 'intact' | 'changed' | 'missing' | 'unsigned';

export interface Judgement {
  readonly verdict: Verdict;
  /** A clause about the file, for people: "is gone". */
  readonly message: string;
}
