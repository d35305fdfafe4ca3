import { hash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { SesameError, toStorageError } from '../base/errors.ts';
import { RECORD_HEADER_BYTES, writeRecordHeader } from './journal-record.ts';
import { firstRecordOf, isSegmentName, JournalSegment } from './journal-segment.ts';

/** Of a block with small files. */
export const JOURNAL_BLOCK_BYTES = 256 * 1024;

const DIGEST_BYTES = 32;

/** Small files in one block, each behind room for its header. */
export interface JournalBlock {
  readonly block: ArrayBuffer;
  /** Bytes of content of each. */
  readonly lengths: Uint32Array;
  /** 32 bytes for each. */
  readonly digests: Uint8Array;
}

/** The journal's segments: one takes records, older ones wait for a checkpoint. Lives in the journal's thread. */
export class Segments {
  readonly #folder: string;
  #active: JournalSegment | undefined;
  #sealed: JournalSegment[] = [];
  #nextRecord = 1;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Appends, and returns when it is durable.
   *
   * @returns the number of each record; NaN where the content does not have its SHA-256
   * @throws `storage-failed`; `disk-full`, and none of them counts
   */
  async append({ block, lengths, digests }: JournalBlock): Promise<Float64Array> {
    const numbers = new Float64Array(lengths.length);
    const first = this.#nextRecord;
    this.#nextRecord += lengths.length;
    let end = 0;
    const bytes = Buffer.from(block);
    lengths.forEach((length, index) => {
      const sha256 = digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
      const start = end + RECORD_HEADER_BYTES;
      const isRight = hash('sha256', bytes.subarray(start, start + length), 'buffer').equals(sha256);
      numbers[index] = isRight ? first + index : NaN;
      // One that is wrong is written like the others, and never heard of again.
      writeRecordHeader(bytes, end, { number: first + index, length, sha256 });
      end = start + length;
    });
    await this.#write(bytes.subarray(0, end), first, lengths);
    return numbers;
  }

  /** Reads the content of a record. @returns its length */
  read(record: number, into: Buffer): number {
    const segment = this.#active?.has(record)
      ? this.#active
      : this.#sealed.findLast((sealed) => sealed.has(record));
    if (!segment) throw new SesameError('content-lost', `no record ${record} in the journal`);
    return segment.read(record, into);
  }

  /** Later records go into another segment. @returns the highest number sealed; 0 where nothing is */
  seal(): number {
    if (this.#active) this.#sealed.push(this.#active);
    this.#active = undefined;
    return Math.max(0, ...this.#sealed.map(({ highest }) => highest));
  }

  /** Removes sealed segments whose records are all at or below this number. */
  drop(upTo: number, setAside: boolean): void {
    const isDone = (segment: JournalSegment): boolean => segment.highest <= upTo;
    const done = this.#sealed.filter(isDone);
    this.#sealed = this.#sealed.filter((segment) => !isDone(segment));
    for (const segment of done) {
      if (setAside) segment.setAside();
      else segment.remove();
    }
  }

  /**
   * At start: opens what an earlier process left.
   *
   * @param nextRecord numbers go on from here at the least
   * @returns the SHA-256 of every record that is whole, by number
   */
  load(nextRecord: number): Map<number, Uint8Array> {
    const digests = new Map<number, Uint8Array>();
    try {
      for (const name of readdirSync(this.#folder).filter(isSegmentName).sort()) {
        const { segment, records } = JournalSegment.load(this.#folder, name);
        this.#sealed.push(segment);
        this.#nextRecord = Math.max(this.#nextRecord, firstRecordOf(name) + 1, segment.highest + 1);
        for (const { number, sha256 } of records) digests.set(number, new Uint8Array(sha256));
      }
    } catch (error) {
      throw toStorageError('cannot read the journal', error);
    }
    this.#nextRecord = Math.max(this.#nextRecord, nextRecord);
    return digests;
  }

  async #write(bytes: Uint8Array, first: number, lengths: Uint32Array): Promise<void> {
    const segment = (this.#active ??= JournalSegment.create(this.#folder, first));
    try {
      let position = segment.write(bytes);
      lengths.forEach((length, index) => {
        segment.note(first + index, position + RECORD_HEADER_BYTES, length);
        position += RECORD_HEADER_BYTES + length;
      });
      await segment.sync();
    } catch (error) {
      if (segment === this.#active) this.seal();
      await segment.quiet();
      // Nobody relies on anything in it, and a full disk would fill with such.
      if (!segment.hasDurable) this.#remove(segment);
      throw error;
    }
  }

  #remove(segment: JournalSegment): void {
    if (!this.#sealed.includes(segment)) return;
    this.#sealed = this.#sealed.filter((sealed) => sealed !== segment);
    segment.remove();
  }
}
