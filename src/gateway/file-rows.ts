import type { BrowsedFile } from '../transfer/browse-ports.ts';
import type { FileRow } from './api-types.ts';
import { isoTime } from './iso-time.ts';

/** A stored file as the API shows it. */
export function fileRowOf(file: BrowsedFile): FileRow {
  return {
    client: file.clientName,
    path: file.path,
    size: file.size,
    modified: isoTime(Number(file.mtime / 1_000_000n)),
    received: isoTime(file.storedAt),
    protocol: file.protocol,
    form: file.form,
    sha256: file.sha256 && Buffer.from(file.sha256).toString('hex'),
    crc32: file.crc32 === null ? null : file.crc32.toString(16).padStart(8, '0'),
    receipt: file.receiptSeq,
  };
}
