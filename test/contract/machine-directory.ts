import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RowId } from '../../src/transfer/ports.ts';
import type { Machine } from '../../src/transfer/machine-ports.ts';
import { outcome } from '../support/outcome.ts';
import {
  addClient,
  addMachine,
  aFile,
  begin,
  facts,
  LONG_AGO,
  newId,
  newSpki,
  terms,
  verify,
  version,
  type OpenTables,
  type Tables,
} from './tables.ts';

const KEY = { publicKey: Uint8Array.of(1, 2, 3), sealedAesKey: Uint8Array.of(4, 5, 6, 7) };

/** What every MachineDirectory must do. */
export function machineDirectoryContract(open: OpenTables): void {
  describe('MachineDirectory', () => {
    let tables: Tables;
    beforeEach(async () => {
      tables = await open();
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    const join = (name: string, now = 1000, deadBefore = LONG_AGO): Promise<Machine | undefined> =>
      tables.machines.join(
        { id: newId(), spki: newSpki(), name, nameKey: name.toLowerCase() },
        now,
        deadBefore,
      );
    const registerV3 = (name: string, now = 1000, deadBefore = LONG_AGO): Promise<boolean> =>
      tables.directory.register({ id: newId(), name, nameKey: name.toLowerCase() }, now, deadBefore);
    const addToken = async (name: string, expiresAt = 9000, now = 1000, deadBefore = LONG_AGO) => {
      const hash = newSpki();
      const token = { hash, name, nameKey: name.toLowerCase(), writeOnly: false, expiresAt };
      await tables.machines.addToken(token, now, deadBefore);
      return hash;
    };
    const joinByToken = (hash: Uint8Array, now = 2000, spki = newSpki()): Promise<Machine | undefined> =>
      tables.machines.joinByToken({ id: newId(), spki }, hash, now);

    /** @returns the number of its receipt */
    const storeFile = async (clientRow: RowId, path: string, content: string): Promise<number> => {
      const upload = await begin(tables, clientRow, facts(path), newId().join(''));
      const { row } = upload;
      const [admission] = await tables.uploads.recordIntents([
        { ...version(path, content), ...terms(), row },
      ]);
      const [stored] =
        admission?.verdict === 'there' ? [admission.stored] : await tables.uploads.commitIntents([row], 2000);
      await tables.uploads.drop(row);
      return (JSON.parse(Buffer.from(stored?.receipt ?? []).toString()) as { seq: number }).seq;
    };

    describe('join', () => {
      it('makes a client that is known by its key', async () => {
        const [id, spki] = [newId(), newSpki()];
        const joined = await tables.machines.join({ id, spki, name: 'Alice', nameKey: 'alice' }, 1000, 1);
        expect(joined).toMatchObject({ name: 'Alice', writeOnly: false, revoked: false, lastReceipt: null });
        expect(Buffer.from(joined?.id ?? [])).toEqual(Buffer.from(id));
        expect(await tables.machines.findBySpki(spki)).toEqual(joined);
        expect(await tables.machines.findBySpki(newSpki())).toBeUndefined();
      });

      it('gives a name to one of many', async () => {
        const tried = await Promise.all(['a', 'A', 'a', 'A', 'a'].map((name) => join(name)));
        expect(tried.filter((machine) => machine !== undefined)).toHaveLength(1);
        expect(await tables.directory.list()).toHaveLength(1);
      });

      it('leaves a key that has joined what it has, whatever name it asks for', async () => {
        const alice = await addMachine(tables, 'alice');
        const again = { id: newId(), spki: alice.spki, name: 'bob', nameKey: 'bob' };
        expect(await tables.machines.join(again, 2000, LONG_AGO)).toEqual(alice);
        expect(await tables.directory.list()).toHaveLength(1);
      });

      it('finds a name taken that a v3 client has, with a key or freshly registered', async () => {
        const id = newId();
        await tables.directory.register({ id, name: 'Alice', nameKey: 'alice' }, 1000, 1);
        expect(await join('alice', 1500, 1000)).toBeUndefined();
        await tables.directory.bindKey(id, KEY, 1000);
        expect(await join('alice', 99_000, 98_000)).toBeUndefined();
      });

      it('takes over the name of a dead v3 client, with its files and folder', async () => {
        const row = await addClient(tables, 'Alice', 1000);
        await verify(tables, aFile(row, 'f'));
        const joined = await join('ALICE', 5000, 1001);
        expect(joined).toMatchObject({ row, name: 'Alice' });
        expect(await tables.uploads.list(row, '', '', 10)).toMatchObject([{ path: 'f', seq: 0 }]);
      });
    });

    describe('a v4 client', () => {
      it('does not exist for v3', async () => {
        const alice = await addMachine(tables, 'alice', 1);
        expect(await tables.directory.find(alice.id)).toBeUndefined();
        expect(await tables.directory.findByName('alice')).toBeUndefined();
        expect(await tables.directory.bindKey(alice.id, KEY, 1)).toBeUndefined();
        expect(await tables.directory.reset('alice')).toBe(false);
        expect(await registerV3('alice', 99_000, 98_000)).toBe(false);
        await tables.directory.forgetDead(98_000);
        expect(await tables.machines.findBySpki(alice.spki)).toEqual(alice);
      });

      it('is listed beside those of v3', async () => {
        await addMachine(tables, 'bob');
        await addClient(tables, 'alice');
        const listed = (await tables.directory.list()).map(({ name, machine }) => [name, machine]);
        expect(listed).toEqual([
          ['alice', null],
          ['bob', 'joined'],
        ]);
      });

      it('is heard of', async () => {
        const { row } = await addMachine(tables, 'alice');
        await tables.machines.touch(row, 7000);
        expect(await tables.directory.list()).toMatchObject([{ lastSeenAt: 7000, registeredAt: 1000 }]);
      });
    });

    describe('tokens', () => {
      it('let one key in, under their name', async () => {
        const hash = newSpki();
        const token = { hash, name: 'Alice', nameKey: 'alice', writeOnly: true, expiresAt: 9000 };
        await tables.machines.addToken(token, 1000, LONG_AGO);
        const joined = await joinByToken(hash);
        expect(joined).toMatchObject({ name: 'Alice', writeOnly: true });
        expect(await joinByToken(hash)).toBeUndefined();
      });

      it('have one winner when many come at once', async () => {
        const hash = await addToken('alice');
        const tried = await Promise.all([1, 2, 3, 4, 5].map(() => joinByToken(hash)));
        expect(tried.filter((machine) => machine !== undefined)).toHaveLength(1);
      });

      it('are not used up by a key that has joined', async () => {
        const bob = await addMachine(tables, 'bob');
        const hash = await addToken('alice');
        expect(await joinByToken(hash, 2000, bob.spki)).toEqual(bob);
        expect(await joinByToken(hash)).toMatchObject({ name: 'alice' });
      });

      it('expire, and are unknown otherwise', async () => {
        const hash = await addToken('alice', 9000);
        expect(await joinByToken(newSpki())).toBeUndefined();
        expect(await joinByToken(hash, 9000)).toBeUndefined();
        expect(await joinByToken(hash, 8999)).toMatchObject({ name: 'alice' });
      });

      it('keep their name until they expire, from everybody', async () => {
        await addToken('Alice', 9000);
        expect(await join('alice', 8999)).toBeUndefined();
        expect(await registerV3('alice', 8999)).toBe(false);
        expect(await outcome(addToken('alice', 99_000, 8999))).toBe('name-taken');
        expect(await join('alice', 9000)).toMatchObject({ name: 'alice' });
      });

      it('are not made for a name that somebody has', async () => {
        await addMachine(tables, 'alice');
        const bob = newId();
        await tables.directory.register({ id: bob, name: 'bob', nameKey: 'bob' }, 1000, 1);
        expect(await outcome(addToken('alice'))).toBe('name-taken');
        expect(await outcome(addToken('bob', 99_000, 5000, 1000))).toBe('name-taken');
        expect(await outcome(addToken('bob', 99_000, 5000, 1001))).toBe('ok');
      });

      it('keep a dead v3 name from its old owner too', async () => {
        const id = newId();
        await tables.directory.register({ id, name: 'alice', nameKey: 'alice' }, 1000, 1);
        const hash = await addToken('alice', 9000, 5000, 1001);
        expect((await tables.directory.bindKey(id, KEY, 6000))?.key).toBeNull();
        expect(await joinByToken(hash, 7000)).toMatchObject({ name: 'alice' });
      });

      it('may be made again for a name when they have expired', async () => {
        await addToken('alice', 9000);
        expect(await outcome(addToken('alice', 99_000, 9000))).toBe('ok');
      });
    });

    describe('revoke', () => {
      it('marks a client, and keeps its name and key', async () => {
        const alice = await addMachine(tables, 'Alice');
        expect(await tables.machines.revoke('alice')).toEqual({ ...alice, revoked: true });
        expect(await tables.machines.findBySpki(alice.spki)).toMatchObject({ revoked: true });
        expect(await join('alice', 99_000, 98_000)).toBeUndefined();
        expect(await tables.machines.revoke('alice')).toMatchObject({ revoked: true });
        expect(await tables.directory.list()).toMatchObject([{ name: 'Alice', machine: 'revoked' }]);
      });

      it('leaves the name to whoever the operator makes a token for: another client', async () => {
        const alice = await addMachine(tables, 'Alice');
        await storeFile(alice.row, 'f', 'by the old key');
        await tables.machines.revoke('alice');
        const hash = await addToken('alice', 9000, 1000);
        expect(await join('alice', 2000, 2000), 'and to nobody else').toBeUndefined();
        const heir = await joinByToken(hash, 2000);
        expect(heir).toMatchObject({ name: 'Alice', revoked: false, lastReceipt: null });
        expect(heir?.id).not.toEqual(alice.id);
        const listed = (await tables.directory.list()).map(({ name, machine }) => [name, machine]);
        expect(listed).toEqual([
          ['Alice', 'joined'],
          ['Alice.~1~', 'revoked'],
        ]);
        expect(await tables.machines.findBySpki(alice.spki)).toMatchObject({
          name: 'Alice.~1~',
          revoked: true,
        });
      });

      it('leaves the files to the new key, and the receipts with the old one', async () => {
        const alice = await addMachine(tables, 'alice');
        await storeFile(alice.row, 'f', 'by the old key');
        await tables.machines.revoke('alice');
        const heir = await joinByToken(await addToken('alice'));
        const row = heir?.row ?? 0;
        expect(await tables.uploads.list(row, '', '', 10)).toMatchObject([{ path: 'f', seq: 0 }]);
        expect(await tables.uploads.findVersion(row, 'f')).toMatchObject({ receipt: null, seq: 0 });
        expect(await storeFile(row, 'f', 'by the old key'), 'the same gets a receipt of its own').toBe(1);
        expect(await storeFile(row, 'g', 'new')).toBe(2);
        expect(await storeFile(row, 'g', 'new'), 'and is there from then on').toBe(2);
      });

      it('may happen to one key of a name after the other', async () => {
        const keys: Machine[] = [await addMachine(tables, 'alice')];
        for (let time = 0; time < 3; time++) {
          await storeFile(keys.at(-1)?.row ?? 0, `${time}`, 'x');
          await tables.machines.revoke('alice');
          const heir = await joinByToken(await addToken('alice'));
          if (heir) keys.push(heir);
        }
        const names = await Promise.all(
          keys.map(async ({ spki }) => (await tables.machines.findBySpki(spki))?.name),
        );
        expect(names).toEqual(['alice.~1~', 'alice.~2~', 'alice.~3~', 'alice']);
        expect(await tables.uploads.list(keys.at(-1)?.row ?? 0, '', '', 10)).toHaveLength(3);
      });

      it('knows none that did not join by v4', async () => {
        await addClient(tables, 'bob');
        expect(await tables.machines.revoke('bob')).toBeUndefined();
        expect(await tables.machines.revoke('nobody')).toBeUndefined();
      });
    });
  });
}
