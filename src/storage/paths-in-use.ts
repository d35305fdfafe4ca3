import type { Database, Statement } from 'better-sqlite3';
import type { RowId } from '../transfer/ports.ts';
import { keptName } from './kept-names.ts';

/** A file of the client that stands at `:path`, or is about to, or is being deleted there. */
const FILE_AT = `(
  EXISTS (SELECT 1 FROM files WHERE client_row = :client AND path = :path AND state = 'verified')
  OR EXISTS (SELECT 1 FROM uploads WHERE client_row = :client AND path = :path AND sha256 IS NOT NULL)
  OR EXISTS (SELECT 1 FROM deletions WHERE client_row = :client AND path = :path))`;

/** Something of the client below `:path`, or a folder there; `0` is the byte behind `/`. */
const FOLDER_AT = `(
  EXISTS (SELECT 1 FROM files WHERE client_row = :client AND state = 'verified'
            AND path > :path || '/' AND path < :path || '0')
  OR EXISTS (SELECT 1 FROM uploads WHERE client_row = :client AND sha256 IS NOT NULL
            AND path > :path || '/' AND path < :path || '0')
  OR EXISTS (SELECT 1 FROM folders WHERE client_row = :client
            AND (path = :path OR path > :path || '/' AND path < :path || '0')))`;

interface Place {
  readonly client: RowId;
  readonly path: string;
}

/** Which paths of a client are files, which are folders, and which are free. */
export class PathsInUse {
  readonly #fileAt: Statement<[Place], number>;
  readonly #folderAt: Statement<[Place], number>;
  readonly #keptAt: Statement<[Place], number>;

  constructor(db: Database) {
    this.#fileAt = db.prepare<[Place], number>(`SELECT ${FILE_AT}`).pluck();
    this.#folderAt = db.prepare<[Place], number>(`SELECT ${FOLDER_AT}`).pluck();
    this.#keptAt = db
      .prepare<[Place], number>(
        `SELECT ${FILE_AT} OR ${FOLDER_AT}
           OR EXISTS (SELECT 1 FROM uploads WHERE client_row = :client AND sha256 IS NOT NULL AND keep_as = :path)`,
      )
      .pluck();
  }

  /** For one transaction: what it found out once is not asked again. */
  check(): PlaceCheck {
    return new PlaceCheck(
      (place) => this.#fileAt.get(place) === 1,
      (place) => this.#folderAt.get(place) === 1,
    );
  }

  /**
   * A free name `NAME.~N~` beside a file, under which its older version is kept. NAME is cut where there is no room for it.
   * There may be thousands, so the end of those in use is searched by halving.
   */
  freeName(client: RowId, path: string): string {
    const isFree = (n: number): boolean => this.#keptAt.get({ client, path: keptName(path, n) }) !== 1;
    let free = 1;
    while (!isFree(free)) free *= 2;
    let taken = Math.floor(free / 2);
    while (free - taken > 1) {
      const middle = Math.floor((free + taken) / 2);
      if (isFree(middle)) free = middle;
      else taken = middle;
    }
    return keptName(path, free);
  }
}

/** Whether files and folders of one transaction may stand where they want to. */
export class PlaceCheck {
  readonly #fileAt: (place: Place) => boolean;
  readonly #folderAt: (place: Place) => boolean;
  readonly #folders = new Set<string>();

  constructor(fileAt: (place: Place) => boolean, folderAt: (place: Place) => boolean) {
    this.#fileAt = fileAt;
    this.#folderAt = folderAt;
  }

  /** No folder is there, and no file where a folder is wanted. */
  fileFits(client: RowId, path: string): boolean {
    return this.#foldersFit(client, path) && !this.#folderAt({ client, path });
  }

  /** No file is there, and none where one of its folders is wanted. */
  folderFits(client: RowId, path: string): boolean {
    return this.#foldersFit(client, path) && !this.#fileAt({ client, path });
  }

  /** From the innermost out: a folder known to be one has only such above it. */
  #foldersFit(client: RowId, path: string): boolean {
    const seen: string[] = [];
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      const key = `${client}/${folder}`;
      if (this.#folders.has(key)) break;
      if (this.#fileAt({ client, path: folder })) return false;
      seen.push(key);
    }
    for (const key of seen) this.#folders.add(key);
    return true;
  }
}
