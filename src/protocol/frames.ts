import { SesameError } from '../base/errors.ts';
import { ByteReader } from './bytes.ts';
import { RequestCode } from './codes.ts';
import type { RequestHeader } from './header.ts';
import { NAME_FIELD_BYTES } from './names.ts';

/** Bytes of content size and file name that stand before the ciphertext in a 1028. */
export const FILE_HEAD_BYTES = 4 + NAME_FIELD_BYTES;

/** The longest RSA key that a 1026 may bring: 4096 bits need 550 bytes. */
export const MAX_PUBLIC_KEY_BYTES = 1024;
const MIN_PUBLIC_KEY_BYTES = 160;

/** How the bytes behind a header fall into a bounded payload and, for a file, a stream. */
export interface FrameShape {
  /** Bytes to gather before the request is handed on. */
  readonly payloadBytes: number;
  /** The length of the stream behind the payload, in bytes; absent where there is none. */
  readonly bodyBytes?: (payload: Uint8Array) => number;
}

interface FrameRule {
  readonly min: number;
  readonly max: number;
  readonly streams?: boolean;
}

const NAME_ONLY: FrameRule = { min: NAME_FIELD_BYTES, max: NAME_FIELD_BYTES };

/** The largest padded ciphertext that fits a u32 with the head before it. */
const MAX_CIPHERTEXT_BYTES = 4_294_967_024;

const RULES: ReadonlyMap<number, FrameRule> = new Map<number, FrameRule>([
  [RequestCode.register, NAME_ONLY],
  [
    RequestCode.publicKey,
    { min: NAME_FIELD_BYTES + MIN_PUBLIC_KEY_BYTES, max: NAME_FIELD_BYTES + MAX_PUBLIC_KEY_BYTES },
  ],
  [RequestCode.reconnect, NAME_ONLY],
  [RequestCode.file, { min: FILE_HEAD_BYTES, max: FILE_HEAD_BYTES + MAX_CIPHERTEXT_BYTES, streams: true }],
  [RequestCode.crcCorrect, NAME_ONLY],
  [RequestCode.crcWrong, NAME_ONLY],
  [RequestCode.crcGivingUp, NAME_ONLY],
]);

/**
 * The shape of the frame that a header announces, before anything is allocated for it.
 *
 * @throws `unknown-code`; `bad-payload-size`
 */
export function frameShape(header: RequestHeader): FrameShape {
  const rule = RULES.get(header.code);
  if (!rule) throw new SesameError('unknown-code', `request code ${header.code} is not known`);
  const { code, payloadSize } = header;
  if (payloadSize < rule.min || payloadSize > rule.max) {
    throw new SesameError(
      'bad-payload-size',
      `${payloadSize} bytes of payload in a ${code}, which has ${rule.min} to ${rule.max}`,
    );
  }
  if (!rule.streams) return { payloadBytes: payloadSize };
  return {
    payloadBytes: FILE_HEAD_BYTES,
    bodyBytes: (head) => ciphertextBytes(payloadSize, new ByteReader(head).u32()),
  };
}

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
