import { ByteWriter } from '../bytes.ts';
import { encodeResponse, V4 } from '../header.ts';
import { V4ResponseCode } from './codes.ts';
import { REFUSALS, type Refusal } from './refusals.ts';

const MAX_REASON_BYTES = 1024;

export interface Welcome {
  readonly writeOnly: boolean;
  /** Whether this server answers a 1111. */
  readonly hasKnockKeys: boolean;
  /** Whether this server takes a 1112. */
  readonly takesWaiting: boolean;
  readonly clientId: Uint8Array;
  /** Bytes. */
  readonly window: number;
  /** Raw Ed25519, 32 bytes. */
  readonly receiptKey: Uint8Array;
  readonly lastReceipt: { readonly seq: number; readonly hash: Uint8Array } | null;
  readonly name: string;
}

export interface Entry {
  readonly type: 'file' | 'folder';
  readonly path: string;
  readonly size: number;
  readonly mtime: bigint;
  readonly mode: number;
  readonly sha256: Uint8Array;
  readonly seq: number;
}

type Facts = Omit<Entry, 'type' | 'path'>;

const NO_HASH = new Uint8Array(32);

/** Flags of 2201. */
const WRITE_ONLY = 1;
const ANSWERS_1111 = 2;
const TAKES_1112 = 4;

/** Whole response frames of v4; layouts in PROTOCOL.md 2.2. */
export const v4Responses = {
  /** 2201 */
  welcome: (welcome: Welcome) => {
    const { writeOnly, hasKnockKeys, takesWaiting, clientId, window, receiptKey, lastReceipt, name } =
      welcome;
    const head = new ByteWriter(96)
      .u16(0)
      .u16((writeOnly ? WRITE_ONLY : 0) | (hasKnockKeys ? ANSWERS_1111 : 0) | (takesWaiting ? TAKES_1112 : 0))
      .bytes(clientId)
      .u32(window)
      .bytes(receiptKey)
      .u64(lastReceipt?.seq ?? 0)
      .bytes(lastReceipt?.hash ?? NO_HASH);
    return encodeResponse(V4, V4ResponseCode.welcome, head.finish(), Buffer.from(name));
  },

  /** 2202; stream 0 is the connection */
  refused: (stream: number, refusal: Refusal, reason: string) => {
    const head = new ByteWriter(6).u32(stream).u16(REFUSALS[refusal]);
    return encodeResponse(V4, V4ResponseCode.refused, head.finish(), cut(reason));
  },

  /** 2203 */
  opened: (stream: number, state: 'new' | 'resumed', offset: number) =>
    encodeOpened(stream, state === 'new' ? 0 : 1, offset, NO_HASH),

  /** 2203 where the same version stands already, as far as size and time tell */
  openedStored: (stream: number, sha256: Uint8Array) => encodeOpened(stream, 2, 0, sha256),

  /** 2204 */
  window: (taken: number) => encodeResponse(V4, V4ResponseCode.window, new ByteWriter(8).u64(taken).finish()),

  /** 2205 */
  receipt: (stream: number, wasThere: boolean, receipt: Uint8Array, signature: Uint8Array) => {
    const head = new ByteWriter(9)
      .u32(stream)
      .u8(wasThere ? 1 : 0)
      .u32(receipt.byteLength);
    return encodeResponse(V4, V4ResponseCode.receipt, head.finish(), receipt, signature);
  },

  /** 2206 */
  done: (stream: number) => encodeResponse(V4, V4ResponseCode.done, new ByteWriter(4).u32(stream).finish()),

  /** 2207 */
  listing: (stream: number, more: boolean, entries: readonly Entry[]) => {
    const head = new ByteWriter(9)
      .u32(stream)
      .u8(more ? 1 : 0)
      .u32(entries.length);
    return encodeResponse(V4, V4ResponseCode.listing, head.finish(), ...entries.map(encodeEntry));
  },

  /** 2208 */
  file: (stream: number, { size, mtime, mode, sha256, seq }: Facts) => {
    const facts = new ByteWriter(64).u32(stream).u64(size).i64(mtime).u32(mode).bytes(sha256).u64(seq);
    return encodeResponse(V4, V4ResponseCode.file, facts.finish());
  },

  /** 2209 */
  content: (stream: number, offset: number, content: Uint8Array) =>
    encodeResponse(V4, V4ResponseCode.content, new ByteWriter(12).u32(stream).u64(offset).finish(), content),

  /** 2210; the key has 32 bytes */
  knockKey: (stream: number, port: number, key: Uint8Array) => {
    const fields = new ByteWriter(38).u32(stream).u16(port).bytes(key);
    return encodeResponse(V4, V4ResponseCode.knockKey, fields.finish());
  },
} as const;

function encodeOpened(stream: number, state: number, offset: number, sha256: Uint8Array): Uint8Array {
  const fields = new ByteWriter(45).u32(stream).u8(state).u64(offset).bytes(sha256);
  return encodeResponse(V4, V4ResponseCode.opened, fields.finish());
}

/** The bytes of one entry of a 2207. */
export function encodeEntry({ type, path, size, mtime, mode, sha256, seq }: Entry): Uint8Array {
  const name = Buffer.from(path);
  return new ByteWriter(63 + name.byteLength)
    .u8(type === 'file' ? 0 : 1)
    .u64(size)
    .i64(mtime)
    .u32(mode)
    .bytes(sha256)
    .u64(seq)
    .u16(name.byteLength)
    .bytes(name)
    .finish();
}

/** Whole characters only. */
function cut(reason: string): Uint8Array {
  const target = new Uint8Array(MAX_REASON_BYTES);
  return target.subarray(0, new TextEncoder().encodeInto(reason, target).written);
}
