import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Representation } from './file-answer.ts';

/** So long a file counts as looked at, ms: one that is changed is seen as changed a second later. */
const FRESH_FOR = 1000;
/** Files up to this size are kept in memory. */
const LARGEST_KEPT = 128 * 1024;
const MOST_KEPT_BYTES = 32 * 1024 * 1024;
const MOST_KNOWN = 4096;
const READ_AT_ONCE = 1024 * 1024;

interface Known {
  readonly representation: Representation;
  /** Tells one state of the file from another. */
  readonly state: string;
  readonly content: Buffer | undefined;
  lookedAt: number;
}

/** Files of folders, the small ones read once: looking at the disk costs more than everything else of a request. */
export class WebFiles {
  readonly #clock: Clock;
  /** By path; the least recently asked for first. */
  readonly #known = new Map<string, Known>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns undefined where no file is there, or a link leads out of the folder. @param folder without links */
  async find(folder: string, name: string): Promise<Representation | undefined> {
    const path = join(folder, name);
    const known = this.#known.get(path);
    const now = this.#clock.monotonic();
    if (known && now - known.lookedAt < FRESH_FOR) return this.#use(path, known);
    const found = await look(folder, path);
    if (!found) {
      this.#forget(path);
      return undefined;
    }
    if (known?.state === found.state) {
      known.lookedAt = now;
      return this.#use(path, known);
    }
    this.#forget(path);
    const content = found.size <= LARGEST_KEPT ? await readFile(found.path) : undefined;
    // It may have changed between the two: what is said of it must be true of what is sent.
    const size = content?.byteLength ?? found.size;
    const representation: Representation = {
      size,
      etag: `"${found.state}"`,
      modified: found.modified,
      read: (start, length) =>
        content?.subarray(start, start + length) ??
        createReadStream(found.path, { start, end: start + length - 1, highWaterMark: READ_AT_ONCE }),
    };
    return this.#use(path, { representation, state: found.state, content, lookedAt: now });
  }

  #use(path: string, known: Known): Representation {
    this.#forget(path);
    this.#known.set(path, known);
    this.#bytes += known.content?.byteLength ?? 0;
    for (const oldest of this.#known.keys()) {
      if (this.#bytes <= MOST_KEPT_BYTES && this.#known.size <= MOST_KNOWN) break;
      this.#forget(oldest);
    }
    return known.representation;
  }

  #forget(path: string): void {
    this.#bytes -= this.#known.get(path)?.content?.byteLength ?? 0;
    this.#known.delete(path);
  }
}

interface Found {
  readonly path: string;
  readonly size: number;
  readonly state: string;
  readonly modified: string;
}

async function look(folder: string, wanted: string): Promise<Found | undefined> {
  try {
    const path = await realpath(wanted);
    if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined;
    const facts = await stat(path, { bigint: true });
    if (!facts.isFile()) return undefined;
    return {
      path,
      size: Number(facts.size),
      state: `${facts.size.toString(36)}-${facts.mtimeNs.toString(36)}-${facts.ino.toString(36)}`,
      modified: facts.mtime.toUTCString(),
    };
  } catch {
    return undefined;
  }
}
