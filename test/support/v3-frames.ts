// Version 3 on the wire, from docs/PROTOCOL.md, 1.1. Written apart from src/, so that one can be wrong alone.

export const REQUEST = {
  register: 1025,
  publicKey: 1026,
  reconnect: 1027,
  file: 1028,
  crcOk: 1029,
  crcWrong: 1030,
  crcGiveUp: 1031,
} as const;

export const RESPONSE = {
  registered: 2100,
  registrationRefused: 2101,
  aesKey: 2102,
  fileReceived: 2103,
  acknowledged: 2104,
  reconnected: 2105,
  reconnectRefused: 2106,
  error: 2107,
} as const;

/** A 2107 as it stands on the wire. */
export const ERROR_HEX = '033b0800000000';
export const ZERO_ID = Buffer.alloc(16);

export interface RequestOptions {
  readonly id?: Uint8Array;
  readonly version?: number;
  /** Where the header is to say something else than the length of the payload. */
  readonly payloadSize?: number;
}

/** Header and payload of a request. */
export function request(code: number, payload: Uint8Array, options: RequestOptions = {}): Buffer {
  const header = Buffer.alloc(23);
  header.set(options.id ?? ZERO_ID, 0);
  header.writeUInt8(options.version ?? 3, 16);
  header.writeUInt16LE(code, 17);
  header.writeUInt32LE(options.payloadSize ?? payload.length, 19);
  return Buffer.concat([header, payload]);
}

/** The 255 bytes of a name: what follows the NUL is `rest`, repeated to the end. */
export function nameField(name: string | Uint8Array, rest: Uint8Array = Buffer.alloc(1)): Buffer {
  const bytes = Buffer.from(name);
  if (bytes.length > 254) throw new RangeError('a name has at most 254 bytes');
  const field = Buffer.alloc(255, rest);
  field.set(bytes);
  field.writeUInt8(0, bytes.length);
  return field;
}

/** The payload of a 1028, or its beginning where `content` is. */
export function filePayload(field: Uint8Array, content: Uint8Array, contentSize = content.length): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(contentSize);
  return Buffer.concat([size, field, content]);
}

export interface Response {
  readonly version: number;
  readonly code: number;
  readonly payload: Buffer;
  /** Whether it took more than one chunk to arrive. */
  readonly inPieces: boolean;
}

/** The length of the response at the start of `bytes`, undefined while that cannot be known. */
export function responseLength(bytes: Buffer): number | undefined {
  return bytes.length < 7 ? undefined : 7 + bytes.readUInt32LE(3);
}

export function parseResponse(frame: Buffer, inPieces: boolean): Response {
  return { version: frame.readUInt8(0), code: frame.readUInt16LE(1), payload: frame.subarray(7), inPieces };
}

/** The fields of a 2103. */
export function receivedFile(response: Response): {
  id: Buffer;
  contentSize: number;
  field: Buffer;
  crcHex: string;
} {
  if (response.code !== RESPONSE.fileReceived) throw new Error(`expected 2103, got ${String(response.code)}`);
  const { payload } = response;
  return {
    id: payload.subarray(0, 16),
    contentSize: payload.readUInt32LE(16),
    field: payload.subarray(20, 275),
    crcHex: payload.toString('hex', 275),
  };
}
