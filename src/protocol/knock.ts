import { SesameError } from '../base/errors.ts';
import { ByteReader } from './bytes.ts';

/** A whole knock, its MAC included (PROTOCOL.md, part 3). */
export const KNOCK_BYTES = 96;

const MARK = Buffer.from('SKN1');
const ACTIONS = { 1: 'open', 2: 'close' } as const satisfies Record<number, string>;
const ID_BYTES = 16;
const NONCE_BYTES = 16;
const ADDRESS_BYTES = 16;
const MAC_BYTES = 32;

/** What a knock says. Byte strings are views of the message; nothing is true of it before its MAC has been checked. */
export interface Knock {
  readonly action: 'open' | 'close';
  /** 16 bytes: a client's, or the beginning of a join line's. */
  readonly id: Uint8Array;
  /** ms since 1970. */
  readonly time: number;
  /** 16 bytes. */
  readonly nonce: Uint8Array;
  /** 16 bytes, IPv4 as ::ffff:a.b.c.d; null: wherever it comes from. */
  readonly source: Uint8Array | null;
}

/**
 * The fields of a knock.
 *
 * @throws `truncated` below 96 bytes; `malformed` above them, and for a mark, an action, a reserved byte or a time that
 *   no knock has
 */
export function decodeKnock(message: Uint8Array): Knock {
  const reader = new ByteReader(message);
  const mark = reader.bytes(MARK.byteLength);
  const action = reader.u8();
  const reserved = reader.bytes(3);
  const id = reader.bytes(ID_BYTES);
  const time = reader.bytes(8);
  const nonce = reader.bytes(NONCE_BYTES);
  const address = reader.bytes(ADDRESS_BYTES);
  reader.bytes(MAC_BYTES);
  reader.end();
  if (!MARK.equals(mark)) throw new SesameError('malformed', 'no mark of a knock');
  if (!isAction(action)) throw new SesameError('malformed', `action ${action} in a knock`);
  if (!isZero(reserved)) throw new SesameError('malformed', 'reserved bytes in a knock');
  return {
    action: ACTIONS[action],
    id,
    time: new ByteReader(time).u64(),
    nonce,
    source: isZero(address) ? null : address,
  };
}

function isAction(action: number): action is keyof typeof ACTIONS {
  return action in ACTIONS;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
