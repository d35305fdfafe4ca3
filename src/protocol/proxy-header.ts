import { SesameError } from '../base/errors.ts';

/** The PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt, 2.2). */
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** Signature, version and command, family and transport, length. */
export const PROXY_FIXED_BYTES = 16;
/** Addresses and extensions of a header that anybody sends. */
const MAX_REST = 1024;
const VERSION = 2;
const COMMAND = { local: 0, proxy: 1 } as const;
const TCP4 = 0x11;
const TCP6 = 0x21;
const TCP4_BYTES = 12;
const TCP6_BYTES = 36;

export interface ProxyHeader {
  /** Bytes of it: what follows is the connection's own. */
  readonly length: number;
  /** Where the connection comes from; null where it is the balancer's own (LOCAL, or a family without addresses). */
  readonly source: { readonly address: string; readonly port: number } | null;
}

/**
 * @param bytes the beginning of a connection
 * @returns undefined as long as more of it is needed
 * @throws `malformed`, as early as it shows
 */
export function decodeProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  const seen = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const signature = seen.subarray(0, SIGNATURE.byteLength);
  if (!SIGNATURE.subarray(0, signature.byteLength).equals(signature)) throw malformed('no PROXY header');
  if (seen.byteLength < PROXY_FIXED_BYTES) return undefined;
  const command = seen.readUInt8(12) & 0x0f;
  if (seen.readUInt8(12) >> 4 !== VERSION) throw malformed('not version 2 of PROXY');
  if (command !== COMMAND.local && command !== COMMAND.proxy) throw malformed('an unknown PROXY command');
  const rest = seen.readUInt16BE(14);
  if (rest > MAX_REST) throw malformed(`a PROXY header of ${rest} bytes`);
  const length = PROXY_FIXED_BYTES + rest;
  if (seen.byteLength < length) return undefined;
  if (command === COMMAND.local) return { length, source: null };
  return { length, source: sourceOf(seen.readUInt8(13), seen.subarray(PROXY_FIXED_BYTES, length)) };
}

/** Source address, destination address, source port, destination port; extensions behind them mean nothing to us. */
function sourceOf(family: number, rest: Buffer): ProxyHeader['source'] {
  if (family === TCP4 && rest.byteLength >= TCP4_BYTES) {
    return { address: Array.from(rest.subarray(0, 4)).join('.'), port: rest.readUInt16BE(8) };
  }
  if (family === TCP6 && rest.byteLength >= TCP6_BYTES) {
    const groups = Array.from({ length: 8 }, (_, i) => rest.readUInt16BE(2 * i).toString(16));
    return { address: groups.join(':'), port: rest.readUInt16BE(32) };
  }
  if (family === TCP4 || family === TCP6) throw malformed('a PROXY header without its addresses');
  return null;
}

function malformed(why: string): SesameError {
  return new SesameError('malformed', why);
}
