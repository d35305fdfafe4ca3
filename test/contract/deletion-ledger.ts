import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RowId } from '../../src/transfer/ports.ts';
import type { VersionFacts } from '../../src/transfer/upload-ports.ts';
import { outcome } from '../support/outcome.ts';
import {
  addClient,
  addMachine,
  aFile,
  begin,
  MTIME,
  rules,
  terms,
  verify,
  version,
  type OpenTables,
  type Tables,
} from './tables.ts';

let records = 0;

/** What every DeletionLedger must do. */
export function deletionLedgerContract(open: OpenTables): void {
  describe('DeletionLedger', () => {
    let tables: Tables;
    let alice: RowId;
    let bob: RowId;
    beforeEach(async () => {
      tables = await open();
      ({ row: alice } = await addMachine(tables, 'Alice'));
      bob = await addClient(tables, 'Bob');
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    const commit = async (file: VersionFacts, policy: 'replace' | 'version' = 'replace') => {
      records += 1;
      const [outcome] = await tables.uploads.commitJournaled(
        [{ ...file, ...terms(policy), clientRow: alice, record: records }],
        2000,
      );
      return outcome;
    };
    /** A v4 upload with its intent. */
    const intend = async (path: string) => {
      const { row } = await begin(tables, alice, version(path), `${path}-temporary`);
      await tables.uploads.recordIntents([{ ...version(path), ...terms(), row }]);
      return row;
    };

    it('finds a version by the name key of its client and its path', async () => {
      await commit(version('d/f'));
      await verify(tables, aFile(bob, 'g'));
      const { deletions } = tables;
      const ofAlice = { clientRow: alice, clientName: 'Alice', path: 'd/f' };
      expect(await deletions.find('alice', 'd/f')).toEqual(ofAlice);
      expect(await deletions.find('bob', 'g')).toEqual({ clientRow: bob, clientName: 'Bob', path: 'g' });
      for (const [client, path] of [
        ['alice', 'd'],
        ['alice', 'g'],
        ['Alice', 'd/f'],
        ['carol', 'd/f'],
      ] as const) {
        expect(await deletions.find(client, path)).toBeUndefined();
      }
    });

    it('finds nothing that is under way only', async () => {
      await tables.ledger.recordPending(aFile(bob, 'f'), rules(), 1000);
      await intend('f');
      expect(await tables.deletions.find('bob', 'f')).toBeUndefined();
      expect(await tables.deletions.find('alice', 'f')).toBeUndefined();
      expect(await outcome(tables.deletions.record(bob, 'f'))).toBe('not-found');
      expect(await outcome(tables.deletions.record(alice, 'f'))).toBe('not-found');
      expect(await tables.deletions.list()).toEqual([]);
    });

    it('takes the version of either protocol, and its receipt stays', async () => {
      await commit(version('f'));
      await verify(tables, aFile(bob, 'f'));
      await tables.ledger.recordPending(aFile(bob, 'f'), rules(), 3000);
      await tables.deletions.record(alice, 'f');
      await tables.deletions.record(bob, 'f');
      expect(await tables.uploads.list(alice, '', '', 10)).toEqual([]);
      const summaries = await tables.directory.list();
      expect(summaries.map(({ name, receipts, verifiedFiles }) => [name, receipts, verifiedFiles])).toEqual([
        ['Alice', 1, 0],
        ['Bob', 0, 0],
      ]);
      expect(await tables.ledger.findOpen(bob, 'f'), 'what is under way goes on').toBeDefined();
    });

    it('keeps a place until it is clear', async () => {
      await commit(version('f'));
      await tables.deletions.record(alice, 'f');
      const place = { clientRow: alice, clientName: 'Alice', path: 'f' };
      expect(await tables.deletions.find('alice', 'f')).toEqual(place);
      expect(await outcome(tables.deletions.record(alice, 'f')), 'and again').toBe('ok');
      expect(await tables.deletions.list()).toEqual([{ ...place, taken: false }]);
      await tables.deletions.finish(alice, 'f');
      expect(await tables.deletions.find('alice', 'f')).toBeUndefined();
      expect(await tables.deletions.list()).toEqual([]);
      expect(await outcome(tables.deletions.finish(alice, 'f')), 'clear already').toBe('ok');
    });

    it('knows that a place is taken again', async () => {
      for (const path of ['f', 'g']) await commit(version(path));
      for (const path of ['f', 'g']) await tables.deletions.record(alice, path);
      await commit(version('g', 'another'));
      const listed = await tables.deletions.list();
      expect(listed.map(({ path, taken }) => [path, taken])).toEqual([
        ['f', false],
        ['g', true],
      ]);
    });

    it('does not list a place that somebody is about to take', async () => {
      await commit(version('f'));
      await verify(tables, aFile(bob, 'f'));
      await tables.deletions.record(alice, 'f');
      await tables.deletions.record(bob, 'f');
      const row = await intend('f');
      await tables.ledger.recordPending(aFile(bob, 'f'), rules(), 3000);
      const open = await tables.ledger.findOpen(bob, 'f');
      await tables.ledger.recordIntent(open?.row ?? 0);
      expect(await tables.deletions.list()).toEqual([]);
      await tables.uploads.drop(row);
      expect(await tables.deletions.list()).toMatchObject([{ clientRow: alice }]);
      await tables.ledger.recordVerified(open?.row ?? 0, 4000);
      expect(await tables.deletions.list()).toMatchObject([
        { taken: false },
        { clientRow: bob, taken: true },
      ]);
    });

    it('gives no place that is being cleared to an older version', async () => {
      await commit(version('f', 'one'));
      await commit(version('f', 'two'), 'version');
      await tables.deletions.record(alice, 'f.~1~');
      expect(await commit(version('f', 'three'), 'version')).toMatchObject({ keepAs: 'f.~2~' });
      await tables.deletions.finish(alice, 'f.~1~');
      expect(await commit(version('f', 'four', { mtime: MTIME + 1n }), 'version')).toMatchObject({
        keepAs: 'f.~1~',
      });
    });

    it('lets no folder be where a file is being cleared away', async () => {
      await commit(version('f'));
      await tables.deletions.record(alice, 'f');
      const folder = { path: 'f', mtime: 0n, mode: 0o700 };
      expect(await commit(version('f/g'))).toEqual({ verdict: 'path-conflict' });
      expect(await outcome(tables.uploads.recordFolder(alice, folder))).toBe('path-conflict');
      expect(await commit(version('f', 'another'))).toMatchObject({ verdict: 'committed' });
    });

    it('keeps the row of a client whose last file is being cleared away', async () => {
      await verify(tables, aFile(bob, 'f'));
      await tables.directory.reset('bob');
      await tables.deletions.record(bob, 'f');
      await tables.directory.forgetDead(1000);
      expect(await tables.deletions.list()).toHaveLength(1);
      await tables.deletions.finish(bob, 'f');
      await tables.directory.forgetDead(1000);
      expect((await tables.directory.list()).map(({ name }) => name)).toEqual(['Alice']);
    });

    it('takes what is in the journal out of it', async () => {
      await commit(version('f'));
      await tables.deletions.record(alice, 'f');
      expect(await tables.journal.list()).toEqual([]);
    });
  });
}
