import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { create as contentDisposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Activity } from '../transfer/activity.ts';
import type { OpenedFile } from '../transfer/stored-files.ts';
import { sendFile } from './file-answer.ts';

/** Answers with a stored file: an attachment whose type nobody guesses. */
export function sendStored(
  request: FastifyRequest,
  reply: FastifyReply,
  opened: OpenedFile,
  activity: Activity,
): FastifyReply {
  const { entry } = opened;
  const { size, clientName: client, path } = entry;
  void reply.headers({
    'content-type': 'application/octet-stream',
    'content-disposition': contentDisposition(posix.basename(path)),
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-cache',
  });
  return sendFile(request, reply, {
    size,
    // Of a v3 file, only the time and the CRC tell versions apart: not enough for a strong tag.
    etag:
      entry.seq > 0
        ? `"${Buffer.from(entry.sha256).toString('hex')}"`
        : `W/"${entry.mtime}-${entry.crc32 ?? 0}"`,
    modified: new Date(Number(entry.mtime / 1_000_000n)).toUTCString(),
    read: (start, length) => {
      const facts = { client, path, direction: 'download', protocol: 'http', size: length } as const;
      return Readable.from(activity.watched(facts, 0, opened.read(start, length)), { objectMode: false });
    },
  });
}
