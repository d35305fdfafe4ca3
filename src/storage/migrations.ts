import type { Database } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import { V3 } from './migrations/1-v3.ts';
import { V4 } from './migrations/2-v4.ts';
import { RECEIPT_OWNERS } from './migrations/3-receipt-owners.ts';
import { GATEWAY } from './migrations/4-gateway.ts';
import { GUARD_AND_GATE } from './migrations/5-guard-and-gate.ts';
import { FLEETS } from './migrations/6-fleets.ts';

/** Numbered from 1; never edited once released, only added to. `user_version` holds the last one that ran. */
const MIGRATIONS: readonly string[] = [V3, V4, RECEIPT_OWNERS, GATEWAY, GUARD_AND_GATE, FLEETS];

/** @throws `schema-too-new` when a newer program wrote this database */
export function migrate(db: Database): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > MIGRATIONS.length) {
    throw new SesameError(
      'schema-too-new',
      `the database has schema ${version}, this program knows up to ${MIGRATIONS.length}: use a newer sesamed`,
    );
  }
  MIGRATIONS.slice(version).forEach((sql, index) => {
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${version + index + 1}`);
    }).immediate();
  });
}
