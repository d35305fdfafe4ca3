import { SesameError } from '../base/errors.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import type { Caller } from './caller.ts';

/**
 * Whose files a caller may look at, of those it asks for: for a client its own, and for it there are no others.
 *
 * @param asked a client's name; undefined for all
 * @returns a name key; null for all clients
 * @throws `not-found`; `write-only`
 */
export function scopeOf(caller: Caller | undefined, asked: string | undefined): string | null {
  const wanted = asked === undefined ? null : clientNameKey(asked);
  if (caller?.kind !== 'client') return wanted;
  const { name, writeOnly } = caller.machine;
  if (writeOnly) throw new SesameError('write-only', 'this client may send files, and not read them');
  const own = clientNameKey(name);
  if (wanted !== null && wanted !== own) throw noFile();
  return own;
}

/** As `scopeOf`, for one file. */
export function ownerOf(caller: Caller | undefined, client: string): string {
  return scopeOf(caller, client) ?? clientNameKey(client);
}

export function noFile(): SesameError {
  return new SesameError('not-found', 'no such file is stored');
}
