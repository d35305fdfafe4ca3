import { SesameError } from '../base/errors.ts';
import { ByteReader, ByteWriter } from './bytes.ts';

export const CLIENT_ID_BYTES = 16;
export const REQUEST_HEADER_BYTES = 23;
export const RESPONSE_HEADER_BYTES = 7;

/** Version bytes of responses (PROTOCOL.md 1.1, 2.2). */
export const V3 = 3;
export const V4 = 4;

export interface RequestHeader {
  /** 16 bytes. */
  readonly clientId: Uint8Array;
  readonly version: number;
  /** Any u16: whether it is one of ours is for the frame table to say. */
  readonly code: number;
  /** Bytes, as the client states it. */
  readonly payloadSize: number;
}

/**
 * @param bytes exactly 23
 * @param versions those that are spoken here
 * @throws `truncated`; `unknown-version`
 */
export function decodeRequestHeader(bytes: Uint8Array, versions: ReadonlySet<number>): RequestHeader {
  const reader = new ByteReader(bytes);
  const header = {
    clientId: reader.bytes(CLIENT_ID_BYTES).slice(),
    version: reader.u8(),
    code: reader.u16(),
    payloadSize: reader.u32(),
  };
  if (!versions.has(header.version)) {
    throw new SesameError('unknown-version', `version ${header.version} is not spoken here`);
  }
  return header;
}

/** A whole response in one piece: two of the programs in the field break on one that arrives in two. */
export function encodeResponse(
  version: typeof V3 | typeof V4,
  code: number,
  ...fields: readonly Uint8Array[]
): Uint8Array {
  const payloadSize = fields.reduce((sum, field) => sum + field.byteLength, 0);
  const writer = new ByteWriter(RESPONSE_HEADER_BYTES + payloadSize);
  writer.u8(version).u16(code).u32(payloadSize);
  for (const field of fields) writer.bytes(field);
  return writer.finish();
}
