import { randomBytes } from 'node:crypto';

/**
 * A random version-4 UUID, 16 bytes in textual order, that every program in the field can hold: one takes a 00 byte for
 * the end of a string, another needs bytes 7 and 15 ≥ 0x10 (PROTOCOL.md 1.3).
 */
export function newClientId(): Uint8Array {
  for (;;) {
    const id = new Uint8Array(randomBytes(16));
    id[6] = ((id[6] ?? 0) & 0x0f) | 0x40;
    id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
    if (!id.includes(0) && (id[7] ?? 0) >= 0x10 && (id[15] ?? 0) >= 0x10) return id;
  }
}
