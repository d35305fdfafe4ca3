// Connections over loopback that come from anywhere: a server with `--proxy-from 127.0.0.1` goes by their PROXY header.
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { proxyHeader } from './proxy-header.ts';
import { V3Connection } from './v3-connection.ts';
import { V4Client } from './v4-client.ts';
import { newIdentity, type Identity } from './v4-identity.ts';
import { within } from './waiting.ts';
import { ask, type WebAnswer, type WebRequest } from './web.ts';

const BALANCER = '127.0.0.1';
const PATIENCE = 10_000;

/** What a server needs to be told for all that is here. */
export const BEHIND_BALANCER = ['--proxy-from', BALANCER] as const;

/** A connection that has begun with `first`. */
export async function socketWith(port: number, first: Uint8Array): Promise<Socket> {
  const socket = connect({ port, host: BALANCER, noDelay: true, allowHalfOpen: true });
  // "close" follows, and is what tests look at.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (first.byteLength > 0) socket.write(first);
  return socket;
}

export function socketFrom(port: number, source: string): Promise<Socket> {
  return socketWith(port, proxyHeader(source));
}

export async function v3From(port: number, source: string): Promise<V3Connection> {
  return V3Connection.over(await socketFrom(port, source));
}

export async function v4From(
  port: number,
  source: string,
  identity: Identity = newIdentity(),
): Promise<V4Client> {
  return V4Client.connect(port, identity, { tls: { socket: await socketFrom(port, source) } });
}

export async function tlsFrom(
  port: number,
  source: string,
  alpn: readonly string[] = ['http/1.1'],
): Promise<TLSSocket> {
  const socket = await socketFrom(port, source);
  const secure = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: [...alpn] });
  secure.on('error', () => undefined);
  await once(secure, 'secureConnect');
  return secure;
}

/** As `ask`, from there. @param origin of a server on 127.0.0.1, http or https */
export async function askFrom(
  source: string,
  origin: string,
  path: string,
  asked: WebRequest = {},
): Promise<WebAnswer> {
  const { port, protocol } = new URL(origin);
  const socket = await (protocol === 'https:' ? tlsFrom : socketFrom)(Number(port), source);
  try {
    return await ask(origin, path, { ...asked, connection: socket });
  } finally {
    socket.destroy();
  }
}

export async function http2From(origin: string, source: string): Promise<ClientHttp2Session> {
  const socket = await tlsFrom(Number(new URL(origin).port), source, ['h2']);
  return connectHttp2(origin, { createConnection: () => socket });
}

/** Sends this, and waits for the end of the connection. @returns all that came */
export async function sayFrom(port: number, source: string, said: string | Uint8Array): Promise<Buffer> {
  const socket = await socketFrom(port, source);
  socket.write(said);
  return restOf(socket);
}

/** All that comes until the other side ends, one way or the other. */
export async function restOf(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const { promise, resolve } = Promise.withResolvers<undefined>();
  for (const event of ['end', 'close']) {
    socket.once(event, () => {
      resolve(undefined);
    });
  }
  if (socket.readableEnded || socket.closed) resolve(undefined);
  if (!(await within(promise, PATIENCE))) throw new Error('the connection was not ended');
  socket.destroy();
  return Buffer.concat(chunks);
}

/** Whether a connection ended with a reset, not orderly. Call it before it ends. */
export async function isReset(socket: Socket): Promise<boolean> {
  let code: string | undefined;
  socket.once('error', (error: NodeJS.ErrnoException) => (code = error.code));
  await restOf(socket);
  return code === 'ECONNRESET' || code === 'EPIPE';
}
