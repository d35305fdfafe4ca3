import { CRC_VARIANTS, type CrcVariant } from '../crypto/crc-variants.ts';

/** What is known of how one v3 client wants to be spoken to (PROTOCOL.md 1.5). Stored with the client. */
export interface Dialect {
  readonly crc: CrcVariant;
  /** A 1029 has confirmed the variant: nothing moves it any more. */
  readonly crcConfirmed: boolean;
  /** Whether a 1030 is answered. */
  readonly repliesTo1030: boolean;
  readonly repliesTo1030Confirmed: boolean;
  /** The path of the last 1030, as long as no later request has told what the client made of the answer. */
  readonly resendExpected: string | null;
}

export const NEW_DIALECT: Dialect = {
  crc: CRC_VARIANTS[0],
  crcConfirmed: false,
  repliesTo1030: true,
  repliesTo1030Confirmed: false,
  resendExpected: null,
};

/** The settings that pin a dialect for everybody; `auto` leaves it to what is remembered. */
export interface DialectPolicy {
  readonly crc: 'auto' | CrcVariant;
  readonly replyTo1030: 'auto' | 'always' | 'never';
  /** Bytes of client id in 2104 and 2106. */
  readonly ackPayload: 16 | 0;
  /** How many sends of a file are let through. */
  readonly maxSends: number;
}

export function crcInUse(dialect: Dialect, policy: DialectPolicy): CrcVariant {
  return policy.crc === 'auto' ? dialect.crc : policy.crc;
}

export function repliesTo1030(dialect: Dialect, policy: DialectPolicy): boolean {
  return policy.replyTo1030 === 'auto' ? dialect.repliesTo1030 : policy.replyTo1030 === 'always';
}

/**
 * The client found the CRC wrong. If the stored bytes are sound, it is the variant that does not suit it.
 *
 * @param path of the file that the client should now send again
 */
export function afterCrcWrong(dialect: Dialect, path: string, sound: boolean): Dialect {
  const moves = sound && !dialect.crcConfirmed;
  return { ...dialect, crc: moves ? variantAfter(dialect.crc) : dialect.crc, resendExpected: path };
}

/**
 * The client found the CRC right. That confirms the variant, unless another would have given the same bytes: read from
 * either end, the zlib CRC of an empty file is the same.
 *
 * @param wireCrc the 4 bytes that it found right
 */
export function afterCrcCorrect(dialect: Dialect, wireCrc: Uint8Array): Dialect {
  const ambiguous = BYTE_ORDERS.includes(dialect.crc) && Buffer.compare(wireCrc, wireCrc.toReversed()) === 0;
  return ambiguous ? dialect : { ...dialect, crcConfirmed: true };
}

/** The variants that differ in nothing but their byte order. */
const BYTE_ORDERS: readonly CrcVariant[] = ['zlib-plaintext', 'zlib-plaintext-be'];

/**
 * Any request tells what the client made of the answer to its last 1030.
 *
 * @param sentPath the path that it sends, where it is a send
 */
export function afterRequest(dialect: Dialect, sentPath?: string): Dialect {
  if (dialect.resendExpected === null) return dialect;
  const settled = { ...dialect, resendExpected: null };
  if (dialect.repliesTo1030Confirmed) return settled;
  if (sentPath === dialect.resendExpected) return { ...settled, repliesTo1030Confirmed: true };
  return { ...settled, repliesTo1030: !dialect.repliesTo1030 };
}

function variantAfter(variant: CrcVariant): CrcVariant {
  return CRC_VARIANTS[(CRC_VARIANTS.indexOf(variant) + 1) % CRC_VARIANTS.length] ?? CRC_VARIANTS[0];
}
