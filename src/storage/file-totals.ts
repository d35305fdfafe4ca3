import type { Database, Statement } from 'better-sqlite3';
import type { FileTotals } from '../transfer/browse-ports.ts';

const SHORTEST_REST = 1000;
/** A count may take this part of the time. */
const SHARE = 20;

/**
 * Counts what is stored: a read of the whole table, 0.2 s for a million files. So it is done again only when something has
 * been committed, after a second or 20 times as long as it took: whoever asks all the time takes a twentieth of a core.
 */
export class FileTotalsReader {
  readonly #db: Database;
  readonly #count: Statement<[], FileTotals>;
  #last: { readonly totals: FileTotals; readonly version: unknown; readonly until: number } | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#count = db.prepare(`
      SELECT (SELECT count(*) FROM clients) AS clients, count(*) AS files, coalesce(sum(size), 0) AS bytes
      FROM files NOT INDEXED WHERE state = 'verified'`);
  }

  /** @param now a clock in ms that never goes back */
  read(now: () => number): FileTotals {
    const began = now();
    // Changes with each commit of another connection.
    const version = this.#db.pragma('data_version', { simple: true });
    if (this.#last && (this.#last.version === version || began < this.#last.until)) return this.#last.totals;
    const totals = this.#count.get() ?? { clients: 0, files: 0, bytes: 0 };
    const ended = now();
    const rest = Math.max(SHORTEST_REST, SHARE * (ended - began));
    this.#last = { totals, version, until: ended + rest };
    return totals;
  }
}
