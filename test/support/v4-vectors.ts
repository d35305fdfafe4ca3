// The golden vectors of test/vectors/v4, typed. Their README says what the fields mean.
import { readFileSync } from 'node:fs';
import type { V4Error } from './v4-errors.ts';

export type V4Failure =
  | V4Error
  | 'truncated'
  | 'unknown-version'
  | 'bad-payload-size'
  | 'bad-key'
  | 'bad-join-line'
  | 'bad-receipt'
  | 'bad-signature'
  | 'bad-mac';

/** A vector has its input always, and what comes out of it only where that is expected to go well. */
type Vector<In, Out> =
  | ({ readonly name: string; readonly expect: 'ok' } & Readonly<In> & Readonly<Out>)
  | ({ readonly name: string; readonly expect: V4Failure } & Readonly<In>);

interface Repeat {
  readonly hex: string;
  readonly times: number;
}

export interface FrameInput {
  readonly hex: string;
  readonly rest_repeat?: Repeat;
}

interface Content {
  readonly content_hex?: string;
  readonly content_repeat?: Repeat;
}

interface FileFields {
  readonly mtime: string;
  readonly mode: number;
  readonly path: string;
}

type OnStream = { readonly stream: number } & { readonly client_id: string };

export type RequestFields =
  | { type: 'hello'; client_id: string; minor: number; flags: number; agent: string }
  | { type: 'join'; client_id: string; way: number; token_hex: string; client_name?: string }
  | ({ type: 'open'; size_known: boolean; start_over: boolean; size: number } & FileFields & OnStream)
  | ({ type: 'data'; offset: number } & Content & OnStream)
  | ({ type: 'commit'; size: number; sha256: string } & OnStream)
  | ({ type: 'put'; sha256: string } & FileFields & Content & OnStream)
  | ({ type: 'cancel'; what: 'keep' | 'drop' } & OnStream)
  | ({ type: 'folder' } & FileFields & OnStream)
  | ({ type: 'list'; path: string; after: string } & OnStream)
  | ({ type: 'fetch'; offset: number; path: string } & OnStream)
  | ({ type: 'knock-key' } & OnStream)
  | ({
      type: 'waiting';
      files: number;
      bytes: number;
      failing: number;
      oldest: string;
      why: string;
    } & OnStream);

interface ListedFields extends FileFields {
  readonly type: 'file' | 'folder';
  readonly size: number;
  readonly sha256: string;
  readonly seq: number;
}

export type ResponseFields =
  | {
      type: 'welcome';
      minor: number;
      write_only: boolean;
      client_id: string;
      window: number;
      receipt_key_hex: string;
      seq: number;
      head: string;
      client_name: string;
      has_knock_keys: boolean;
      takes_waiting: boolean;
      canonical?: boolean;
    }
  | { type: 'refused'; stream: number; number: number; error: V4Error; message: string }
  | { type: 'opened'; stream: number; state: 'new' | 'resumed' | 'stored'; offset: number; sha256: string }
  | { type: 'window'; taken: number }
  | { type: 'receipt'; stream: number; there_already: boolean; receipt_hex: string; signature_hex: string }
  | { type: 'done'; stream: number }
  | { type: 'listing'; stream: number; more: boolean; entries: readonly ListedFields[] }
  | { type: 'file'; stream: number; size: number; mtime: string; mode: number; sha256: string; seq: number }
  | ({ type: 'content'; stream: number; offset: number } & Content)
  | { type: 'knock-key'; stream: number; port: number; key_hex: string };

interface KnockFields {
  action: 'open' | 'close';
  id_hex: string;
  time: number;
  nonce_hex: string;
  address: string | null;
  address_hex: string;
  secret_hex?: string;
  client_id?: string;
  token_hex?: string;
  token_hash_hex?: string;
}

interface ReceiptVectorFields {
  server: string;
  client: string;
  name: string;
  spki: string;
  path: string;
  size: number;
  sha256: string;
  time: string;
  seq: number;
  prev: string | null;
}

export interface V4VectorFiles {
  'request-headers': Vector<
    { hex: string },
    { client_id: string; version: number; code: number; payload_size: number }
  >;
  requests: Vector<FrameInput, RequestFields>;
  responses: Vector<FrameInput, ResponseFields>;
  'first-bytes': Vector<{ hex: string }, { decision: 'v4' | 'v3' | 'more'; at: number }>;
  paths: Vector<{ path_hex: string }, { path: string; segments: readonly string[] }>;
  certificates: Vector<{ der_hex: string }, { kind: 'p256' | 'ed25519'; spki_hex: string; pin: string }>;
  'join-lines': Vector<{ line: string }, { host: string; port: number; token_hex: string; pin: string }>;
  receipts: Vector<
    { receipt_hex: string },
    { receipt_sha256: string; fields: Readonly<ReceiptVectorFields> }
  >;
  answers: Vector<{ receipt_hex: string; wanted: Readonly<Partial<ReceiptVectorFields>> }, object>;
  knocks: Vector<{ hex: string; key_hex: string }, KnockFields>;
  signatures: Vector<{ key_hex: string; message_hex: string; blob_hex: string }, { armored: string }>;
}

/** All vectors of test/vectors/v4/`file`.json. */
export function v4Vectors<F extends keyof V4VectorFiles>(file: F): readonly V4VectorFiles[F][] {
  const text = readFileSync(new URL(`../vectors/v4/${file}.json`, import.meta.url), 'utf8');
  const parsed = JSON.parse(text) as { vectors: readonly V4VectorFiles[F][] };
  return parsed.vectors;
}

/** The whole frame of a vector. */
export function frameOf({ hex, rest_repeat: rest }: FrameInput): Buffer {
  return Buffer.concat([Buffer.from(hex, 'hex'), repeated(rest)]);
}

export function contentOf({ content_hex: hex = '', content_repeat: repeat }: Content): Buffer {
  return repeat ? repeated(repeat) : Buffer.from(hex, 'hex');
}

function repeated(repeat: Repeat | undefined): Buffer {
  if (!repeat) return Buffer.alloc(0);
  return Buffer.alloc((repeat.hex.length / 2) * repeat.times, Buffer.from(repeat.hex, 'hex'));
}
