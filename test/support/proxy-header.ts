// A PROXY protocol v2 header as HAProxy writes it, from the page of the protocol.
import { isIPv4 } from 'node:net';
import { addressBytes } from './address-bytes.ts';

/** @param source where the connection is to come from; null for LOCAL, a health check of the balancer */
export function proxyHeader(source: string | null, port = 40_000): Buffer {
  const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
  if (source === null) return Buffer.concat([signature, Buffer.from([0x20, 0x00, 0, 0])]);
  const isV4 = isIPv4(source);
  const addresses = Buffer.concat([addressBytes(source), addressBytes(isV4 ? '192.0.2.1' : '2001:db8::1')]);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(port, 0);
  ports.writeUInt16BE(1357, 2);
  const rest = Buffer.concat([addresses, ports]);
  const head = Buffer.from([0x21, isV4 ? 0x11 : 0x21, 0, rest.byteLength]);
  return Buffer.concat([signature, head, rest]);
}
