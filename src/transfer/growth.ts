import type { RowId } from './ports.ts';
import type { UploadLedger, UploadStore } from './upload-ports.ts';

interface GrowthParts {
  readonly ledger: Pick<UploadLedger, 'findStanding'>;
  readonly store: Pick<UploadStore, 'digest'>;
}

/** Whose version, at which path. */
interface Place {
  readonly clientRow: RowId;
  readonly clientName: string;
  readonly path: string;
}

/**
 * Looks whether new content begins with all that stands at its path, as append-only wants it (FLEET.md 2).
 *
 * @param digestStart SHA-256 of its first so many bytes; undefined where there are not so many
 * @returns the version that it begins with; null where it does not, or none stands there
 */
export async function grownFrom(
  { ledger, store }: GrowthParts,
  { clientRow, clientName, path }: Place,
  digestStart: (bytes: number) => Promise<Uint8Array | undefined>,
): Promise<RowId | null> {
  const standing = await ledger.findStanding(clientRow, path);
  if (!standing) return null;
  // A file that came by v3 has no digest in its row: what stands there is what counts.
  const wanted = standing.sha256 ?? (await digestOfAll(store, clientName, path, standing.size));
  const start = wanted && (await digestStart(standing.size));
  return start && Buffer.compare(start, wanted) === 0 ? standing.row : null;
}

async function digestOfAll(
  store: GrowthParts['store'],
  clientName: string,
  path: string,
  size: number,
): Promise<Uint8Array | undefined> {
  const found = await store.digest(clientName, path);
  return found?.size === size ? found.sha256 : undefined;
}
