import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RowId } from '../../src/transfer/ports.ts';
import { outcome } from '../support/outcome.ts';
import { addClient, aFile, rules, verify, type OpenTables, type Tables } from './tables.ts';

/** What every FileLedger must do. */
export function fileLedgerContract(open: OpenTables): void {
  describe('FileLedger', () => {
    let tables: Tables;
    let client: RowId;
    beforeEach(async () => {
      tables = await open();
      client = await addClient(tables, 'Alice');
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    /** A new pending row. */
    async function pending(path: string, now = 1000): Promise<RowId> {
      await tables.ledger.recordPending(aFile(client, path), rules(), now);
      return (await tables.ledger.findOpen(client, path))?.row ?? 0;
    }

    async function stateOf(path: string): Promise<string | undefined> {
      return (await tables.ledger.findOpen(client, path))?.state;
    }

    describe('recordPending', () => {
      it('keeps all that is known of the file', async () => {
        const file = aFile(client, 'ö/\u001b', { size: 4_294_967_023, crc: 'zlib-plaintext-be' });
        expect(await tables.ledger.recordPending(file, rules(), 1234)).toEqual({
          ...{ verdict: 'pending', replaced: null },
        });
        const { temporaryName, path, size, crc32, crc, wireCrc } = file;
        expect(await tables.ledger.findOpen(client, path)).toMatchObject({
          ...{ clientRow: client, clientName: 'Alice', path, state: 'pending', sends: 1, receivedAt: 1234 },
          ...{ temporaryName, size, crc32, crc, wireCrc },
        });
      });

      it('replaces what is pending, and says what that was called', async () => {
        const first = aFile(client, 'f');
        const second = aFile(client, 'f');
        await tables.ledger.recordPending(first, rules(), 1000);
        expect(await tables.ledger.recordPending(second, rules(), 2000)).toEqual({
          ...{ verdict: 'pending', replaced: first.temporaryName },
        });
        expect(await tables.ledger.listOpen()).toMatchObject([
          { temporaryName: second.temporaryName, sends: 1, receivedAt: 2000 },
        ]);
      });

      it('counts a send behind a 1030', async () => {
        for (let sends = 1; sends <= 5; sends++) {
          expect(await tables.ledger.recordPending(aFile(client, 'f'), rules(), 1000)).toMatchObject({
            replaced: null,
          });
          const open = await tables.ledger.findOpen(client, 'f');
          expect(open).toMatchObject({ state: 'pending', sends });
          await tables.ledger.recordWaiting(open?.row ?? 0);
        }
      });

      it('keeps paths and clients apart', async () => {
        const other = await addClient(tables, 'Bob');
        await pending('f');
        await pending('F');
        await tables.ledger.recordPending(aFile(other, 'f'), rules(), 1000);
        expect(await tables.ledger.listOpen()).toHaveLength(3);
      });

      it('takes no file of a client that is not there, and no temporary name twice', async () => {
        expect(await outcome(tables.ledger.recordPending(aFile(4711, 'f'), rules(), 1))).toBe(
          'storage-failed',
        );
        const file = aFile(client, 'f');
        await tables.ledger.recordPending(file, rules(), 1);
        const twice = aFile(client, 'g', { temporaryName: file.temporaryName });
        expect(await outcome(tables.ledger.recordPending(twice, rules(), 1))).toBe('storage-failed');
        expect(await tables.ledger.listOpen()).toHaveLength(1);
      });
    });

    describe('the steps to a verified file', () => {
      it('are intent and verified', async () => {
        const row = await pending('f');
        await tables.ledger.recordIntent(row);
        expect(await tables.ledger.findOpen(client, 'f')).toMatchObject({ row, state: 'publishing' });
        expect((await tables.ledger.findOpen(client, 'f'))?.temporaryName).toMatch(/^temporary-/);
        await tables.ledger.recordVerified(row, 2000);
        expect(await tables.ledger.listOpen()).toEqual([]);
        expect((await tables.directory.list())[0]).toMatchObject({ verifiedFiles: 1, verifiedBytes: 19 });
      });

      it('leave one verified version', async () => {
        for (const size of [10, 20, 30]) await verify(tables, aFile(client, 'f', { size }));
        expect((await tables.directory.list())[0]).toMatchObject({ verifiedFiles: 1, verifiedBytes: 30 });
      });

      it('leave the version before it as long as they are not done', async () => {
        await verify(tables, aFile(client, 'f', { size: 10 }));
        const row = await pending('f');
        await tables.ledger.recordIntent(row);
        expect((await tables.directory.list())[0]).toMatchObject({ verifiedFiles: 1, verifiedBytes: 10 });
        await tables.ledger.recordFailed(row, 3000);
        expect((await tables.directory.list())[0]).toMatchObject({ verifiedFiles: 1, verifiedBytes: 10 });
      });
    });

    describe('recordFailed', () => {
      it('ends a file in any open state, again and again', async () => {
        for (const state of ['pending', 'waiting', 'publishing', 'pending']) {
          const row = await pending('f');
          if (state === 'waiting') await tables.ledger.recordWaiting(row);
          if (state === 'publishing') await tables.ledger.recordIntent(row);
          await tables.ledger.recordFailed(row, 2000);
          expect(await stateOf('f')).toBeUndefined();
        }
      });
    });

    describe('a row in another state', () => {
      const steps = {
        waiting: (row: RowId) => tables.ledger.recordWaiting(row),
        intent: (row: RowId) => tables.ledger.recordIntent(row),
        verified: (row: RowId) => tables.ledger.recordVerified(row, 9000),
        failed: (row: RowId) => tables.ledger.recordFailed(row, 9000),
      };
      type Step = keyof typeof steps;

      it.for<[string, Step[], Step[]]>([
        ['pending', [], ['verified']],
        ['waiting', ['waiting'], ['waiting', 'intent', 'verified']],
        ['publishing', ['intent'], ['waiting', 'intent']],
        ['verified', ['intent', 'verified'], ['waiting', 'intent', 'verified', 'failed']],
        ['failed', ['failed'], ['waiting', 'intent', 'verified', 'failed']],
      ])('%s: is not changed by a step that does not fit it', async ([, way, refused]) => {
        const row = await pending('f');
        for (const step of way) await steps[step](row);
        const before = [await tables.ledger.listOpen(), await tables.directory.list()];
        for (const step of refused) expect(await outcome(steps[step](row))).toBe('no-pending-file');
        expect([await tables.ledger.listOpen(), await tables.directory.list()]).toEqual(before);
      });

      it('that was replaced is not that of its successor', async () => {
        const stale = await pending('f');
        const row = await pending('f');
        expect(row).not.toBe(stale);
        for (const step of Object.values(steps)) expect(await outcome(step(stale))).toBe('no-pending-file');
        expect(await tables.ledger.findOpen(client, 'f')).toMatchObject({ row, state: 'pending' });
      });
    });

    describe('listExpired', () => {
      it('lists what came before the given time and is not about to be published', async () => {
        await pending('old', 999);
        await pending('new', 1000);
        await tables.ledger.recordWaiting(await pending('waiting', 500));
        await tables.ledger.recordIntent(await pending('publishing', 500));
        await verify(tables, aFile(client, 'verified'), 500);
        const paths = (await tables.ledger.listExpired(1000)).map(({ path }) => path);
        expect(paths.toSorted()).toEqual(['old', 'waiting']);
      });
    });

    describe('listOpen', () => {
      it('is in the order in which the files came', async () => {
        for (const path of ['c', 'a', 'b']) await pending(path);
        expect((await tables.ledger.listOpen()).map(({ path }) => path)).toEqual(['c', 'a', 'b']);
      });
    });
  });
}
