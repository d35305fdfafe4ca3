import { hash } from 'node:crypto';
import { createRequire } from 'node:module';

// Its types are those of a CommonJS module, which an import does not find.
const crc32 = createRequire(import.meta.url)('buffer-crc32') as { unsigned(bytes: Buffer): number };

/**
 * One small file in the journal. 0:4 "SJR1", 4:4 content length N, 8:8 record number, 16:32 SHA-256 of the content,
 * 48:4 CRC-32 (zlib) of the 48 bytes before it, 52:N content; little-endian.
 */
export const RECORD_HEADER_BYTES = 52;

const MAGIC = Buffer.from('SJR1');
const GUARDED_BYTES = 48;
const DIGEST_BYTES = 32;

export interface JournalRecord {
  readonly number: number;
  /** Of the content, in the bytes that were scanned. */
  readonly start: number;
  readonly length: number;
  /** 32 bytes; the content has been held against it. */
  readonly sha256: Uint8Array;
}

/** Writes the header of a record in front of its content, which is there already. */
export function writeRecordHeader(
  bytes: Buffer,
  start: number,
  record: { readonly number: number; readonly length: number; readonly sha256: Uint8Array },
): void {
  MAGIC.copy(bytes, start);
  bytes.writeUInt32LE(record.length, start + 4);
  bytes.writeBigUInt64LE(BigInt(record.number), start + 8);
  bytes.set(record.sha256, start + 16);
  bytes.writeUInt32LE(checksum(bytes, start), start + GUARDED_BYTES);
}

/**
 * Finds the records of a segment that are whole. What is torn or damaged is skipped: behind it the search goes on at the
 * next header. (What looks like a record within the content of a damaged one does no harm: the ledger knows the SHA-256
 * of what it calls a record.)
 */
export function* scanRecords(bytes: Buffer): Generator<JournalRecord> {
  let at = 0;
  while (at >= 0 && at + RECORD_HEADER_BYTES <= bytes.byteLength) {
    const record = recordAt(bytes, at);
    if (!record) {
      at = bytes.indexOf(MAGIC, at + 1);
      continue;
    }
    const { start, length, sha256 } = record;
    if (hash('sha256', bytes.subarray(start, start + length), 'buffer').equals(sha256)) {
      yield record;
      at = start + length;
    } else {
      at = bytes.indexOf(MAGIC, at + 1);
    }
  }
}

/** @returns undefined where there is no whole header, or less content than it says */
function recordAt(bytes: Buffer, at: number): JournalRecord | undefined {
  if (bytes.compare(MAGIC, 0, MAGIC.byteLength, at, at + MAGIC.byteLength) !== 0) return undefined;
  if (bytes.readUInt32LE(at + GUARDED_BYTES) !== checksum(bytes, at)) return undefined;
  const length = bytes.readUInt32LE(at + 4);
  const start = at + RECORD_HEADER_BYTES;
  if (start + length > bytes.byteLength) return undefined;
  const number = Number(bytes.readBigUInt64LE(at + 8));
  return { number, start, length, sha256: bytes.subarray(at + 16, at + 16 + DIGEST_BYTES) };
}

function checksum(bytes: Buffer, at: number): number {
  return crc32.unsigned(bytes.subarray(at, at + GUARDED_BYTES));
}
