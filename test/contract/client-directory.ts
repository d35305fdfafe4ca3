import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CRC_VARIANTS } from '../../src/crypto/crc-variants.ts';
import { NEW_DIALECT, type Dialect } from '../../src/transfer/dialect.ts';
import { outcome } from '../support/outcome.ts';
import { addClient, aFile, LONG_AGO, newId, rules, verify, type OpenTables, type Tables } from './tables.ts';

const KEY = { publicKey: Uint8Array.of(1, 2, 3), sealedAesKey: Uint8Array.of(4, 5, 6, 7) };
const OTHER_KEY = { publicKey: Uint8Array.of(9), sealedAesKey: Uint8Array.of(8) };

/** What every ClientDirectory must do. */
export function clientDirectoryContract(open: OpenTables): void {
  describe('ClientDirectory', () => {
    let tables: Tables;
    beforeEach(async () => {
      tables = await open();
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    const register = (id: Uint8Array, name: string, now = 1000, deadBefore = LONG_AGO): Promise<boolean> =>
      tables.directory.register({ id, name, nameKey: name.toLowerCase() }, now, deadBefore);
    const listed = async (name: string): Promise<unknown> =>
      (await tables.directory.list()).find((client) => client.name === name);

    describe('register', () => {
      it('makes a client without key, in the dialect of the origin', async () => {
        const id = newId();
        expect(await register(id, 'Alice')).toBe(true);
        const client = await tables.directory.find(id);
        expect(client).toMatchObject({ name: 'Alice', key: null, dialect: NEW_DIALECT });
        expect(Buffer.from(client?.id ?? []).equals(id)).toBe(true);
        expect(await tables.directory.findByName('alice')).toEqual(client);
      });

      it('keeps a name as it was spelled', async () => {
        const id = newId();
        const name = 'Zoe\u0308 \u{1f388} \u001b[31m\u202e';
        await register(id, name);
        expect((await tables.directory.find(id))?.name).toBe(name);
      });

      it('gives a name key to one of many', async () => {
        const tried = await Promise.all(
          ['a', 'A', 'a', 'A', 'a'].map((name) =>
            tables.directory.register({ id: newId(), name, nameKey: 'a' }, 1, 0),
          ),
        );
        expect(tried.filter(Boolean)).toHaveLength(1);
        expect(await tables.directory.list()).toHaveLength(1);
      });

      it('changes nothing of a client whose name is asked for', async () => {
        const id = newId();
        await register(id, 'Alice', 1000);
        const before = await tables.directory.find(id);
        expect(await register(newId(), 'ALICE', 5000, 1000)).toBe(false);
        expect(await tables.directory.find(id)).toEqual(before);
        expect(await listed('Alice')).toMatchObject({ registeredAt: 1000, lastSeenAt: 1000 });
      });

      it('takes over a name that registered before the given time', async () => {
        const [first, second] = [newId(), newId()];
        await register(first, 'Alice', 1000);
        expect(await register(second, 'aLICE', 5000, 1001)).toBe(true);
        expect(await tables.directory.find(first)).toBeUndefined();
        expect(await tables.directory.find(second)).toMatchObject({ name: 'aLICE', key: null });
        expect(await listed('aLICE')).toMatchObject({ registeredAt: 5000, lastSeenAt: 5000 });
        expect(await tables.directory.list()).toHaveLength(1);
      });

      it('never takes over a client that has a key', async () => {
        const id = newId();
        await register(id, 'Alice', 1000);
        await tables.directory.bindKey(id, KEY, 1000);
        expect(await register(newId(), 'alice', 5000, 4000)).toBe(false);
      });

      it('refuses an id that is in use', async () => {
        const id = newId();
        await register(id, 'alice');
        expect(await outcome(register(id, 'bob'))).toBe('storage-failed');
      });
    });

    describe('bindKey', () => {
      it('keeps the first key', async () => {
        const id = newId();
        await register(id, 'alice');
        expect((await tables.directory.bindKey(id, KEY, 2000))?.key).toEqual(KEY);
        expect((await tables.directory.bindKey(id, OTHER_KEY, 3000))?.key).toEqual(KEY);
        expect((await tables.directory.find(id))?.key).toEqual(KEY);
        expect(await listed('alice')).toMatchObject({ hasKey: true, registeredAt: 1000, lastSeenAt: 2000 });
      });

      it('has one winner when many come at once', async () => {
        const id = newId();
        await register(id, 'alice');
        const keys = [KEY, OTHER_KEY, KEY, OTHER_KEY];
        const bound = await Promise.all(keys.map((key) => tables.directory.bindKey(id, key, 1)));
        expect(new Set(bound.map((client) => client?.key?.publicKey.join())).size).toBe(1);
      });

      it('knows no client that is not there', async () => {
        expect(await tables.directory.bindKey(newId(), KEY, 1)).toBeUndefined();
        expect(await tables.directory.list()).toEqual([]);
      });
    });

    describe('saveDialect', () => {
      const dialects: readonly Dialect[] = [
        ...CRC_VARIANTS.map((crc) => ({ ...NEW_DIALECT, crc })),
        { ...NEW_DIALECT, crcConfirmed: true },
        { ...NEW_DIALECT, repliesTo1030: false },
        { ...NEW_DIALECT, repliesTo1030Confirmed: true },
        { ...NEW_DIALECT, trial: { path: 'ö/\u202e', expects: 'send' } },
        { ...NEW_DIALECT, trial: { path: 'a', expects: 'verdict' } },
      ];

      it.for(dialects)('keeps $crc, $crcConfirmed, $repliesTo1030, $trial', async (dialect) => {
        const row = await addClient(tables, 'alice');
        const other = await addClient(tables, 'bob');
        await tables.directory.saveDialect(row, dialect);
        expect((await tables.directory.findByName('alice'))?.dialect).toEqual(dialect);
        expect(await tables.directory.findByName('bob')).toMatchObject({ row: other, dialect: NEW_DIALECT });
        await tables.directory.saveDialect(row, NEW_DIALECT);
        expect((await tables.directory.findByName('alice'))?.dialect).toEqual(NEW_DIALECT);
      });
    });

    describe('startSession', () => {
      it('notes the time and forgets the sends that wait, of this client alone', async () => {
        const row = await addClient(tables, 'alice');
        const other = await addClient(tables, 'bob');
        const { ledger } = tables;
        for (const [client, path] of [
          [row, 'waiting'],
          [row, 'pending'],
          [other, 'waiting'],
        ] as const) {
          await ledger.recordPending(aFile(client, path), rules(), 2000);
          const open = await ledger.findOpen(client, path);
          if (path === 'waiting') await ledger.recordWaiting(open?.row ?? 0);
        }
        await tables.directory.startSession(row, 7000);
        expect(await ledger.findOpen(row, 'waiting')).toBeUndefined();
        expect(await ledger.findOpen(row, 'pending')).toMatchObject({ state: 'pending' });
        expect(await ledger.findOpen(other, 'waiting')).toMatchObject({ state: 'waiting' });
        expect(await listed('alice')).toMatchObject({ lastSeenAt: 7000 });
        expect(await listed('bob')).toMatchObject({ lastSeenAt: 1000 });
      });
    });

    describe('reset', () => {
      it('takes the key and what was learnt, and frees the name at once', async () => {
        const id = newId();
        await register(id, 'Alice', 1000);
        const client = await tables.directory.bindKey(id, KEY, 1000);
        const learnt: Dialect = { ...NEW_DIALECT, crc: 'cksum-plaintext', crcConfirmed: true };
        await tables.directory.saveDialect(client?.row ?? 0, learnt);
        expect(await tables.directory.reset('alice')).toBe(true);
        expect(await tables.directory.find(id)).toMatchObject({ key: null, dialect: NEW_DIALECT });
        expect(await register(newId(), 'alice', 1001, 1)).toBe(true);
      });

      it('leaves files and folder to the next of the name', async () => {
        const row = await addClient(tables, 'Alice');
        await verify(tables, aFile(row, 'f'));
        await tables.directory.reset('alice');
        const next = newId();
        expect(await register(next, 'ALICE', 3000, 1)).toBe(true);
        expect(await tables.directory.find(next)).toMatchObject({ row, name: 'Alice' });
        expect(await listed('Alice')).toMatchObject({ verifiedFiles: 1 });
      });

      it('knows no client that is not there', async () => {
        expect(await tables.directory.reset('nobody')).toBe(false);
      });
    });

    describe('forgetDead', () => {
      it('removes who registered before the given time and has neither key nor files', async () => {
        await addClient(tables, 'dead', 1000);
        await addClient(tables, 'alive', 1001);
        const keyed = newId();
        await register(keyed, 'keyed', 1000);
        await tables.directory.bindKey(keyed, KEY, 1000);
        const row = await addClient(tables, 'reset, with files', 1000);
        await verify(tables, aFile(row, 'f'));
        await tables.directory.forgetDead(1001);
        const names = (await tables.directory.list()).map(({ name }) => name);
        expect(names).toEqual(['alive', 'keyed', 'reset, with files']);
      });
    });

    describe('list', () => {
      it('is by name, and counts what is verified', async () => {
        const bob = await addClient(tables, 'bob');
        const alice = await addClient(tables, 'alice');
        await verify(tables, aFile(alice, 'a', { size: 10 }));
        await verify(tables, aFile(alice, 'a', { size: 30 }));
        await verify(tables, aFile(alice, 'b', { size: 5_000_000_000 }));
        await tables.ledger.recordPending(aFile(alice, 'c'), rules(), 1);
        await tables.ledger.recordPending(aFile(bob, 'c'), rules(), 1);
        expect(await tables.directory.list()).toMatchObject([
          {
            name: 'alice',
            hasKey: false,
            crc: 'zlib-ciphertext',
            verifiedFiles: 2,
            verifiedBytes: 5_000_000_030,
          },
          { name: 'bob', verifiedFiles: 0, verifiedBytes: 0 },
        ]);
      });
    });
  });
}
