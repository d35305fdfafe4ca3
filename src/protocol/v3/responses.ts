import { ByteWriter } from '../bytes.ts';
import { ResponseCode } from './codes.ts';
import { encodeResponse, V3 } from '../header.ts';

/** Whole response frames of v3; layouts in PROTOCOL.md 1.1. */
export const responses = {
  /** 2100: 0:16 client id */
  registered: (clientId: Uint8Array) => encodeResponse(V3, ResponseCode.registered, clientId),

  /** 2101: no payload */
  registrationRefused: () => encodeResponse(V3, ResponseCode.registrationRefused),

  /** 2102: 0:16 client id, 16:K wrapped AES key */
  aesKey: (clientId: Uint8Array, wrappedKey: Uint8Array) =>
    encodeResponse(V3, ResponseCode.aesKey, clientId, wrappedKey),

  /** 2103: 0:16 client id, 16:4 content size, 20:255 file name as sent, 275:4 CRC as the dialect writes it */
  fileReceived: (clientId: Uint8Array, contentSize: number, nameField: Uint8Array, crc: Uint8Array) =>
    encodeResponse(
      V3,
      ResponseCode.fileReceived,
      clientId,
      new ByteWriter(4).u32(contentSize).finish(),
      nameField,
      crc,
    ),

  /** 2104: 0:16 client id, or nothing where a dialect wants it so */
  acknowledged: (clientId: Uint8Array) => encodeResponse(V3, ResponseCode.acknowledged, clientId),

  /** 2105: as 2102 */
  reconnected: (clientId: Uint8Array, wrappedKey: Uint8Array) =>
    encodeResponse(V3, ResponseCode.reconnected, clientId, wrappedKey),

  /** 2106: 0:16 client id of the request, or nothing */
  reconnectRefused: (clientId: Uint8Array) => encodeResponse(V3, ResponseCode.reconnectRefused, clientId),

  /** 2107: no payload */
  generalError: () => encodeResponse(V3, ResponseCode.generalError),
} as const;
