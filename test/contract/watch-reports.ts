import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addMachine, LONG_AGO, newId, newSpki, type OpenTables, type Tables } from './tables.ts';

/** What every WatchReportStore must do. */
export function watchReportsContract(open: OpenTables): void {
  describe('WatchReportStore', () => {
    let tables: Tables;
    beforeEach(async () => {
      tables = await open();
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    const report = (clientRow: number, files: number) => ({
      ...{ clientRow, files, bytes: Number.MAX_SAFE_INTEGER, failing: 0, why: '\u001b[31m\u202e' },
      ...{ oldest: files === 0 ? null : 1000, reportedAt: 2000 },
    });

    it('keeps the newest of each client', async () => {
      const [alice, bob] = [await addMachine(tables, 'alice'), await addMachine(tables, 'bob')];
      await tables.watchReports.save(report(alice.row, 3));
      await tables.watchReports.save(report(bob.row, 7));
      await tables.watchReports.save(report(alice.row, 0));
      expect(await tables.watchReports.list()).toEqual([report(alice.row, 0), report(bob.row, 7)]);
    });

    it('has none of a client that is not there', async () => {
      await tables.watchReports.save(report(4711, 1));
      expect(await tables.watchReports.list()).toEqual([]);
    });

    it('does not take that of a revoked key for one of the key that has its name', async () => {
      const alice = await addMachine(tables, 'alice');
      await tables.watchReports.save(report(alice.row, 3));
      await tables.machines.revoke('alice');
      const token = { hash: newSpki(), name: 'alice', nameKey: 'alice', writeOnly: false, expiresAt: 9000 };
      await tables.machines.addToken(token, 1000, LONG_AGO);
      await tables.machines.joinByToken({ id: newId(), spki: newSpki() }, token.hash, 2000);
      expect(await tables.watchReports.list()).toEqual([]);
    });
  });
}
