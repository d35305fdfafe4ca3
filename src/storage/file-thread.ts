import { createReadStream } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { errnoOf, toStorageError } from '../base/errors.ts';
import { Moved, serveThread } from '../base/thread-call.ts';
import { ZlibCrc32 } from '../crypto/crc.ts';
import type { DurableFile, ReceiveOptions, StoredContent } from '../transfer/ports.ts';
import type { FileFacts, StoredDigest } from '../transfer/upload-ports.ts';
import { digestOfStart } from './content-check.ts';
import { syncFolder } from './folders.ts';
import { IncomingFile } from './incoming-file.ts';
import { Publisher, type FileToPublish } from './publisher.ts';
import { ResumableFile, type Complete } from './resumable-file.ts';
import { SharedSync } from './shared-sync.ts';
import { digestStored, StoredFile } from './stored-file.ts';
import { removeStored } from './stored-removal.ts';

export interface FileFolders {
  readonly files: string;
  readonly incoming: string;
}

export interface FilledBlock {
  readonly block: ArrayBuffer;
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

  /** @returns the block */
  write(upload: number, block: ArrayBuffer, length: number): Moved<ArrayBuffer> {
    uploadOf(upload).write(new Uint8Array(block, 0, length));
    return new Moved(block, [block]);
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

  /** @returns the blocks */
  append(upload: number, filled: readonly FilledBlock[]): Moved<readonly ArrayBuffer[]> {
    const file = resumableOf(upload);
    for (const { block, length } of filled) file.write(new Uint8Array(block, 0, length));
    const blocks = filled.map(({ block }) => block);
    return new Moved(blocks, blocks);
  },

  /** The thread forgets it; where that fails, `discard` is for the caller to do. */
  async complete(upload: number): Promise<Complete> {
    const complete = await resumableOf(upload).finish(incoming);
    resumables.delete(upload);
    return complete;
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

  /** @returns undefined where the file is not there, or shorter */
  async digestStart(path: string, bytes: number): Promise<Uint8Array | undefined> {
    try {
      const digest = await digestOfStart(path, bytes);
      return digest && new Uint8Array(digest);
    } catch (error) {
      throw toStorageError('cannot read a file in incoming/', error);
    }
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

  /** @returns the block, and how many bytes of the file are in it */
  async readStored(reading: number, block: ArrayBuffer, position: number): Promise<Moved<FilledBlock>> {
    const length = (await readings.get(reading)?.read(new Uint8Array(block), position)) ?? 0;
    return new Moved({ block, length }, [block]);
  },

  async closeStored(reading: number): Promise<void> {
    const file = readings.get(reading);
    readings.delete(reading);
    await file?.close();
  },

  digestStored(clientName: string, path: string): Promise<StoredDigest | undefined> {
    return digestStored(folders.files, clientName, path);
  },

  removeStored(clientName: string, path: string): Promise<void> {
    return removeStored(folders.files, clientName, path);
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
