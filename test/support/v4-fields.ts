// The fields of a version 4 response, read in order and without mercy.
import { V4_ERRORS, type V4Error } from './v4-errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get atEnd(): boolean {
    return this.left === 0;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  u64(): number {
    const value = Number(this.#bytes.readBigUInt64LE(this.#take(8)));
    if (!Number.isSafeInteger(value)) throw new Error('a number above 2^53 - 1');
    return value;
  }

  i64(): bigint {
    return this.#bytes.readBigInt64LE(this.#take(8));
  }

  bytes(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    const value = utf8.decode(this.bytes(length));
    if (value.includes('\0')) throw new Error('a NUL in a text');
    return value;
  }

  stream(): number {
    const value = this.u32();
    if (value === 0) throw new Error('an answer on stream 0');
    return value;
  }

  mode(): number {
    const value = this.u32();
    if (value > 0o7777) throw new Error(`a mode of ${value.toString(8)}`);
    return value;
  }

  atMost(value: number, most: number): number {
    if (value > most) throw new Error(`a field of ${value}, which is at most ${most}`);
    return value;
  }

  error(): V4Error {
    const number = this.u16();
    const error = V4_ERRORS[number - 1];
    if (error === undefined) throw new Error(`error number ${number}`);
    return error;
  }

  pick<T>(values: readonly T[]): T {
    const index = this.u8();
    const value = values[index];
    if (value === undefined) throw new Error(`a field of ${index}, with ${values.length} values`);
    return value;
  }

  oneOf(value: number, values: readonly number[]): number {
    if (!values.includes(value)) throw new Error(`a field of ${value}, which is one of ${values.join(', ')}`);
    return value;
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.left) throw new Error(`${length} bytes wanted, ${this.left} left`);
    this.#at += length;
    return start;
  }
}
