// Version 4 responses, from docs/PROTOCOL.md, 2.2 and 2.8. Strict: a server that says anything else fails the test.

export const V4_RESPONSE = {
  welcome: 2201,
  refused: 2202,
  opened: 2203,
  window: 2204,
  receipt: 2205,
  done: 2206,
  listing: 2207,
  file: 2208,
  content: 2209,
} as const;

/** By number, from 1. */
export const V4_ERRORS = [
  'malformed',
  'unknown-code',
  'wrong-client-id',
  'not-joined',
  'token-refused',
  'name-taken',
  'bad-name',
  'join-refused',
  'revoked',
  'busy',
  'draining',
  'bad-path',
  'path-conflict',
  'too-large',
  'disk-full',
  'storage-failed',
  'superseded',
  'bad-stream',
  'bad-offset',
  'wrong-size',
  'wrong-hash',
  'not-found',
  'write-only',
  'exists',
  'window-exceeded',
  'internal',
] as const;
export type V4Error = (typeof V4_ERRORS)[number];

export interface Welcome {
  readonly type: 'welcome';
  readonly minor: number;
  readonly writeOnly: boolean;
  readonly clientId: Buffer;
  readonly window: number;
  readonly receiptKey: Buffer;
  readonly seq: number;
  readonly head: Buffer;
  readonly name: string;
}

interface OnStream {
  readonly stream: number;
}

export interface Entry {
  readonly type: 'file' | 'folder';
  readonly size: number;
  readonly mtime: bigint;
  readonly mode: number;
  readonly sha256: Buffer;
  readonly seq: number;
  readonly path: string;
}

export interface SentReceipt extends OnStream {
  readonly type: 'receipt';
  readonly wasThere: boolean;
  readonly receipt: Buffer;
  readonly signature: Buffer;
}

export type V4Answer =
  | Welcome
  | ({ readonly type: 'refused'; readonly error: V4Error; readonly message: string } & OnStream)
  | ({
      readonly type: 'opened';
      readonly state: 'new' | 'resumed' | 'stored';
      readonly offset: number;
      readonly sha256: Buffer;
    } & OnStream)
  | { readonly type: 'window'; readonly taken: number }
  | SentReceipt
  | ({ readonly type: 'done' } & OnStream)
  | ({ readonly type: 'listing'; readonly more: boolean; readonly entries: readonly Entry[] } & OnStream)
  | (Omit<Entry, 'type' | 'path'> & { readonly type: 'file' } & OnStream)
  | ({ readonly type: 'content'; readonly offset: number; readonly content: Buffer } & OnStream);

const SIZES: Readonly<Record<number, readonly [least: number, most: number]>> = {
  2201: [97, 496],
  2202: [6, 1030],
  2203: [45, 45],
  2204: [8, 8],
  2205: [10, 20_000],
  2206: [4, 4],
  2207: [9, 1_048_576],
  2208: [64, 64],
  2209: [13, 262_156],
};

/** The length of the response at the start of `bytes`, undefined while that cannot be known. */
export function answerLength(bytes: Buffer): number | undefined {
  if (bytes.length < 7) return undefined;
  const [version, code, size] = [bytes.readUInt8(0), bytes.readUInt16LE(1), bytes.readUInt32LE(3)];
  const [least, most] = SIZES[code] ?? [1, 0];
  if (version !== 4 || size < least || size > most) {
    throw new Error(`no response of version 4: ${bytes.toString('hex', 0, 7)}`);
  }
  return 7 + size;
}

/** A whole response. */
export function parseAnswer(frame: Buffer): V4Answer {
  const fields = new Fields(frame.subarray(7));
  const answer = PARSERS[frame.readUInt16LE(1)]?.(fields);
  if (answer === undefined || !fields.atEnd)
    throw new Error(`a response that is none: ${frame.toString('hex')}`);
  return answer;
}

const PARSERS: Readonly<Record<number, (fields: Fields) => V4Answer>> = {
  2201: (f) => ({
    type: 'welcome',
    minor: f.oneOf(f.u16(), [0]),
    writeOnly: f.oneOf(f.u16(), [0, 1]) === 1,
    clientId: f.bytes(16),
    window: f.u32(),
    receiptKey: f.bytes(32),
    seq: f.u64(),
    head: f.bytes(32),
    name: f.text(f.left),
  }),
  2202: (f) => ({ type: 'refused', stream: f.u32(), error: f.error(), message: f.text(f.left) }),
  2203: (f) => ({
    type: 'opened',
    stream: f.stream(),
    state: f.pick(['new', 'resumed', 'stored']),
    offset: f.u64(),
    sha256: f.bytes(32),
  }),
  2204: (f) => ({ type: 'window', taken: f.u64() }),
  2205: (f) => ({
    type: 'receipt',
    stream: f.stream(),
    wasThere: f.oneOf(f.u8(), [0, 1]) === 1,
    receipt: f.bytes(f.atMost(f.u32(), MOST_RECEIPT_BYTES)),
    signature: f.bytes(f.left),
  }),
  2206: (f) => ({ type: 'done', stream: f.stream() }),
  2207: (f) => ({
    type: 'listing',
    stream: f.stream(),
    more: f.oneOf(f.u8(), [0, 1]) === 1,
    entries: Array.from({ length: f.atMost(f.u32(), MOST_ENTRIES) }, () => entry(f)),
  }),
  2208: (f) => ({
    type: 'file',
    stream: f.stream(),
    size: f.u64(),
    mtime: f.i64(),
    mode: f.mode(),
    sha256: f.bytes(32),
    seq: f.u64(),
  }),
  2209: (f) => ({ type: 'content', stream: f.stream(), offset: f.u64(), content: f.bytes(f.left) }),
};

function entry(f: Fields): Entry {
  return {
    type: f.pick(['file', 'folder']),
    size: f.u64(),
    mtime: f.i64(),
    mode: f.mode(),
    sha256: f.bytes(32),
    seq: f.u64(),
    path: f.text(f.u16()),
  };
}

const MOST_ENTRIES = 1000;
const MOST_RECEIPT_BYTES = 16_384;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Fields {
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
