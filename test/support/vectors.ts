// The golden vectors of test/vectors, typed. Their README says what the fields mean.
import { readFileSync } from 'node:fs';

export type FailureClass =
  | 'truncated'
  | 'unknown-version'
  | 'unknown-code'
  | 'bad-payload-size'
  | 'bad-content-size'
  | 'bad-name'
  | 'bad-path'
  | 'bad-key'
  | 'bad-ciphertext'
  | 'bad-transfer-info'
  | 'bad-me-info';

/** A vector has its input always, and what comes out of it only where that is expected to go well. */
type Vector<In, Out> =
  | ({ readonly name: string; readonly expect: 'ok' } & Readonly<In> & Readonly<Out>)
  | ({ readonly name: string; readonly expect: FailureClass } & Readonly<In>);

export type CrcVariant =
  'zlib-ciphertext' | 'cksum-plaintext' | 'cksum-ciphertext' | 'zlib-plaintext' | 'zlib-plaintext-be';

interface RequestFields {
  client_id: string;
  version: number;
  type: 'register' | 'public-key' | 'reconnect' | 'file' | 'crc-ok' | 'crc-wrong' | 'crc-give-up';
  canonical: boolean;
  client_name?: string;
  key_hex?: string;
  file_name?: string;
  name_field_hex?: string;
  content_size?: number;
  content_hex?: string;
  content?: 'inside' | 'outside';
}

interface ResponseFields {
  code: number;
  client_id?: string;
  wrapped_key_hex?: string;
  content_size?: number;
  file_name?: string;
  name_field_hex?: string;
  crc_hex?: string;
  crc_variant?: CrcVariant;
}

interface CrcFields {
  plaintext_hex?: string;
  plaintext_repeat?: { readonly hex: string; readonly times: number };
  ciphertext_hex?: string;
  ciphertext_size?: number;
  ciphertext_sha256?: string;
  variants: Readonly<Record<CrcVariant, string>>;
}

interface HeaderFields {
  client_id: string;
  version: number;
  code: number;
  payload_size: number;
}

interface PrivateKeys {
  private_pkcs8_base64: string;
  private_pkcs1_base64: string;
  bits: number;
  exponent: number;
}

interface MeInfoFields {
  client_name: string;
  client_id: string;
  private_pkcs8_base64: string;
  bits: number;
  exponent: number;
}

export interface VectorFiles {
  'request-headers': Vector<{ hex: string }, HeaderFields>;
  requests: Vector<{ hex: string }, RequestFields>;
  responses: Vector<{ hex: string }, ResponseFields>;
  names: Vector<{ field_hex: string }, { value: string }>;
  'storage-paths': Vector<{ kind: 'file' | 'client'; sent: string }, { segments: readonly string[] }>;
  crc: Vector<{ key_hex: string }, CrcFields>;
  aes: Vector<{ key_hex: string; ciphertext_hex: string }, { plaintext_hex: string }>;
  oaep: Vector<PrivateKeys & { wrapped_hex: string }, { aes_key_hex: string }>;
  'rsa-public-keys': Vector<{ der_hex: string }, { bits: number; exponent: number }>;
  'transfer-info': Vector<
    { text: string },
    { host: string; port: number; client_name: string; files: readonly string[] }
  >;
  'me-info': Vector<{ text: string }, MeInfoFields>;
}

/** All vectors of test/vectors/v3/`file`.json. */
export function vectors<F extends keyof VectorFiles>(file: F): readonly VectorFiles[F][] {
  const text = readFileSync(new URL(`../vectors/v3/${file}.json`, import.meta.url), 'utf8');
  const parsed = JSON.parse(text) as { vectors: readonly VectorFiles[F][] };
  return parsed.vectors;
}

/** The plaintext of a crc vector. */
export function plaintextOf(vector: CrcFields): Buffer {
  if (vector.plaintext_repeat === undefined) return Buffer.from(vector.plaintext_hex ?? '', 'hex');
  const { hex, times } = vector.plaintext_repeat;
  const piece = Buffer.from(hex, 'hex');
  return Buffer.alloc(piece.length * times, piece);
}
