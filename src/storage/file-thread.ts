import { createReadStream } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { errnoOf, toStorageError } from '../base/errors.ts';
import { serveThread } from '../base/thread-call.ts';
import { ZlibCrc32 } from '../crypto/crc.ts';
import type { DurableFile, ReceiveOptions, StoredContent } from '../transfer/ports.ts';
import type { FileFacts } from '../transfer/upload-ports.ts';
import { syncFolder } from './folders.ts';
import { IncomingFile } from './incoming-file.ts';
import { Publisher, type FileToPublish } from './publisher.ts';
import { ResumableFile, type Complete } from './resumable-file.ts';
import { SharedSync } from './shared-sync.ts';
import { StoredFile } from './stored-file.ts';

export interface FileFolders {
  readonly files: string;
  readonly incoming: string;
}

export interface FilledBlock {
  readonly block: SharedArrayBuffer;
  /** Bytes of it that hold content. */
  readonly length: number;
}

/** Those of v3, and those of v4: each numbered by its caller. */
const uploads = new Map<number, IncomingFile>();
const resumables = new Map<number, ResumableFile>();
const readings = new Map<number, StoredFile>();

const folders = workerData as FileFolders;
const publisher = new Publisher(folders);
const incoming = new SharedSync(() => syncFolder(folders.incoming));

/** Decrypts, checksums and writes for many uploads, and reads what is stored. The caller numbers them. */
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

  async create(upload: number, path: string): Promise<void> {
    resumables.set(upload, await ResumableFile.create(path));
  },

  /** @returns how many bytes are there; undefined when no such file is */
  async resume(upload: number, path: string): Promise<number | undefined> {
    const file = await ResumableFile.resume(path);
    if (file) resumables.set(upload, file);
    return file?.size;
  },

  append(upload: number, blocks: readonly FilledBlock[]): void {
    const file = resumableOf(upload);
    for (const { block, length } of blocks) file.write(new Uint8Array(block, 0, length));
  },

  complete(upload: number): Promise<Complete> {
    return resumableOf(upload).finish(incoming);
  },

  async park(upload: number): Promise<void> {
    const file = resumables.get(upload);
    resumables.delete(upload);
    await file?.park();
  },

  async discard(upload: number): Promise<void> {
    const file = resumables.get(upload);
    resumables.delete(upload);
    await file?.discard();
  },

  publish(file: FileToPublish): Promise<void> {
    return publisher.publish(file);
  },

  makeFolder(clientName: string, folder: Omit<FileFacts, 'size'>): Promise<void> {
    return publisher.makeFolder(clientName, folder);
  },

  async openStored(reading: number, clientName: string, path: string, size: number): Promise<void> {
    readings.set(reading, await StoredFile.open(folders.files, clientName, path, size));
  },

  async readStored(reading: number, block: SharedArrayBuffer, position: number): Promise<number> {
    return (await readings.get(reading)?.read(new Uint8Array(block), position)) ?? 0;
  },

  async closeStored(reading: number): Promise<void> {
    const file = readings.get(reading);
    readings.delete(reading);
    await file?.close();
  },
};
export type FileThreadApi = typeof fileThread;

serveThread(fileThread);

function uploadOf(upload: number): IncomingFile {
  const file = uploads.get(upload);
  if (!file) throw new Error(`no upload ${upload}`);
  return file;
}

function resumableOf(upload: number): ResumableFile {
  const file = resumables.get(upload);
  if (!file) throw new Error(`no upload ${upload}`);
  return file;
}
