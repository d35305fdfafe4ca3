/** What a connection speaks, as far as its first bytes tell. */
export type Speech = 'v3' | 'tls' | 'undecided';

/** As many bytes as a decision may need. */
export const FIRST_BYTES = 11;

const MAX_TLS_RECORD = 16_384;

/**
 * Tells a TLS ClientHello from a v3 header (PROTOCOL.md 2.1). The first byte that no ClientHello has decides for v3, so a v3
 * client never waits for this; and no v3 id holds the 00 that a ClientHello has at offset 6.
 */
export function speechOf(bytes: Uint8Array): Speech {
  const checks: readonly ((byte: number) => boolean)[] = [
    (byte) => byte === 0x16, // record: handshake
    (byte) => byte === 0x03,
    (byte) => byte <= 0x04,
    (byte) => byte <= MAX_TLS_RECORD >> 8,
    (byte) => (bytes[3] ?? 0) < MAX_TLS_RECORD >> 8 || byte === 0,
    (byte) => byte === 0x01, // message: ClientHello
    (byte) => byte === 0x00, // its length: below 64 KiB
    () => true,
    () => true,
    (byte) => byte === 0x03, // legacy version
    (byte) => byte === 0x03,
  ];
  for (const [index, check] of checks.entries()) {
    const byte = bytes[index];
    if (byte === undefined) return 'undecided';
    if (!check(byte)) return 'v3';
  }
  return 'tls';
}
