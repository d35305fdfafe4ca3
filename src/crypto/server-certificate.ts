import { Thread, threadEntry } from '../base/thread-call.ts';
import type { IdentityThreadApi } from './identity-thread.ts';

/**
 * A new P-256 key and a certificate signed by it, as one PEM text: what v4 shows to clients. Nobody looks at its names and
 * dates, so it never ends. Made in a thread that goes again: the library for it takes 20 MiB, and is needed once.
 */
export async function newServerIdentity(): Promise<string> {
  return newIdentity([]);
}

/** The same for HTTPS, with the names and addresses by which browsers ask for it. */
export async function newWebIdentity(names: readonly string[]): Promise<string> {
  return newIdentity(names);
}

async function newIdentity(names: readonly string[]): Promise<string> {
  await using thread = new Thread<IdentityThreadApi>(threadEntry('identity-thread', import.meta.url));
  return await thread.call('make', names);
}
