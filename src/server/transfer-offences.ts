import type { ErrorCode } from '../base/errors.ts';
import type { Offence } from '../guard/offences.ts';

/** What counts of the refusals on the transfer port (GUARD.md 2): not what fails for a reason of ours or of the file. */
const OFFENCES: Partial<Record<ErrorCode, Offence>> = {
  'unknown-version': 'noise',
  'unknown-code': 'malformed',
  'bad-payload-size': 'malformed',
  'bad-content-size': 'malformed',
  'bad-ciphertext': 'malformed',
  'bad-key': 'malformed',
  malformed: 'malformed',
  'bad-stream': 'malformed',
  'bad-offset': 'malformed',
  'window-exceeded': 'malformed',
  'unknown-client': 'unknown-client',
  'not-joined': 'unknown-client',
  'wrong-client-id': 'wrong-identity',
  'key-changed': 'wrong-identity',
  'join-refused': 'wrong-identity',
  'token-refused': 'wrong-identity',
  revoked: 'wrong-identity',
};

export function transferOffence(code: ErrorCode): Offence | undefined {
  return OFFENCES[code];
}
