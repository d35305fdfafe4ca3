// The errors of version 4, from docs/PROTOCOL.md, 2.8, and how a test meets them.

/** By number, from 1. */
export const V4_ERRORS = [
  'malformed',
  'unknown-code',
  'wrong-client-id',
  'not-joined',
  'token-refused',
  'name-taken',
  'bad-name',
  'join-refused',
  'revoked',
  'busy',
  'draining',
  'bad-path',
  'path-conflict',
  'too-large',
  'disk-full',
  'storage-failed',
  'superseded',
  'bad-stream',
  'bad-offset',
  'wrong-size',
  'wrong-hash',
  'not-found',
  'write-only',
  'exists',
  'window-exceeded',
  'internal',
  'blocked',
  'awaiting-approval',
  'over-quota',
  'append-only',
] as const;
export type V4Error = (typeof V4_ERRORS)[number];

export class Refused extends Error {
  readonly error: V4Error;
  readonly stream: number;

  constructor(error: V4Error, stream: number, message: string) {
    super(`${error} on stream ${stream}: ${message}`);
    this.error = error;
    this.stream = stream;
  }
}

/** What came of a request: `ok`, or the error of its refusal. */
export async function outcomeOfRequest(request: Promise<unknown>): Promise<V4Error | 'ok'> {
  try {
    await request;
    return 'ok';
  } catch (error) {
    if (error instanceof Refused) return error.error;
    throw error;
  }
}
