import {
  closeSync,
  constants,
  fdatasync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SesameError, toStorageError } from '../base/errors.ts';
import { scanRecords, type JournalRecord } from './journal-record.ts';
import { SharedSync } from './shared-sync.ts';

const CREATE_NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const OPEN_AGAIN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const fdatasyncAsync = promisify(fdatasync);

/** `<number of its first record, 16 hex digits>.journal` */
const NAME = /^[0-9a-f]{16}\.journal$/;

export function isSegmentName(name: string): boolean {
  return NAME.test(name);
}

export function firstRecordOf(name: string): number {
  return Number.parseInt(name, 16);
}

interface Location {
  readonly position: number;
  readonly length: number;
}

/** One file of the journal. After a write or a sync that failed it takes nothing more, for ever. */
export class JournalSegment {
  readonly #path: string;
  readonly #fd: number;
  readonly #locations = new Map<number, Location>();
  readonly #sync = new SharedSync(() => this.#syncOnce());
  #size = 0;
  #highest = 0;
  #synced = false;
  #failure: Error | undefined;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Makes one whose name is durable. @throws `storage-failed`; `disk-full` */
  static create(folder: string, firstRecord: number): JournalSegment {
    const path = join(folder, `${firstRecord.toString(16).padStart(16, '0')}.journal`);
    try {
      const segment = new JournalSegment(path, openSync(path, CREATE_NEW, 0o600));
      syncFolderNow(folder);
      return segment;
    } catch (error) {
      throw toStorageError('cannot begin a journal segment', error);
    }
  }

  /** Opens what an earlier process left, for reading. */
  static load(folder: string, name: string): { segment: JournalSegment; records: JournalRecord[] } {
    const path = join(folder, name);
    const segment = new JournalSegment(path, openSync(path, OPEN_AGAIN));
    segment.#failure = new SesameError('storage-failed', 'an earlier process wrote this segment');
    segment.#synced = true;
    const records = [...scanRecords(readFileSync(segment.#fd))];
    for (const { number, start, length } of records) segment.#note(number, start, length);
    return { segment, records };
  }

  /** The highest number of its records; 0 where it has none. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether some of it is durable. */
  get hasDurable(): boolean {
    return this.#synced;
  }

  /** @returns where the bytes begin. @throws `storage-failed`; `disk-full` */
  write(bytes: Uint8Array): number {
    this.#throwIfFailed();
    const position = this.#size;
    try {
      for (let done = 0; done < bytes.byteLength;) {
        done += writeSync(this.#fd, bytes, done, bytes.byteLength - done, position + done);
      }
    } catch (error) {
      throw this.#fail(error);
    }
    this.#size += bytes.byteLength;
    return position;
  }

  note(number: number, position: number, length: number): void {
    this.#note(number, position, length);
  }

  /** Makes durable what was written before. @throws `storage-failed`; `disk-full` */
  async sync(): Promise<void> {
    await this.#sync.sync();
  }

  /** Returns when no sync is under way. */
  async quiet(): Promise<void> {
    await this.#sync.quiet();
  }

  has(number: number): boolean {
    return this.#locations.has(number);
  }

  /** Reads the content of a record. @returns its length */
  read(number: number, into: Buffer): number {
    const location = this.#locations.get(number);
    if (!location) throw new SesameError('content-lost', `no record ${number} in the journal`);
    const { position, length } = location;
    for (let done = 0; done < length;) {
      const read = readSync(this.#fd, into, done, length - done, position + done);
      if (read === 0) throw new SesameError('content-lost', `record ${number} of the journal is cut off`);
      done += read;
    }
    return length;
  }

  remove(): void {
    closeSync(this.#fd);
    unlinkSync(this.#path);
  }

  /** Out of the way, but for somebody to look at. */
  setAside(): void {
    closeSync(this.#fd);
    renameSync(this.#path, `${this.#path}.damaged`);
  }

  #note(number: number, position: number, length: number): void {
    this.#locations.set(number, { position, length });
    this.#highest = Math.max(this.#highest, number);
  }

  async #syncOnce(): Promise<void> {
    // Another sync of the same data would say that all is well.
    this.#throwIfFailed();
    try {
      await fdatasyncAsync(this.#fd);
      this.#synced = true;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }

  #fail(error: unknown): Error {
    this.#failure ??= toStorageError('cannot write to the journal', error);
    return this.#failure;
  }
}

function syncFolderNow(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
