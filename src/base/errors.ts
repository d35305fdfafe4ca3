/**
 * Every failure that Sesame names. A code is stable: logs, vectors and docs/OPERATIONS.md use it, and a test holds
 * the three together.
 */
export const ERROR_KINDS = {
  // what came over the wire
  truncated: 'protocol',
  'unknown-version': 'protocol',
  'unknown-code': 'protocol',
  'bad-payload-size': 'protocol',
  'bad-content-size': 'protocol',
  'bad-name': 'protocol',
  'bad-path': 'protocol',
  'bad-key': 'protocol',
  'bad-ciphertext': 'protocol',
  malformed: 'protocol',
  'bad-request': 'protocol',
  'wrong-host': 'protocol',
  'method-not-allowed': 'protocol',
  'unsupported-type': 'protocol',
  'path-conflict': 'protocol',
  'bad-stream': 'protocol',
  'bad-offset': 'protocol',
  'wrong-size': 'protocol',
  'wrong-hash': 'protocol',
  'window-exceeded': 'protocol',
  // who asks, and in what state
  'unknown-client': 'auth',
  'name-taken': 'auth',
  'key-changed': 'auth',
  'no-key': 'auth',
  'no-pending-file': 'auth',
  'wrong-client-id': 'auth',
  'not-joined': 'auth',
  'join-refused': 'auth',
  'awaiting-approval': 'auth',
  'token-refused': 'auth',
  'wrong-pin': 'auth',
  revoked: 'auth',
  'write-only': 'auth',
  'append-only': 'auth',
  'not-signed-in': 'auth',
  'wrong-password': 'auth',
  'weak-password': 'auth',
  'not-allowed': 'auth',
  'cross-site': 'auth',
  'last-operator': 'auth',
  'too-many-sends': 'limit',
  superseded: 'limit',
  // how much, and when
  'too-large': 'limit',
  busy: 'limit',
  draining: 'limit',
  blocked: 'limit',
  exists: 'limit',
  'over-quota': 'limit',
  'snapshot-gone': 'limit',
  'too-many-requests': 'limit',
  // the disk and the database
  'disk-full': 'storage',
  'storage-failed': 'storage',
  'content-lost': 'storage',
  'data-folder': 'storage',
  'data-folder-in-use': 'storage',
  'schema-too-new': 'storage',
  'guard-state': 'storage',
  // a fault of ours
  internal: 'internal',
  // the operator
  'bad-setting': 'config',
  'port-taken': 'config',
  'gate-failed': 'config',
  'not-found': 'config',
  'no-server': 'config',
} as const satisfies Record<string, ErrorKind>;

export type ErrorKind = 'protocol' | 'auth' | 'limit' | 'storage' | 'config' | 'internal';
export type ErrorCode = keyof typeof ERROR_KINDS;

export class SesameError extends Error {
  override readonly name = 'SesameError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get kind(): ErrorKind {
    return ERROR_KINDS[this.code];
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The errno name (`ENOSPC`, …) of a system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/** A failed system or database call as the storage error that the other rooms know. */
export function toStorageError(what: string, error: unknown): SesameError {
  if (error instanceof SesameError) return error;
  const full = FULL.has(errnoOf(error) ?? '');
  return new SesameError(full ? 'disk-full' : 'storage-failed', `${what}: ${messageOf(error)}`, {
    cause: error,
  });
}
