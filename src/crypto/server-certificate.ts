import { Thread, threadEntry } from '../base/thread-call.ts';
import type { IdentityThreadApi } from './identity-thread.ts';

/**
 * A new P-256 key and a certificate signed by it, as one PEM text: what v4 shows to clients. Nobody looks at its names and
 * dates, so it never ends. Made in a thread that goes again: the library for it takes 20 MiB, and is needed once.
 */
export async function newServerIdentity(): Promise<string> {
  await using thread = new Thread<IdentityThreadApi>(threadEntry('identity-thread', import.meta.url));
  return await thread.call('make');
}
