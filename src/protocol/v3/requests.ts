import { ByteReader } from '../bytes.ts';
import { FILE_HEAD_BYTES } from './frames.ts';
import { decodeName, NAME_FIELD_BYTES } from '../names.ts';

/** 1025: 0:255 client name. 1027 and 1029–1031 have the same shape, with a client or a file name. */
export function decodeNameRequest(payload: Uint8Array): string {
  return decodeName(new ByteReader(payload).bytes(NAME_FIELD_BYTES));
}

/** 1026: 0:255 client name (ignored), 255:K RSA key as SubjectPublicKeyInfo DER, as yet unchecked. */
export function decodePublicKeyRequest(payload: Uint8Array): Uint8Array {
  const reader = new ByteReader(payload);
  reader.bytes(NAME_FIELD_BYTES);
  return reader.rest();
}

export interface FileHead {
  /** Bytes of ciphertext. */
  readonly contentSize: number;
  readonly name: string;
  /** The 255 bytes as they came: 2103 echoes them. */
  readonly nameField: Uint8Array;
}

/** 1028: 0:4 content size, 4:255 file name; the ciphertext behind it is a stream. */
export function decodeFileHead(payload: Uint8Array): FileHead {
  const reader = new ByteReader(payload.subarray(0, FILE_HEAD_BYTES));
  const contentSize = reader.u32();
  const nameField = reader.bytes(NAME_FIELD_BYTES);
  return { contentSize, name: decodeName(nameField), nameField };
}
