import { CRC_VARIANTS, type CrcVariant } from '../crypto/crc-variants.ts';

/** What is known of how one v3 client wants to be spoken to (PROTOCOL.md 1.5). Stored with the client. */
export interface Dialect {
  readonly crc: CrcVariant;
  /** A 1029 has confirmed the variant: nothing moves it any more. */
  readonly crcConfirmed: boolean;
  /** Whether a 1030 is answered. */
  readonly repliesTo1030: boolean;
  readonly repliesTo1030Confirmed: boolean;
  /** The last 1030, until later requests have told what the client made of the answer to it. */
  readonly trial: ReplyTrial | null;
}

/** The client should send `path` again; has it done so, it should give its verdict on that. */
export interface ReplyTrial {
  readonly path: string;
  readonly expects: 'send' | 'verdict';
}

export const NEW_DIALECT: Dialect = {
  crc: CRC_VARIANTS[0],
  crcConfirmed: false,
  repliesTo1030: true,
  repliesTo1030Confirmed: false,
  trial: null,
};

/** The settings that pin a dialect for everybody; `auto` leaves it to what is remembered. */
export interface DialectPolicy {
  readonly crc: 'auto' | CrcVariant;
  readonly replyTo1030: 'auto' | 'always' | 'never';
  /** How many sends of a file are let through. */
  readonly maxSends: number;
}

export function crcInUse(dialect: Dialect, policy: DialectPolicy): CrcVariant {
  return policy.crc === 'auto' ? dialect.crc : policy.crc;
}

/** How a 1030 of this client is to be answered; `unless-hurried`: only if the client waits for it. */
export function replyTo1030(dialect: Dialect, policy: DialectPolicy): 'yes' | 'no' | 'unless-hurried' {
  if (policy.replyTo1030 !== 'auto') return policy.replyTo1030 === 'always' ? 'yes' : 'no';
  if (!dialect.repliesTo1030) return 'no';
  return dialect.repliesTo1030Confirmed ? 'yes' : 'unless-hurried';
}

/** A file whose CRC the client was told, and in which variant. */
interface ToldCrc {
  readonly crc: CrcVariant;
  /** The 4 bytes. */
  readonly wireCrc: Uint8Array;
}

/**
 * The client found the CRC wrong. If the stored bytes are sound, it is the variant that does not suit it, unless the
 * client has been moved on from that one already.
 *
 * @param answered whether its 1030 is answered
 */
export function afterCrcWrong(
  dialect: Dialect,
  {
    path,
    crc,
    sound,
    answered,
  }: ToldCrc & { readonly path: string; readonly sound: boolean; readonly answered: boolean },
): Dialect {
  const moves = sound && !dialect.crcConfirmed && crc === dialect.crc;
  return {
    ...dialect,
    crc: moves ? variantAfter(dialect.crc) : dialect.crc,
    repliesTo1030: dialect.repliesTo1030Confirmed ? dialect.repliesTo1030 : answered,
    trial: { path, expects: 'send' },
  };
}

/**
 * The client found the CRC right. That confirms the variant, unless another would have given the same bytes: read from
 * either end, the zlib CRC of an empty file is the same.
 */
export function afterCrcCorrect(dialect: Dialect, { crc, wireCrc }: ToldCrc): Dialect {
  const ambiguous = BYTE_ORDERS.includes(crc) && Buffer.compare(wireCrc, wireCrc.toReversed()) === 0;
  return dialect.crcConfirmed || ambiguous ? dialect : { ...dialect, crc, crcConfirmed: true };
}

/** The variants that differ in nothing but their byte order. */
const BYTE_ORDERS: readonly CrcVariant[] = ['zlib-plaintext', 'zlib-plaintext-be'];

/** What a client asks for, as far as it tells what it made of the answer to its last 1030. */
export type RequestKind =
  | { readonly type: 'send'; readonly path: string }
  | { readonly type: 'verdict'; readonly path: string; readonly givesUp: boolean }
  | { readonly type: 'other' };

/** Any request takes the trial a step further. */
export function afterRequest(dialect: Dialect, request: RequestKind): Dialect {
  const { trial } = dialect;
  if (!trial) return dialect;
  const settled = { ...dialect, trial: null };
  if (dialect.repliesTo1030Confirmed) return settled;
  const samePath = request.type !== 'other' && request.path === trial.path;
  if (samePath && request.type === 'send' && trial.expects === 'send') {
    return { ...dialect, trial: { path: trial.path, expects: 'verdict' } };
  }
  if (samePath && request.type === 'verdict') {
    if (trial.expects === 'verdict') return { ...settled, repliesTo1030Confirmed: true };
    // It gives up without another send, which tells nothing.
    if (request.givesUp) return settled;
  }
  return { ...settled, repliesTo1030: !dialect.repliesTo1030 };
}

function variantAfter(variant: CrcVariant): CrcVariant {
  return CRC_VARIANTS[(CRC_VARIANTS.indexOf(variant) + 1) % CRC_VARIANTS.length] ?? CRC_VARIANTS[0];
}
