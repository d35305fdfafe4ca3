// A knock as PROTOCOL.md part 3 has it, byte by byte: written here once more, from the page.
import { createHmac, randomBytes } from 'node:crypto';
import { addressBytes } from './address-bytes.ts';

export interface KnockFields {
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** ms since 1970 */
  readonly time: number;
  /** Null: wherever it comes from. */
  readonly address: string | null;
  readonly action?: 'open' | 'close';
  readonly nonce?: Uint8Array;
}

export function knockMessage(key: Uint8Array, fields: KnockFields): Buffer {
  const { id, time, address, action = 'open', nonce = randomBytes(16) } = fields;
  const signed = Buffer.alloc(64);
  signed.write('SKN1', 0, 'latin1');
  signed.writeUInt8(action === 'open' ? 1 : 2, 4);
  signed.set(id, 8);
  signed.writeBigUInt64LE(BigInt(time), 24);
  signed.set(nonce, 32);
  if (address !== null) signed.set(mapped(address), 48);
  return Buffer.concat([signed, createHmac('sha256', key).update(signed).digest()]);
}

/** 16 bytes; IPv4 as ::ffff:a.b.c.d. */
function mapped(address: string): Uint8Array {
  const bytes = addressBytes(address);
  return bytes.byteLength === 16
    ? bytes
    : Buffer.concat([Buffer.alloc(10), Buffer.from('ffff', 'hex'), bytes]);
}
