// What somebody does to a server's database behind its back.
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import type { RunningServer } from './running-server.ts';

/** Carries out one statement; the server may run. @throws where it changes nothing */
export function tamper({ dataDir }: RunningServer, sql: string, ...values: readonly unknown[]): void {
  const db = new SqliteDatabase(join(dataDir, 'sesame.db'));
  try {
    if (db.prepare(sql).run(...values).changes === 0) throw new Error(`nothing was changed by: ${sql}`);
  } finally {
    db.close();
  }
}
