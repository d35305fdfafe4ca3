import { createReadStream } from 'node:fs';
import { errnoOf, toStorageError } from '../base/errors.ts';
import { serveThread } from '../base/thread-call.ts';
import { ZlibCrc32 } from '../crypto/crc.ts';
import type { DurableFile, ReceiveOptions, StoredContent } from '../transfer/ports.ts';
import { IncomingFile } from './incoming-file.ts';

const uploads = new Map<number, IncomingFile>();

/** Decrypts, checksums and writes for many uploads. The caller numbers them. */
const fileThread = {
  open(upload: number, path: string, options: Omit<ReceiveOptions, 'contentSize'>): void {
    uploads.set(upload, new IncomingFile(path, options));
  },

  write(upload: number, block: SharedArrayBuffer, length: number): void {
    uploadOf(upload).write(new Uint8Array(block, 0, length));
  },

  finish(upload: number): Promise<Omit<DurableFile, 'temporaryName'>> {
    return uploadOf(upload).finish();
  },

  /** The upload is over; what it wrote stays if `keep`. */
  async close(upload: number, keep: boolean): Promise<void> {
    const file = uploads.get(upload);
    uploads.delete(upload);
    if (!keep) await file?.discard();
  },

  /** @returns undefined when there is no such file */
  async readBack(path: string): Promise<StoredContent | undefined> {
    const crc = new ZlibCrc32();
    let size = 0;
    try {
      for await (const chunk of createReadStream(path, {
        highWaterMark: 1024 * 1024,
      }) as AsyncIterable<Buffer>) {
        crc.update(chunk);
        size += chunk.byteLength;
      }
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw toStorageError('cannot read a stored file', error);
    }
    return { size, crc32: crc.digest() };
  },
};
export type FileThreadApi = typeof fileThread;

serveThread(fileThread);

function uploadOf(upload: number): IncomingFile {
  const file = uploads.get(upload);
  if (!file) throw new Error(`no upload ${upload}`);
  return file;
}
