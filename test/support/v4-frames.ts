// Version 4 requests on the wire, from docs/PROTOCOL.md, 2.2. Written apart from src/, so that one can be wrong alone.
import { createHash } from 'node:crypto';

export const V4_REQUEST = {
  hello: 1101,
  join: 1102,
  open: 1103,
  data: 1104,
  commit: 1105,
  put: 1106,
  cancel: 1107,
  folder: 1108,
  list: 1109,
  fetch: 1110,
  'knock-key': 1111,
  waiting: 1112,
} as const;

export const NO_ID = Buffer.alloc(16);
export const NO_TOKEN = Buffer.alloc(32);

export const MAX_CHUNK = 262_144;
export const MAX_PUT = 65_536;

/** What a client says of a file. `mtime` is nanoseconds since 1970. */
export interface FileFacts {
  readonly mtime: bigint;
  readonly mode: number;
  readonly path: string | Uint8Array;
}

/** What a watcher says of its outbox. `oldest` is nanoseconds since 1970; 0 where nothing waits. */
export interface WaitingFacts {
  readonly files: number;
  readonly bytes: number;
  readonly failing: number;
  readonly oldest: bigint;
  readonly why: string | Uint8Array;
}

export interface HeaderOptions {
  readonly version?: number;
  /** Where the header is to say something else than the length of the payload. */
  readonly payloadSize?: number;
}

/** Header and payload of a request. */
export function v4Request(
  code: number,
  id: Uint8Array,
  payload: Uint8Array,
  options: HeaderOptions = {},
): Buffer {
  const header = Buffer.alloc(23);
  header.set(id, 0);
  header.writeUInt8(options.version ?? 4, 16);
  header.writeUInt16LE(code, 17);
  header.writeUInt32LE(options.payloadSize ?? payload.length, 19);
  return Buffer.concat([header, payload]);
}

/** Payloads of requests. */
export const v4Payload = {
  hello: (agent = 'test', minor = 0, flags = 0) =>
    Buffer.concat([u16(minor), u16(flags), Buffer.from(agent)]),

  join: (way: number, token: Uint8Array, nameField: Uint8Array) =>
    Buffer.concat([Buffer.of(way), token, nameField]),

  open: (
    stream: number,
    facts: FileFacts & { readonly size: number | null; readonly startOver?: boolean },
  ) => {
    const { size, startOver = false, mtime, mode, path } = facts;
    const flags = Buffer.of((size === null ? 0 : 1) + (startOver ? 2 : 0));
    return Buffer.concat([u32(stream), flags, u64(size ?? 0), i64(mtime), u32(mode), text(path)]);
  },

  data: (stream: number, offset: number, content: Uint8Array) =>
    Buffer.concat([u32(stream), u64(offset), content]),

  commit: (stream: number, size: number, sha256: Uint8Array) =>
    Buffer.concat([u32(stream), u64(size), sha256]),

  put: (
    stream: number,
    facts: FileFacts & { readonly content: Uint8Array; readonly sha256?: Uint8Array; readonly size?: number },
  ) => {
    const { content, sha256 = hash(content), size = content.length, mtime, mode, path } = facts;
    return Buffer.concat([u32(stream), sha256, u32(size), i64(mtime), u32(mode), text(path), content]);
  },

  cancel: (stream: number, what: 'keep' | 'drop') =>
    Buffer.concat([u32(stream), Buffer.of(what === 'drop' ? 1 : 0)]),

  folder: (stream: number, { mtime, mode, path }: FileFacts) =>
    Buffer.concat([u32(stream), i64(mtime), u32(mode), text(path)]),

  list: (stream: number, path: string | Uint8Array = '', after: string | Uint8Array = '') =>
    Buffer.concat([u32(stream), text(path), text(after)]),

  fetch: (stream: number, offset: number, path: string | Uint8Array) =>
    Buffer.concat([u32(stream), u64(offset), text(path)]),

  knockKey: (stream: number) => u32(stream),

  waiting: (stream: number, { files, bytes, failing, oldest, why }: WaitingFacts) =>
    Buffer.concat([u32(stream), u64(files), u64(bytes), u64(failing), i64(oldest), Buffer.from(why)]),
};

export function hash(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A bigint where the number is to be one that v4 does not allow. */
export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function i64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function text(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u16(bytes.length), bytes]);
}
