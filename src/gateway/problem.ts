import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SesameError, type ErrorCode } from '../base/errors.ts';
import type { Fault, Problem } from './api-types.ts';

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  'bad-request': 400,
  malformed: 400,
  truncated: 400,
  'bad-name': 400,
  'bad-path': 400,
  'weak-password': 400,
  'bad-setting': 400,
  'not-signed-in': 401,
  'wrong-password': 401,
  'wrong-pin': 401,
  'not-allowed': 403,
  'cross-site': 403,
  'write-only': 403,
  'append-only': 409,
  revoked: 403,
  blocked: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  exists: 409,
  'name-taken': 409,
  'path-conflict': 409,
  'bad-offset': 409,
  'wrong-size': 409,
  superseded: 409,
  'last-operator': 409,
  'snapshot-gone': 410,
  'too-large': 413,
  'over-quota': 413,
  'unsupported-type': 415,
  'wrong-host': 421,
  'wrong-hash': 422,
  'too-many-requests': 429,
  busy: 503,
  draining: 503,
  'gate-failed': 503,
  'disk-full': 507,
};
const RETRY_AFTER_SECONDS = 1;

/** Statuses that the framework refuses with on its own, as our codes. */
const OF_FRAMEWORK: Readonly<Record<number, ErrorCode>> = {
  400: 'bad-request',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'too-large',
  415: 'unsupported-type',
  429: 'too-many-requests',
};

/** The one mapper from our errors to HTTP. */
export function statusOf({ code }: SesameError): number {
  return BY_CODE[code] ?? 500;
}

/** @returns what a person may see: a fault of ours has its details in the log only */
export function problemOf(error: SesameError, status: number, requestId: string, warning?: string): Problem {
  const isOurs = status === 500;
  const faults = faultsOf(error);
  return {
    type: `urn:sesame:problem:${error.code}`,
    title: STATUS_CODES[status] ?? '',
    status,
    detail: isOurs ? `The server failed; its log says more under request ${requestId}.` : error.message,
    code: error.code,
    request_id: requestId,
    ...(warning !== undefined && { warning }),
    ...(faults.length > 0 && { faults }),
  };
}

/** What the check of a body or query found, field by field. */
function faultsOf({ cause }: SesameError): readonly Fault[] {
  if (!(cause instanceof z.ZodError)) return [];
  return cause.issues
    .filter(({ path }) => path.length > 0)
    .map(({ path, message }) => ({ field: path.join('.'), message }));
}

/** Anything that a route or the framework throws, as an error of ours and its status. */
export function refusalOf(error: unknown): { readonly error: SesameError; readonly status: number } {
  if (error instanceof SesameError) return { error, status: statusOf(error) };
  const status = frameworkStatus(error);
  const code = status === undefined ? undefined : (OF_FRAMEWORK[status] ?? 'bad-request');
  if (status === undefined || code === undefined || !(error instanceof Error)) {
    return { error: new SesameError('internal', String(error), { cause: error }), status: 500 };
  }
  return { error: new SesameError(code, error.message, { cause: error }), status };
}

/** Answers with a problem, RFC 9457. @param warning what the guard says to this */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
  warning?: string,
): void {
  const { error, status } = refusalOf(thrown);
  // Basic is taken, and not offered: a browser would ask for it in a window of its own, and remember it.
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="sesame"');
  if (status === 503) void reply.header('retry-after', RETRY_AFTER_SECONDS);
  void reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(error, status, request.id, warning)));
}

function frameworkStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

/** What is no HTTP gets one short answer, and its connection ends. */
export function answerBadRequest(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const title = STATUS_CODES[status] ?? '';
  const body = JSON.stringify({ type: 'urn:sesame:problem:bad-request', title, status, code: 'bad-request' });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
