import { randomBytes } from 'node:crypto';
import { newClientId } from '../crypto/client-id.ts';
import type { NewMachine } from '../transfer/machine-ports.ts';

const DIGEST_BYTES = 32;

/** A client that has no key, for HTTP: what stands in the place of its key's digest is the digest of none. */
export function newKeyless(): NewMachine {
  return { id: newClientId(), spki: randomBytes(DIGEST_BYTES) };
}
