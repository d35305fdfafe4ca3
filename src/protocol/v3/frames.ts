import { SesameError } from '../../base/errors.ts';
import { ByteReader } from '../bytes.ts';
import { shapeFrom, type FrameRule, type FrameRules } from '../frames.ts';
import { NAME_FIELD_BYTES } from '../names.ts';
import { RequestCode } from './codes.ts';

/** Bytes of content size and file name that stand before the ciphertext in a 1028. */
export const FILE_HEAD_BYTES = 4 + NAME_FIELD_BYTES;

/** The longest RSA key that a 1026 may bring: 4096 bits need 550 bytes. */
export const MAX_PUBLIC_KEY_BYTES = 1024;
const MIN_PUBLIC_KEY_BYTES = 160;

/** The largest padded ciphertext that fits a u32 with the head before it. */
const MAX_CIPHERTEXT_BYTES = 4_294_967_024;

const NAME_ONLY: FrameRule = { min: NAME_FIELD_BYTES, max: NAME_FIELD_BYTES };

const RULES: ReadonlyMap<number, FrameRule> = new Map<number, FrameRule>([
  [RequestCode.register, NAME_ONLY],
  [
    RequestCode.publicKey,
    { min: NAME_FIELD_BYTES + MIN_PUBLIC_KEY_BYTES, max: NAME_FIELD_BYTES + MAX_PUBLIC_KEY_BYTES },
  ],
  [RequestCode.reconnect, NAME_ONLY],
  [
    RequestCode.file,
    {
      min: FILE_HEAD_BYTES,
      max: FILE_HEAD_BYTES + MAX_CIPHERTEXT_BYTES,
      stream: {
        headBytes: FILE_HEAD_BYTES,
        bodyBytes: (payloadSize, head) => ciphertextBytes(payloadSize, new ByteReader(head).u32()),
      },
    },
  ],
  [RequestCode.crcCorrect, NAME_ONLY],
  [RequestCode.crcWrong, NAME_ONLY],
  [RequestCode.crcGivingUp, NAME_ONLY],
]);

/** PROTOCOL.md 1.1: the table of requests, and the version bytes that v3 programs put into them. */
export const V3_RULES: FrameRules = {
  versions: new Set([1, 2, 3, 24]),
  shapeOf: (header) => shapeFrom(RULES, header),
};

/** Two programs in the field send the ciphertext behind a payload of 259 bytes, outside the size they state. */
function ciphertextBytes(payloadSize: number, contentSize: number): number {
  const inside = payloadSize - FILE_HEAD_BYTES;
  if (inside !== 0 && inside !== contentSize) {
    throw new SesameError(
      'bad-content-size',
      `content size ${contentSize} where the payload leaves ${inside} bytes`,
    );
  }
  if (contentSize > MAX_CIPHERTEXT_BYTES) {
    throw new SesameError('bad-content-size', `content size ${contentSize} is more than v3 carries`);
  }
  return contentSize;
}
