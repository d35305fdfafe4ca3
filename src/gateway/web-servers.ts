import { createServer, type Server, type ServerOptions } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { FastifyServerFactoryHandler } from 'fastify';
import { SECOND } from '../base/clock.ts';

export type WebServer = Server | Http2SecureServer;

/** PEM. */
export interface WebIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface WebServerOptions {
  /** Null: plain HTTP. */
  readonly identity: WebIdentity | null;
  readonly http2: boolean;
  /** How long a connection may rest between requests, ms. */
  readonly keepAlive: number;
  readonly requestsPerConnection: number;
}

const MIN_TLS = 'TLSv1.2';
const HEADER_BYTES = 16 * 1024;
const HEADER_TIME = 10 * SECOND;
const CHECK_EVERY = SECOND;
const STREAMS = 100;
/** Of HTTP/2, for one stream and for a session: 64 KiB would make an upload wait for every round trip. */
const STREAM_WINDOW = 512 * 1024;
const SESSION_WINDOW = 2 * 1024 * 1024;
/** MB that Node lets a session take, with what it sends: more is a peer that is told to calm down. */
const SESSION_MEMORY = 32;

/** A server of HTTP/1.1, or with a certificate of HTTP/2 and 1.1, that takes so much and no more of anybody. */
export function makeWebServer(handler: FastifyServerFactoryHandler, options: WebServerOptions): WebServer {
  const { identity, keepAlive, requestsPerConnection } = options;
  const bounds: ServerOptions = {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: HEADER_TIME,
    // An upload takes as long as it takes; one that does not move is cut elsewhere.
    requestTimeout: 0,
    keepAliveTimeout: keepAlive,
    connectionsCheckingInterval: CHECK_EVERY,
  };
  const server = identity
    ? options.http2
      ? http2Server(handler, { ...bounds, ...identity }, () => options.keepAlive)
      : createHttpsServer({ ...bounds, ...identity, minVersion: MIN_TLS }, handler)
    : createServer(bounds, handler);
  if ('maxRequestsPerSocket' in server) server.maxRequestsPerSocket = requestsPerConnection;
  return server;
}

/** What a running server takes of new options: connections that stand go on as they began. */
export function renewWebServer(server: WebServer, options: WebServerOptions): void {
  const { identity, keepAlive, requestsPerConnection } = options;
  if (identity && 'setSecureContext' in server) server.setSecureContext({ ...identity, minVersion: MIN_TLS });
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = keepAlive;
  if ('maxRequestsPerSocket' in server) server.maxRequestsPerSocket = requestsPerConnection;
}

function http2Server(
  handler: FastifyServerFactoryHandler,
  bounds: ServerOptions & WebIdentity,
  keepAlive: () => number,
): Http2SecureServer {
  const server = createSecureServer(
    {
      ...bounds,
      allowHTTP1: true,
      minVersion: MIN_TLS,
      maxSessionMemory: SESSION_MEMORY,
      settings: {
        maxConcurrentStreams: STREAMS,
        maxHeaderListSize: HEADER_BYTES,
        initialWindowSize: STREAM_WINDOW,
      },
    },
    // Node's compatible API gives it requests and answers of the same shape.
    handler as unknown as Parameters<typeof createSecureServer>[1],
  );
  server.on('session', (session) => {
    session.setLocalWindowSize(SESSION_WINDOW);
    session.setTimeout(keepAlive(), () => {
      session.close();
    });
  });
  return server;
}
