import SqliteDatabase, { type Database } from 'better-sqlite3';
import { MINUTE } from '../base/clock.ts';
import { toStorageError } from '../base/errors.ts';
import { serveThread } from '../base/thread-call.ts';
import type { BrowsedFile, FileQuery, FileSnapshot, FileTotals } from '../transfer/browse-ports.ts';
import { FileBrowserTable } from './file-browser-table.ts';
import { FileSnapshots } from './file-snapshots.ts';
import { FileTotalsReader } from './file-totals.ts';

interface Opened {
  readonly db: Database;
  readonly files: FileBrowserTable;
  readonly totals: FileTotalsReader;
}

const snapshots = new FileSnapshots();
let opened: Opened | undefined;

setInterval(() => {
  snapshots.forgetUnused(performance.now());
}, MINUTE).unref();

/** Reads the database beside its one writer: in WAL mode neither waits for the other. Methods as in `FileBrowser`. */
const browserThread = {
  /** @param file a database that has its tables */
  open(file: string): void {
    try {
      const db = new SqliteDatabase(file, { readonly: true, fileMustExist: true });
      opened = { db, files: new FileBrowserTable(db), totals: new FileTotalsReader(db) };
    } catch (error) {
      throw toStorageError(`cannot open ${file} for reading`, error);
    }
  },

  close(): void {
    opened?.db.close();
    opened = undefined;
  },

  take(query: FileQuery): FileSnapshot {
    const rows = reading('a search', ({ files }) => files.order(query));
    return { snapshot: snapshots.keep(rows, performance.now()), total: rows.length };
  },

  measure(snapshot: string): FileSnapshot {
    return { snapshot, total: snapshots.use(snapshot, performance.now()).length };
  },

  page(snapshot: string, offset: number, limit: number): readonly (BrowsedFile | null)[] {
    const rows = snapshots.use(snapshot, performance.now()).subarray(offset, offset + limit);
    return reading('a page', ({ files }) => files.rows(rows));
  },

  find(client: string, path: string): BrowsedFile | undefined {
    return reading('a file', ({ files }) => files.find(client, path));
  },

  versions(client: string, path: string): readonly BrowsedFile[] {
    return reading('versions', ({ files }) => files.versions(client, path));
  },

  totals(): FileTotals {
    return reading('totals', ({ totals }) => totals.read(() => performance.now()));
  },
};
export type BrowserThreadApi = typeof browserThread;

serveThread(browserThread);

function reading<T>(what: string, read: (opened: Opened) => T): T {
  if (!opened) throw new Error('the database is not open');
  try {
    return read(opened);
  } catch (error) {
    throw toStorageError(`database, ${what}`, error);
  }
}
