import type { Settings } from '../config/settings.ts';
import type { FileListing } from '../control/file-listing.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import { operate } from './operate.ts';

/** An entry has up to 55 KiB, with a path of 4,096 control characters: a page fits into a line of control.sock. */
const PAGE = 200;

/** All stored files below a path, page by page: there may be millions. @param client null for all */
export async function* storedFiles(
  settings: Settings,
  client: string | null,
  path: string,
): AsyncGenerator<FileListing> {
  let after: { readonly client: string; readonly path: string } | null = null;
  for (;;) {
    // carryOut gives exactly this for files.ls.
    const page = (await operate(settings, {
      op: 'files.ls',
      client,
      path,
      after,
      limit: PAGE,
    })) as FileListing[];
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = { client: clientNameKey(last.client), path: last.path };
  }
}
