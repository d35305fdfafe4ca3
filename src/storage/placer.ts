import { closeSync, constants, fchmodSync, fstatSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { errnoOf, toStorageError } from '../base/errors.ts';
import type { Placement } from '../transfer/upload-ports.ts';
import { FolderCache } from './folder-cache.ts';
import { isPathConflict, pathConflict } from './folder-steps.ts';
import { placesOf } from './packed-placements.ts';
import { keepOlder, moveTo, setModified, storedMode } from './placing.ts';

const CREATE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

interface PlacerParts {
  readonly files: string;
  readonly incoming: string;
  /** Reads the content of a record. @returns its length */
  readonly read: (record: number, into: Buffer) => number;
  /** Bytes of the largest content. */
  readonly largest: number;
}

/** What became of placements that were tried. */
export interface Placed {
  /** Records that could not be placed, or stand behind such. */
  readonly stuck: readonly number[];
  /** Of the first that failed; null where none did. */
  readonly why: string | null;
}

/**
 * Writes journaled files to their places, without a sync: a temporary file in `incoming/`, renamed. Lives in the
 * journal's thread, so it waits for nothing: system calls one after another are the fastest way for small files.
 */
export class Placer {
  readonly #parts: PlacerParts;
  readonly #folders: FolderCache;
  readonly #content: Buffer;
  /** Names nobody can guess, and cheap: only the end of them counts up. */
  readonly #namePrefix = randomBytes(8).toString('hex');
  /** Modes that a new file just gets: the umask takes nothing from them. */
  readonly #plainModes = new Set<number>();
  readonly #placed = new Set<number>();
  #stuck: Placement[] = [];
  #names = 0;

  constructor(parts: PlacerParts) {
    this.#parts = parts;
    this.#folders = new FolderCache(parts.files);
    this.#content = Buffer.allocUnsafeSlow(parts.largest);
  }

  /** In order; one that fails keeps back those for its place that come later, until a `retry` places it. */
  place(placements: readonly Placement[]): Placed {
    const before = this.#stuck.length;
    const why = this.#placeAll(placements, new Set(this.#stuck.flatMap(placesOf)));
    return { stuck: this.#stuck.slice(before).map(({ record }) => record), why };
  }

  /** Tries those again that failed. */
  retry(): Placed {
    this.#folders.clear();
    const before = this.#stuck;
    this.#stuck = [];
    const why = this.#placeAll(before, new Set());
    return { stuck: this.#stuck.map(({ record }) => record), why };
  }

  /** Its content stands at its place already. */
  notePlaced(record: number): void {
    this.#placed.add(record);
  }

  allPlaced(records: readonly number[]): boolean {
    return records.every((record) => this.#placed.has(record));
  }

  /** Forgets what is of no interest after a checkpoint. */
  forget(upTo: number): void {
    for (const record of this.#placed) if (record <= upTo) this.#placed.delete(record);
    // A folder may have been moved or removed by somebody else in the meantime.
    this.#folders.clear();
  }

  #placeAll(placements: readonly Placement[], blocked: Set<string>): string | null {
    let why: string | null = null;
    for (const placement of placements) {
      const places = placesOf(placement);
      if (!places.some((place) => blocked.has(place))) {
        try {
          this.#placeOne(placement);
          this.#placed.add(placement.record);
          continue;
        } catch (error) {
          why ??= toStorageError('cannot place a file', error).message;
        }
      }
      this.#stuck.push(placement);
      for (const place of places) blocked.add(place);
    }
    return why;
  }

  #placeOne(placement: Placement): void {
    const { clientName, path, keepAs } = placement;
    const temporary = this.#writeTemporary(placement);
    try {
      const place = `${clientName}/${path}`;
      const end = place.lastIndexOf('/');
      const name = place.slice(end + 1);
      const folder = this.#folders.folder(place.slice(0, end));
      if (keepAs !== null && !keepOlder(folder, name, keepAs.slice(keepAs.lastIndexOf('/') + 1))) {
        throw pathConflict();
      }
      moveTo(folder, name, temporary);
    } catch (error) {
      removeTemporary(temporary);
      throw isPathConflict(error) ? pathConflict(error) : error;
    }
  }

  #writeTemporary({ record, mode, mtime }: Placement): string {
    const length = this.#parts.read(record, this.#content);
    const wanted = storedMode(mode);
    const temporary = this.#nextName();
    const fd = openSync(temporary, CREATE_NEW, wanted);
    try {
      for (let done = 0; done < length;) done += writeSync(fd, this.#content, done, length - done, done);
      this.#setMode(fd, wanted);
      setModified(fd, mtime);
    } catch (error) {
      removeTemporary(temporary);
      throw error;
    } finally {
      closeSync(fd);
    }
    return temporary;
  }

  #setMode(fd: number, wanted: number): void {
    if (this.#plainModes.has(wanted)) return;
    if ((fstatSync(fd).mode & 0o7777) === wanted) this.#plainModes.add(wanted);
    else fchmodSync(fd, wanted);
  }

  #nextName(): string {
    this.#names += 1;
    return join(this.#parts.incoming, `${this.#namePrefix}${this.#names.toString(16).padStart(16, '0')}`);
  }
}

function removeTemporary(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') return; // the next start removes it
  }
}
