import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import parseRange from 'range-parser';

/** What is answered with: bytes that are there, or that come. */
export interface Representation {
  readonly size: number;
  /** Quoted, with `W/` where it tells versions apart only nearly. */
  readonly etag: string;
  /** As an HTTP date. */
  readonly modified: string;
  /** So many bytes from `start` on. */
  read(start: number, length: number): Readable | Buffer;
}

interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Below this, compressing costs more than it saves. */
export const COMPRESS_FROM = 1024;

const NOT_SATISFIABLE = 'not satisfiable';

/** Answers a GET or HEAD with a file, as RFC 9110 has conditions and ranges. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: Representation): FastifyReply {
  const { size, etag, modified } = file;
  void reply.header('accept-ranges', 'bytes').header('last-modified', modified).header('etag', etag);
  if (fresh(request.headers, { etag, 'last-modified': modified })) {
    return reply.code(304).removeHeader('content-type').send();
  }
  const range = rangeOf(request, file);
  if (range === NOT_SATISFIABLE) {
    void reply.removeHeader('content-disposition').header('content-range', `bytes */${size}`);
    return reply.code(416).type('text/plain').send('');
  }
  // How the compressing plugin is told: of a stream it does not know the size.
  if (size < COMPRESS_FROM) request.headers['x-no-compression'] = 'small';
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = end - start + 1;
  if (range) void reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
  void reply.header('content-length', length);
  return request.method === 'HEAD' ? reply.send() : reply.send(file.read(start, length));
}

/** @returns undefined for the whole; several ranges at once are answered with the whole, too */
function rangeOf(
  { headers }: FastifyRequest,
  { size, etag, modified }: Representation,
): ByteRange | typeof NOT_SATISFIABLE | undefined {
  const { range, 'if-range': ifRange } = headers;
  if (range === undefined) return undefined;
  // A weak tag is no ground to put parts together (RFC 9110, 13.1.5).
  const isSame =
    ifRange === undefined || (ifRange === etag && !etag.startsWith('W/')) || ifRange === modified;
  if (!isSame) return undefined;
  const ranges = parseRange(size, range);
  if (ranges === -1) return NOT_SATISFIABLE;
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  return ranges[0];
}
