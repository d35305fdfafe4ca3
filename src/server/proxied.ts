import type { Socket } from 'node:net';
import { isLoopback, plainAddress } from '../base/addresses.ts';
import { SECOND } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { decodeProxyHeader, type ProxyHeader } from '../protocol/proxy-header.ts';

/** From when it connects until its header is here. */
const HEADER_TIME = 5 * SECOND;

/**
 * Reads the PROXY header with which a balancer begins a connection, and leaves what follows it to be read.
 *
 * @param own the balancer's address, which is the source of its health checks
 * @returns where the connection comes from
 * @throws `malformed` for another beginning, one that takes too long, and one that claims to be local
 */
export async function proxiedSource(socket: Socket, own: string): Promise<string> {
  const header = await readHeader(socket);
  // As logs and lists have it, also where it is IPv4 written as IPv6.
  const source = plainAddress(header.source?.address ?? own);
  if (header.source && isLoopback(source)) {
    throw new SesameError('malformed', 'a PROXY header that claims loopback');
  }
  return source;
}

function readHeader(socket: Socket): Promise<ProxyHeader> {
  const { promise, resolve, reject } = Promise.withResolvers<ProxyHeader>();
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => {
    fail('no PROXY header in time');
  }, HEADER_TIME);
  const leave = (): void => {
    clearTimeout(timer);
    socket.off('data', onData).off('end', onEnd).off('close', onEnd);
    socket.pause();
  };
  const fail = (why: string | SesameError): void => {
    leave();
    reject(typeof why === 'string' ? new SesameError('malformed', why) : why);
  };
  const onEnd = (): void => {
    fail('it ended within its PROXY header');
  };
  const onData = (chunk: Buffer): void => {
    seen = seen.byteLength === 0 ? chunk : Buffer.concat([seen, chunk]);
    try {
      const header = decodeProxyHeader(seen);
      if (!header) return;
      leave();
      if (seen.byteLength > header.length) socket.unshift(seen.subarray(header.length));
      resolve(header);
    } catch (error) {
      fail(error instanceof SesameError ? error : 'no PROXY header');
    }
  };
  socket.on('data', onData).on('end', onEnd).on('close', onEnd);
  return promise;
}
