import type { FastifyRequest } from 'fastify';
import { SesameError } from '../base/errors.ts';

/** What a request carries of a file; one that begins it takes the place of whatever came before. */
export interface UploadPart {
  /** Where its first byte belongs. */
  readonly from: number;
  /** Of the whole file; null where the client does not say. */
  readonly size: number | null;
  /** Whether the file ends with it. */
  readonly isLast: boolean;
}

/** `Content-Range: bytes 0-9/100` of a PUT (RFC 9110, 14.5). */
const CONTENT_RANGE = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/;
const INTEGER = /^\d{1,16}$/;

/**
 * The two ways to send a file in parts, and the one to send it whole (HTTP.md 3).
 *
 * @throws `bad-request`
 */
export function partOf({ headers, method, raw }: FastifyRequest): UploadPart {
  const length = integer(headers['content-length'], 'Content-Length');
  const isChunked = headers['transfer-encoding'] !== undefined || raw.httpVersionMajor >= 2;
  if (length === null && !isChunked) throw new LengthRequired();
  if (method === 'PATCH') return continuation(headers);
  const range = headers['content-range'];
  if (range !== undefined) return rangePart(range, length);
  // The first part in the shape of resumable uploads says that it is not all.
  const isLast = flag(headers['upload-complete']) ?? true;
  const size = isLast ? length : integer(headers['upload-length'], 'Upload-Length');
  return { from: 0, size, isLast };
}

/** 411: a body whose end nobody could tell. */
export class LengthRequired extends Error {
  readonly statusCode = 411;

  constructor() {
    super('a Content-Length, or a body in chunks, is wanted');
  }
}

function rangePart(range: string, length: number | null): UploadPart {
  const [, first = '', last = '', all = ''] = CONTENT_RANGE.exec(range) ?? [];
  const [from, to, size] = [Number(first), Number(last), Number(all)];
  const isSound = CONTENT_RANGE.test(range) && from <= to && to < size && Number.isSafeInteger(size);
  if (!isSound || (length !== null && length !== to - from + 1)) {
    throw new SesameError('bad-request', 'Content-Range: bytes FROM-TO/SIZE is wanted, as long as the body');
  }
  return { from, size, isLast: to + 1 === size };
}

/** Resumable uploads of the IETF (draft-ietf-httpbis-resumable-upload). */
function continuation(headers: FastifyRequest['headers']): UploadPart {
  const from = integer(headers['upload-offset'], 'Upload-Offset');
  const isLast = flag(headers['upload-complete']);
  if (from === null || isLast === undefined) {
    throw new SesameError('bad-request', 'Upload-Offset and Upload-Complete are wanted');
  }
  if (headers['content-type'] !== 'application/partial-upload') {
    throw new SesameError('unsupported-type', 'a PATCH is application/partial-upload');
  }
  return { from, size: integer(headers['upload-length'], 'Upload-Length'), isLast };
}

function integer(value: string | string[] | undefined, name: string): number | null {
  if (value === undefined) return null;
  if (typeof value === 'string' && INTEGER.test(value) && Number.isSafeInteger(Number(value))) {
    return Number(value);
  }
  throw new SesameError('bad-request', `${name} is a number of bytes`);
}

/** A boolean of RFC 9651. */
function flag(value: string | string[] | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === '?1' || value === '?0') return value === '?1';
  throw new SesameError('bad-request', 'Upload-Complete is ?1 or ?0');
}
