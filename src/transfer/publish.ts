import { SesameError } from '../base/errors.ts';
import type { FileLedger, FileStore, OpenFile } from './ports.ts';

/**
 * The second half of a durable acknowledgement (STORAGE.md): the file is already durable in `incoming/`.
 * Commit the intent → rename into `files/` and sync the folder → commit the row. A crash between any two of them costs
 * neither this file nor the version before it: `recover` starts again from the intent.
 *
 * @throws `bad-path` when a file stands where a folder is wanted, or the reverse, and `content-lost`: this one can
 *   never be placed, and is dropped; `storage-failed` and `disk-full`, after which it may be tried again
 */
export async function publish(
  file: OpenFile & { readonly temporaryName: string },
  ledger: FileLedger,
  files: FileStore,
  now: number,
): Promise<void> {
  if (file.state !== 'publishing') await ledger.recordIntent(file.row);
  try {
    await files.publish(file);
  } catch (error) {
    if (isFinal(error)) {
      await ledger.recordFailed(file.row, now);
      await files.removeIncoming(file.temporaryName);
    }
    throw error;
  }
  await ledger.recordVerified(file.row, now);
}

/** Whether trying again would meet the same. */
export function isFinal(error: unknown): boolean {
  return error instanceof SesameError && (error.code === 'bad-path' || error.code === 'content-lost');
}

export function hasContent(file: OpenFile): file is OpenFile & { readonly temporaryName: string } {
  return file.temporaryName !== null;
}
