import type { ErrorCode } from '../../base/errors.ts';

/** What a client is told; the numbers of PROTOCOL.md 2.8. */
export const REFUSALS = {
  malformed: 1,
  'unknown-code': 2,
  'wrong-client-id': 3,
  'not-joined': 4,
  'token-refused': 5,
  'name-taken': 6,
  'bad-name': 7,
  'join-refused': 8,
  revoked: 9,
  busy: 10,
  draining: 11,
  'bad-path': 12,
  'path-conflict': 13,
  'too-large': 14,
  'disk-full': 15,
  'storage-failed': 16,
  superseded: 17,
  'bad-stream': 18,
  'bad-offset': 19,
  'wrong-size': 20,
  'wrong-hash': 21,
  'not-found': 22,
  'write-only': 23,
  exists: 24,
  'window-exceeded': 25,
  internal: 26,
  blocked: 27,
  'awaiting-approval': 28,
  'over-quota': 29,
  'append-only': 30,
} as const satisfies Partial<Record<ErrorCode, number>>;
export type Refusal = keyof typeof REFUSALS;

/** Bytes that break the protocol, whatever we call them among ourselves. */
const MALFORMED: ReadonlySet<ErrorCode> = new Set(['truncated', 'unknown-version', 'bad-payload-size']);

/** The refusal for an error; what concerns only us is `internal`. */
export function refusalFor(code: ErrorCode): Refusal {
  if (code in REFUSALS) return code as Refusal;
  if (code === 'content-lost') return 'storage-failed';
  return MALFORMED.has(code) ? 'malformed' : 'internal';
}
