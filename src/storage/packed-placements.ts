import type { Placement } from '../transfer/upload-ports.ts';

/** Hundreds of placements on their way to the journal's thread, a column per field: few large things to be cloned. */
export interface PackedPlacements {
  readonly records: Float64Array;
  readonly clientNames: readonly string[];
  readonly paths: readonly string[];
  readonly mtimes: BigInt64Array;
  readonly modes: Uint32Array;
  readonly keepAs: readonly (string | null)[];
}

export function packPlacements(placements: readonly Placement[]): PackedPlacements {
  return {
    records: Float64Array.from(placements, ({ record }) => record),
    clientNames: placements.map(({ clientName }) => clientName),
    paths: placements.map(({ path }) => path),
    mtimes: BigInt64Array.from(placements, ({ mtime }) => mtime),
    modes: Uint32Array.from(placements, ({ mode }) => mode),
    keepAs: placements.map(({ keepAs }) => keepAs),
  };
}

export function unpackPlacements(packed: PackedPlacements): Placement[] {
  const { records, clientNames, mtimes, modes, keepAs } = packed;
  return packed.paths.map((path, index) => ({
    record: records[index] ?? 0,
    clientName: clientNames[index] ?? '',
    path,
    mtime: mtimes[index] ?? 0n,
    mode: modes[index] ?? 0,
    keepAs: keepAs[index] ?? null,
  }));
}

/** The places of which nothing else may happen before this one is placed. */
export function placesOf({
  clientName,
  path,
  keepAs,
}: Pick<Placement, 'clientName' | 'path' | 'keepAs'>): string[] {
  const place = `${clientName}/${path}`;
  return keepAs === null ? [place] : [place, `${clientName}/${keepAs}`];
}
