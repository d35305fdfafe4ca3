import { sameBytes } from '../crypto/sha256.ts';
import { verifySshSignature } from '../crypto/sshsig.ts';
import { RECEIPT_NAMESPACE } from './receipt.ts';
import type { CatalogueEntry, SignedReceipt, StoredDigest } from './upload-ports.ts';

/** What was acknowledged of a file: by v4 a SHA-256 and a receipt, by v3 a CRC-32. */
export interface AcknowledgedFile {
  readonly size: number;
  /** Null for a file that came by v3. */
  readonly sha256: Uint8Array | null;
  /** Of a file that came by v3. */
  readonly crc32: number | null;
  /** Null for a file that came by v3; for another, it has been lost. */
  readonly receipt: SignedReceipt | null;
}

/** `unsigned`: the content is as acknowledged, but no receipt of this server says so. */
export type Verdict = 'intact' | 'changed' | 'missing' | 'unsigned';

export interface Judgement {
  readonly verdict: Verdict;
  /** A clause about the file, for people: "is gone". */
  readonly message: string;
}

/**
 * Holds what stands at the place of a file against what was acknowledged.
 *
 * @param found undefined where nothing stands there
 * @param receiptKey the raw public key of this server's receipts, 32 bytes
 */
export function judge(
  file: AcknowledgedFile,
  found: StoredDigest | undefined,
  receiptKey: Uint8Array,
): Judgement {
  if (!found) return { verdict: 'missing', message: 'is gone' };
  const change = changeOf(file, found);
  if (change !== undefined) return { verdict: 'changed', message: change };
  if (file.sha256 === null) return { verdict: 'intact', message: 'is as it was acknowledged (CRC-32)' };
  const flaw = flawOf(file.receipt, { sha256: file.sha256, size: file.size }, receiptKey);
  return flaw === undefined
    ? { verdict: 'intact', message: 'is as it was acknowledged (SHA-256 and receipt)' }
    : { verdict: 'unsigned', message: flaw };
}

export function isSigned({ receipt, signature }: SignedReceipt, receiptKey: Uint8Array): boolean {
  return verifySshSignature(receipt, signature, receiptKey, RECEIPT_NAMESPACE);
}

export function acknowledged({ size, sha256, crc32, receipt }: CatalogueEntry): AcknowledgedFile {
  return { size, sha256: crc32 === null ? sha256 : null, crc32, receipt };
}

function changeOf({ size, sha256, crc32 }: AcknowledgedFile, found: StoredDigest): string | undefined {
  if (found.size !== size) return `has ${found.size} bytes, ${size} were acknowledged`;
  if (crc32 !== null && found.crc32 !== crc32) return 'its content has changed (CRC-32)';
  if (sha256 && !sameBytes(found.sha256, sha256)) return 'its content has changed (SHA-256)';
  return undefined;
}

/** Paths are not compared: a version that is kept has another one than its receipt. */
function flawOf(
  signed: SignedReceipt | null,
  { sha256, size }: { readonly sha256: Uint8Array; readonly size: number },
  receiptKey: Uint8Array,
): string | undefined {
  if (!signed) return 'its receipt is gone';
  if (!isSigned(signed, receiptKey)) return 'its receipt is not signed by this server';
  const facts = JSON.parse(Buffer.from(signed.receipt).toString()) as { sha256?: unknown; size?: unknown };
  const agrees = facts.sha256 === Buffer.from(sha256).toString('hex') && facts.size === size;
  return agrees ? undefined : 'its receipt is for other content';
}
