import { SesameError } from '../../base/errors.ts';
import { ByteReader } from '../bytes.ts';
import { decodeName, NAME_FIELD_BYTES } from '../names.ts';
import { MAX_PATH_BYTES, MAX_SMALL_FILE_BYTES, SHA256_BYTES, TOKEN_BYTES } from './frames.ts';

/**
 * Payloads of v4 requests; layouts in PROTOCOL.md 2.2. All throw `malformed` where fields contradict each other or the
 * payload's size, and `truncated` where it ends too soon. Byte strings are views of the payload.
 */
const MODE_BITS = 0o7777;

export interface Hello {
  readonly minorVersion: number;
  readonly agent: string;
}

export function decodeHello(payload: Uint8Array): Hello {
  const reader = new ByteReader(payload);
  const minorVersion = reader.u16();
  reader.u16(); // flags: a newer client may set some
  return { minorVersion, agent: reader.text(reader.remaining) };
}

export interface Join {
  /** 32 bytes; null where the client joins openly. */
  readonly token: Uint8Array | null;
  /** Null with a token where the field holds none: the token of one machine brings its own. */
  readonly name: string | null;
}

export function decodeJoin(payload: Uint8Array): Join {
  const reader = new ByteReader(payload);
  const way = reader.u8();
  const token = reader.bytes(TOKEN_BYTES);
  const field = reader.bytes(NAME_FIELD_BYTES);
  if (way === 1) return { token, name: nameIn(field) };
  if (way === 0 && token.every((byte) => byte === 0)) return { token: null, name: decodeName(field) };
  throw new SesameError('malformed', `way ${way} of joining, or a token with it`);
}

/** What stands in a name field, if it is a name. */
function nameIn(field: Uint8Array): string | null {
  try {
    return decodeName(field);
  } catch (error) {
    if (error instanceof SesameError) return null;
    throw error;
  }
}

export interface FileToOpen {
  readonly stream: number;
  readonly startOver: boolean;
  readonly path: string;
  readonly size: number | null;
  readonly mtime: bigint;
  readonly mode: number;
}

export function decodeOpen(payload: Uint8Array): FileToOpen {
  const reader = new ByteReader(payload);
  const stream = reader.u32();
  const flags = reader.u8();
  if (flags > 3) throw new SesameError('malformed', `flags ${flags} in a 1103`);
  const size = reader.u64();
  const mtime = reader.i64();
  const mode = takeMode(reader);
  const path = takePathField(reader);
  reader.end();
  return {
    stream,
    startOver: (flags & 2) !== 0,
    path: decodePath(path),
    size: (flags & 1) === 0 ? null : size,
    mtime,
    mode,
  };
}

/** 1104: 0:4 stream, 4:8 offset; the content behind it is a stream. */
export function decodeData(head: Uint8Array): { readonly stream: number; readonly offset: number } {
  const reader = new ByteReader(head);
  return { stream: reader.u32(), offset: reader.u64() };
}

export interface Commit {
  readonly stream: number;
  readonly size: number;
  readonly sha256: Uint8Array;
}

export function decodeCommit(payload: Uint8Array): Commit {
  const reader = new ByteReader(payload);
  return { stream: reader.u32(), size: reader.u64(), sha256: reader.bytes(SHA256_BYTES) };
}

export interface FileToPut {
  readonly stream: number;
  readonly path: string;
  readonly size: number;
  readonly mtime: bigint;
  readonly mode: number;
  readonly sha256: Uint8Array;
  readonly content: Uint8Array;
}

export function decodePut(payload: Uint8Array): FileToPut {
  const reader = new ByteReader(payload);
  const stream = reader.u32();
  const sha256 = reader.bytes(SHA256_BYTES);
  const size = reader.u32();
  if (size > MAX_SMALL_FILE_BYTES) throw new SesameError('malformed', `${size} bytes of content in a 1106`);
  const mtime = reader.i64();
  const mode = takeMode(reader);
  const path = takePathField(reader);
  const content = reader.bytes(size);
  reader.end();
  return { stream, path: decodePath(path), size, mtime, mode, sha256, content };
}

