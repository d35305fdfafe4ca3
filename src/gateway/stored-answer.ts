import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { create as contentDisposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import parseRange from 'range-parser';
import type { Activity } from '../transfer/activity.ts';
import type { OpenedFile } from '../transfer/stored-files.ts';

const NOT_SATISFIABLE = -1;

/** Answers with a stored file, as RFC 9110 has conditions and ranges: an attachment whose type nobody guesses. */
export function sendStored(
  request: FastifyRequest,
  reply: FastifyReply,
  opened: OpenedFile,
  activity: Activity,
): void {
  const { entry } = opened;
  const { size, clientName: client, path } = entry;
  const modified = new Date(Number(entry.mtime / 1_000_000n)).toUTCString();
  // Of a v3 file, only the time and the CRC tell versions apart: not enough for a strong tag.
  const etag =
    entry.seq > 0
      ? `"${Buffer.from(entry.sha256).toString('hex')}"`
      : `W/"${entry.mtime}-${entry.crc32 ?? 0}"`;
  void reply.headers({
    'content-type': 'application/octet-stream',
    'content-disposition': contentDisposition(posix.basename(path)),
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    'last-modified': modified,
    etag,
  });
  if (fresh(request.headers, { etag, 'last-modified': modified })) {
    void reply.code(304).removeHeader('content-type').send();
    return;
  }
  const range = rangeOf(request, size, etag, modified);
  if (range === NOT_SATISFIABLE) {
    void reply.code(416).header('content-range', `bytes */${size}`).type('text/plain').send('');
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = end - start + 1;
  if (range) void reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
  void reply.header('content-length', length);
  if (request.method === 'HEAD') {
    void reply.send();
    return;
  }
  const facts = { client, path, direction: 'download', protocol: 'http', size: length } as const;
  const content = activity.watched(facts, 0, opened.read(start, length));
  void reply.send(Readable.from(content, { objectMode: false }));
}

/** @returns undefined for the whole; several ranges at once are answered with the whole, too */
function rangeOf(
  { headers }: FastifyRequest,
  size: number,
  etag: string,
  modified: string,
): { readonly start: number; readonly end: number } | typeof NOT_SATISFIABLE | undefined {
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
