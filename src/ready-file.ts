import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { messageOf, SesameError } from './base/errors.ts';
import type { ListenAddress } from './server/listening.ts';

/** Where a server listens; null for what it does not serve. */
interface Places {
  readonly transfer: readonly ListenAddress[] | null;
  readonly http: readonly ListenAddress[] | null;
}

/**
 * Tells who waits for it where the server listens. Written under another name first: who waits never reads half of it.
 *
 * @param path undefined: nobody waits
 * @returns takes it away again
 * @throws `bad-setting`
 */
export function announceReady(path: string | undefined, places: Places): Disposable {
  if (path === undefined) return { [Symbol.dispose]: () => undefined };
  const ready = { transfer: firstOf(places.transfer), http: firstOf(places.http), pid: process.pid };
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(ready)}\n`);
    renameSync(temporary, path);
  } catch (error) {
    throw new SesameError('bad-setting', `--ready-file: ${messageOf(error)}`, { cause: error });
  }
  return {
    [Symbol.dispose]: () => {
      rmSync(path, { force: true });
    },
  };
}

function firstOf(addresses: Places['http']): { readonly host: string; readonly port: number } | null {
  const [first] = addresses ?? [];
  return first ? { host: first.address, port: first.port } : null;
}