/** The content size field of a 1106, whatever the rest of it says. */
export function contentSizeOf(payload: Uint8Array): number {
  const reader = new ByteReader(payload);
  reader.bytes(4 + SHA256_BYTES);
  return reader.u32();
}

export function decodeCancel(payload: Uint8Array): { readonly stream: number; readonly drop: boolean } {
  const reader = new ByteReader(payload);
  const stream = reader.u32();
  const what = reader.u8();
  if (what > 1) throw new SesameError('malformed', `${what} in a 1107`);
  return { stream, drop: what === 1 };
}

export interface FolderToMake {
  readonly stream: number;
  readonly path: string;
  readonly mtime: bigint;
  readonly mode: number;
}

export function decodeFolder(payload: Uint8Array): FolderToMake {
  const reader = new ByteReader(payload);
  const stream = reader.u32();
  const mtime = reader.i64();
  const mode = takeMode(reader);
  const path = takePathField(reader);
  reader.end();
  return { stream, path: decodePath(path), mtime, mode };
}

export interface ListWanted {
  readonly stream: number;
  /** Empty for all. */
  readonly path: string;
  /** Empty for the first page. */
  readonly after: string;
}

export function decodeList(payload: Uint8Array): ListWanted {
  const reader = new ByteReader(payload);
  const stream = reader.u32();
  const path = takePathField(reader);
  const after = takePathField(reader);
  reader.end();
  return { stream, path: decodeText(path), after: decodeText(after) };
}

export interface FileToFetch {
  readonly stream: number;
  readonly offset: number;
  readonly path: string;
}

export function decodeFetch(payload: Uint8Array): FileToFetch {
  const reader = new ByteReader(payload);
  const stream = reader.u32();
  const offset = reader.u64();
  const path = takePathField(reader);
  reader.end();
  return { stream, offset, path: decodePath(path) };
}

export function decodeKnockKeyWanted(payload: Uint8Array): { readonly stream: number } {
  return { stream: new ByteReader(payload).u32() };
}

/** What a watcher's outbox holds (FLEET.md 3). */
export interface WaitingTold {
  readonly stream: number;
  readonly files: number;
  readonly bytes: number;
  /** Of the files: those that were refused or failed. */
  readonly failing: number;
  /** Since when the oldest waits, nanoseconds since 1970; 0: nothing waits. */
  readonly oldest: bigint;
  /** What is wrong; may hold anything that is text. */
  readonly why: string;
}

export function decodeWaiting(payload: Uint8Array): WaitingTold {
  const reader = new ByteReader(payload);
  const stream = reader.u32();
  const files = reader.u64();
  const bytes = reader.u64();
  const failing = reader.u64();
  const oldest = reader.i64();
  const why = reader.text(reader.remaining);
  if (oldest < 0n) throw new SesameError('malformed', `a file waits since before 1970 in a 1112`);
  return { stream, files, bytes, failing, oldest, why };
}

function takeMode(reader: ByteReader): number {
  const mode = reader.u32();
  if (mode > MODE_BITS) throw new SesameError('malformed', `mode ${mode.toString(8)} has more than 12 bits`);
  return mode;
}

/** The bytes of a path: what is wrong with them is said when all lengths have been seen to agree. */
function takePathField(reader: ByteReader): Uint8Array {
  return reader.bytes(reader.u16());
}

/** As it came: whether it can be stored is for the engine to say. @throws `bad-path` where it is no text at all */
function decodePath(field: Uint8Array): string {
  if (field.byteLength === 0) throw new SesameError('bad-path', 'a path without characters');
  return decodeText(field);
}

function decodeText(field: Uint8Array): string {
  if (field.byteLength > MAX_PATH_BYTES) {
    throw new SesameError('bad-path', `a path of ${field.byteLength} bytes`);
  }
  return new ByteReader(field).text(field.byteLength, 'bad-path');
}
