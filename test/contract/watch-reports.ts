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

    const report = (files: number, changes: object = {}) => ({
      ...{ files, bytes: Number.MAX_SAFE_INTEGER, failing: 0, why: '\u001b[31m\u202e' },
      ...{ oldest: files === 0 ? null : 1500, reportedAt: 2000 },
      ...changes,
    });
    const oldestOf = async (row: number): Promise<number | null | undefined> =>
      (await tables.watchReports.list()).find(({ clientRow }) => clientRow === row)?.oldest;

    it('keeps the newest of each client', async () => {
      const [alice, bob] = [await addMachine(tables, 'alice'), await addMachine(tables, 'bob')];
      await tables.watchReports.save(alice, report(3));
      await tables.watchReports.save(bob, report(7));
      await tables.watchReports.save(alice, report(0));
      expect(await tables.watchReports.list()).toEqual([
        { clientRow: alice.row, ...report(0) },
        { clientRow: bob.row, ...report(7) },
      ]);
    });

    it('has none of a client that is not there', async () => {
      await tables.watchReports.save({ row: 4711, id: newId() }, report(1));
      expect(await tables.watchReports.list()).toEqual([]);
    });

    it('drops that of a client that is revoked, and takes no other from it', async () => {
      const [alice, bob] = [await addMachine(tables, 'alice'), await addMachine(tables, 'bob')];
      await tables.watchReports.save(alice, report(3));
      await tables.watchReports.save(bob, report(4));
      await tables.machines.revoke('alice');
      expect(await tables.watchReports.list()).toMatchObject([{ clientRow: bob.row }]);
      await tables.watchReports.save(alice, report(5));
      expect(await tables.watchReports.list()).toMatchObject([{ clientRow: bob.row }]);
    });

    it('does not take that of a revoked key for one of the key that has its name', async () => {
      const alice = await addMachine(tables, 'alice');
      await tables.watchReports.save(alice, report(3));
      await tables.machines.revoke('alice');
      const token = { hash: newSpki(), name: 'alice', nameKey: 'alice', writeOnly: false, expiresAt: 9000 };
      await tables.machines.addToken(token, 1000, LONG_AGO);
      const next = await tables.machines.joinByToken({ id: newId(), spki: newSpki() }, token.hash, 2000);
      expect(next?.row).toBe(alice.row);
      await tables.watchReports.save(alice, report(5));
      expect(await tables.watchReports.list()).toEqual([]);
      if (next) await tables.watchReports.save(next, report(6, { reportedAt: 3000, oldest: 2500 }));
      expect(await tables.watchReports.list()).toMatchObject([{ files: 6 }]);
    });

    it('believes no clock that stands at 1970, or runs ahead', async () => {
      const { row, id } = await addMachine(tables, 'alice', 1000);
      const told = async (oldest: number | null, reportedAt: number) => {
        await tables.watchReports.save({ row, id }, report(1, { oldest, reportedAt }));
        return oldestOf(row);
      };
      expect(await told(1000, 2000), 'as soon as it joined').toBe(1000);
      expect(await told(9_999_999, 3000), 'ahead').toBe(3000);
      expect(await told(null, 4000)).toBeNull();
      expect(await told(999, 5000), '1970: it has waited since it was heard of').toBe(5000);
      expect(await told(5, 6000), 'and still does').toBe(5000);
      expect(await told(null, 7000)).toBeNull();
      expect(await told(5, 8000), 'another one').toBe(8000);
    });

    it('counts who waits, who fails, who is silent, and since when', async () => {
      const none = {
        clients: 0,
        files: 0,
        bytes: 0,
        failing: 0,
        silent: 0,
        oldest: null,
        oldestReport: null,
      };
      expect(await tables.watchReports.totals(5000)).toEqual(none);
      const save = async (name: string, files: number, failing: number, reportedAt: number) => {
        await tables.watchReports.save(
          await addMachine(tables, name),
          report(files, { failing, reportedAt, bytes: 10 }),
        );
      };
      await save('alice', 3, 1, 4999);
      await save('bob', 0, 2, 5000);
      await save('carol', 1, 0, 9000);
      const counted = { clients: 3, files: 4, bytes: 30, failing: 2, silent: 1, oldest: 1500 };
      expect(await tables.watchReports.totals(5000)).toEqual({ ...counted, oldestReport: 4999 });
      await tables.machines.revoke('alice');
      expect(await tables.watchReports.totals(5000)).toMatchObject({
        clients: 2,
        silent: 0,
        oldestReport: 5000,
      });
    });
  });
}
