import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addClient, aFile, rules, verify, type OpenTables, type Tables } from './tables.ts';

/** What every PolicyStore must do. */
export function policyStoreContract(open: OpenTables): void {
  describe('PolicyStore', () => {
    let tables: Tables;
    beforeEach(async () => {
      tables = await open();
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    it('keeps all that a policy says, and nothing that it does not', async () => {
      const full = {
        'max-bytes': 2 ** 53 - 1,
        'max-files': 0,
        'max-file': 'none',
        'max-rate': 1024,
        'write-only': false,
        'append-only': true,
        conflict: 'version',
      } as const;
      const { policies } = tables;
      await policies.save({ pattern: 'Web-*', key: 'web-*', policy: full }, 1);
      await policies.save({ pattern: '\u001b?', key: '\u001b?', policy: { 'max-files': 'none' } }, 1);
      expect(await policies.list()).toStrictEqual([
        { pattern: '\u001b?', key: '\u001b?', policy: { 'max-files': 'none' } },
        { pattern: 'Web-*', key: 'web-*', policy: full },
      ]);
    });

    it('has one for a key', async () => {
      const { policies } = tables;
      await policies.save({ pattern: 'a', key: 'a', policy: { 'max-files': 1 } }, 1);
      await policies.save({ pattern: 'A', key: 'a', policy: { conflict: 'refuse' } }, 2);
      expect(await policies.list()).toStrictEqual([
        { pattern: 'A', key: 'a', policy: { conflict: 'refuse' } },
      ]);
      expect(await policies.remove('a')).toBe(true);
      expect(await policies.remove('a')).toBe(false);
    });

    it('says what a client uses, and what it has claimed', async () => {
      const row = await addClient(tables, 'Alice');
      await verify(tables, aFile(row, 'f', { size: 2 ** 40 }));
      await tables.ledger.recordPending(aFile(row, 'f', { size: 2 ** 40 + 5 }), rules(), 1);
      await tables.ledger.recordPending(aFile(row, 'g', { size: 7 }), rules(), 1);
      expect(await tables.policies.usageOf('alice')).toEqual({
        ...{ name: 'Alice', files: 1, bytes: 2 ** 40, claimedFiles: 1, claimedBytes: 12 },
      });
      expect(await tables.policies.usageOf('bob')).toBeUndefined();
    });
  });
}
