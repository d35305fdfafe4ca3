import { SesameError, type ErrorCode } from '../base/errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array, fault: ErrorCode): string {
  if (bytes.includes(0)) throw new SesameError(fault, 'a NUL in a text');
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new SesameError(fault, 'a text that is not UTF-8', { cause });
  }
}

/** Reads little-endian fields in order and fails where the bytes end; it never zero-fills. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.byteLength - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** @throws `malformed` above 2^53 − 1, which no size or count reaches */
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > Number.MAX_SAFE_INTEGER)
      throw new SesameError('malformed', `${value} is more than a u64 here holds`);
    return Number(value);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  /** UTF-8 without NUL. @throws `malformed`, or what the caller calls it, where it is not */
  text(length: number, fault: ErrorCode = 'malformed'): string {
    return decodeText(this.bytes(length), fault);
  }

  /** Nothing may be left. @throws `malformed` */
  end(): void {
    if (this.remaining > 0)
      throw new SesameError('malformed', `${this.remaining} bytes more than the fields take`);
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  #take(length: number): number {
    if (length > this.remaining) {
      throw new SesameError(
        'truncated',
        `${length} bytes wanted at offset ${this.#offset}, ${this.remaining} left`,
      );
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}

/** Writes little-endian fields in order into a frame of known length. */
export class ByteWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): this {
    this.#view.setUint8(this.#advance(1), value);
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#advance(2), value, true);
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#advance(4), value, true);
    return this;
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#advance(8), BigInt(value), true);
    return this;
  }

  i64(value: bigint): this {
    this.#view.setBigInt64(this.#advance(8), value, true);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#advance(value.byteLength));
    return this;
  }

  /** The frame. A field that was forgotten is a fault of ours. */
  finish(): Uint8Array {
    if (this.#offset !== this.#bytes.byteLength) {
      throw new RangeError(`${this.#offset} of ${this.#bytes.byteLength} bytes written`);
    }
    return this.#bytes;
  }

  #advance(length: number): number {
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
