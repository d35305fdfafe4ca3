// Version 4 responses, from docs/PROTOCOL.md, 2.2 and 2.8. Strict: a server that says anything else fails the test.
import type { V4Error } from './v4-errors.ts';
import { Fields } from './v4-fields.ts';

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
  knockKey: 2210,
} as const;

export interface Welcome {
  readonly type: 'welcome';
  readonly minor: number;
  readonly writeOnly: boolean;
  readonly hasKnockKeys: boolean;
  readonly takesWaiting: boolean;
  readonly clientId: Buffer;
  readonly window: number;
  readonly receiptKey: Buffer;
  readonly seq: number;
  readonly head: Buffer;
  readonly name: string;
}

const MOST_ENTRIES = 1000;
const MOST_RECEIPT_BYTES = 32_768;

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
  | ({ readonly type: 'content'; readonly offset: number; readonly content: Buffer } & OnStream)
  | ({ readonly type: 'knock-key'; readonly port: number; readonly key: Buffer } & OnStream);

const SIZES: Readonly<Record<number, readonly [least: number, most: number]>> = {
  2201: [97, 496],
  2202: [6, 1030],
  2203: [45, 45],
  2204: [8, 8],
  2205: [10, 34_000],
  2206: [4, 4],
  2207: [9, 1_048_576],
  2208: [64, 64],
  2209: [13, 262_156],
  2210: [38, 38],
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
    ...welcomeFlags(f.u16()),
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
  2210: (f) => ({ type: 'knock-key', stream: f.stream(), port: f.u16(), key: f.bytes(32) }),
};

/** Others mean nothing to who does not know them. */
function welcomeFlags(flags: number): Pick<Welcome, 'writeOnly' | 'hasKnockKeys' | 'takesWaiting'> {
  return { writeOnly: (flags & 1) !== 0, hasKnockKeys: (flags & 2) !== 0, takesWaiting: (flags & 4) !== 0 };
}

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
