import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthenticKnock } from '../../src/gate/ports.ts';
import type { FleetJoining } from '../../src/transfer/join-ports.ts';
import { addMachine, LONG_AGO, newId, newSpki, type OpenTables, type Tables } from './tables.ts';

/** What every FleetLineStore must do. */
export function fleetLinesContract(open: OpenTables): void {
  describe('FleetLineStore', () => {
    let tables: Tables;
    beforeEach(async () => {
      tables = await open();
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    const add = async (pattern: string, uses = 2, writeOnly = false, expiresAt = 9000) => {
      const hash = newSpki();
      const { row } = await tables.fleet.add({ hash, pattern, uses, writeOnly, madeAt: 1000, expiresAt });
      return { hash, row };
    };
    const join = (
      hash: Uint8Array,
      name: string | null,
      now = 2000,
      spki = newSpki(),
    ): Promise<FleetJoining> => tables.fleet.join({ id: newId(), spki, name }, hash, now, LONG_AGO);
    const left = async (now = 2000): Promise<number[]> =>
      (await tables.fleet.list(now)).map(({ usesLeft }) => usesLeft);

    it('lets as many machines in as it has uses, under the names they ask for', async () => {
      const { hash } = await add('web-*', 2, true);
      expect(await join(hash, 'Web-1')).toMatchObject({ machine: { name: 'Web-1', writeOnly: true } });
      expect(await left()).toEqual([1]);
      expect(await join(hash, 'web-2')).toMatchObject({ outcome: 'joined' });
      expect(await join(hash, 'web-3')).toEqual({ outcome: 'unknown' });
      expect(await left(), 'it is good no longer').toEqual([]);
    });

    it('exactly as many win as it has uses, when three times as many come at once', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 20 }), async (uses) => {
          const { hash } = await add('*', uses);
          const prefix = Buffer.from(hash).toString('hex', 0, 6);
          const all = Array.from({ length: 3 * uses }, (_, i) => join(hash, `${prefix}-${i}`));
          const won = (await Promise.all(all)).filter(({ outcome }) => outcome === 'joined');
          expect(won).toHaveLength(uses);
          expect(await join(hash, `${prefix}-late`)).toEqual({ outcome: 'unknown' });
        }),
        { numRuns: 10 },
      );
    });

    it('is not used up by a name that it is not for, that is taken, or that is none', async () => {
      const { hash } = await add('web-*', 1);
      await addMachine(tables, 'WEB-1');
      expect(await join(hash, 'db-1')).toEqual({ outcome: 'bad-name' });
      expect(await join(hash, null)).toEqual({ outcome: 'bad-name' });
      expect(await join(hash, 'web-1')).toEqual({ outcome: 'name-taken' });
      expect(await left()).toEqual([1]);
    });

    it('is not used up by a key that has joined', async () => {
      const { hash } = await add('*', 1);
      const alice = await addMachine(tables, 'alice');
      expect(await join(hash, 'bob', 2000, alice.spki)).toEqual({ outcome: 'joined', machine: alice });
      expect(await left()).toEqual([1]);
    });

    it('gives no name that a join line keeps, or that was revoked', async () => {
      const { hash } = await add('*', 1);
      const token = { hash: newSpki(), name: 'kept', nameKey: 'kept', writeOnly: false, expiresAt: 9000 };
      await tables.machines.addToken(token, 1000, LONG_AGO);
      await addMachine(tables, 'lost');
      await tables.machines.revoke('lost');
      expect(await join(hash, 'kept')).toEqual({ outcome: 'name-taken' });
      expect(await join(hash, 'lost')).toEqual({ outcome: 'name-taken' });
    });

    it('expires', async () => {
      const { hash } = await add('*', 2, false, 9000);
      expect(await join(hash, 'late', 9000)).toEqual({ outcome: 'unknown' });
      expect(await left(9000)).toEqual([]);
      expect(await join(hash, 'in time', 8999)).toMatchObject({ outcome: 'joined' });
    });

    it('is dropped by its number; who joined by it stays', async () => {
      const { hash, row } = await add('web-*');
      await join(hash, 'web-1');
      expect(await tables.fleet.drop(row)).toMatchObject({ pattern: 'web-*', usesLeft: 1 });
      expect(await tables.fleet.drop(row)).toBeUndefined();
      expect(await join(hash, 'web-2')).toEqual({ outcome: 'unknown' });
      expect(await tables.directory.list()).toMatchObject([{ name: 'web-1', machine: 'joined' }]);
    });

    it('is known of who joined by it, also when it is gone', async () => {
      const { hash, row } = await add('*');
      await join(hash, 'by-line');
      await addMachine(tables, 'by-itself');
      await tables.fleet.drop(row);
      expect(await tables.directory.list()).toMatchObject([
        { name: 'by-itself', joinedBy: null },
        { name: 'by-line', joinedBy: row },
      ]);
    });

    it('is undone: good no longer, and whoever joined by it is revoked, once', async () => {
      const [leaked, other] = [await add('*', 9), await add('*', 9)];
      await join(leaked.hash, 'a');
      await join(leaked.hash, 'b');
      await join(other.hash, 'c');
      await tables.machines.revoke('b');
      const undone = await tables.machines.revokeJoinedBy(leaked.row);
      expect(undone).toMatchObject({ wasGood: true, machines: [{ name: 'a', revoked: true }] });
      expect(await join(leaked.hash, 'd')).toEqual({ outcome: 'unknown' });
      expect(await join(other.hash, 'e')).toMatchObject({ outcome: 'joined' });
      const states = (await tables.directory.list()).map(({ name, machine }) => `${name}: ${machine}`);
      expect(states).toEqual(['a: revoked', 'b: revoked', 'c: joined', 'e: joined']);
      expect(await tables.machines.revokeJoinedBy(leaked.row)).toEqual({ wasGood: false, machines: [] });
    });

    it('is not undone on who has the name of a client of it by another line', async () => {
      const { hash, row } = await add('*');
      await join(hash, 'web');
      await tables.machines.revoke('web');
      const token = { hash: newSpki(), name: 'web', nameKey: 'web', writeOnly: false, expiresAt: 9000 };
      await tables.machines.addToken(token, 1000, LONG_AGO);
      await tables.machines.joinByToken({ id: newId(), spki: newSpki() }, token.hash, 2000);
      expect(await tables.directory.list()).toMatchObject([
        { name: 'web', joinedBy: null, machine: 'joined' },
        { name: 'web.~1~', joinedBy: row, machine: 'revoked' },
      ]);
      expect(await tables.machines.revokeJoinedBy(row)).toEqual({ wasGood: true, machines: [] });
    });

    it('answers a request of the same key', async () => {
      const { hash } = await add('*');
      const spki = newSpki();
      const request = {
        spki,
        name: 'web',
        nameKey: 'web',
        address: '::1',
        source: 'loopback',
        network: 'loopback',
      };
      const bounds = { all: 1, ofSource: 1, lifetime: 1000 };
      await tables.requests.ask(request, bounds, 2000);
      await join(hash, 'web', 2000, spki);
      expect(await tables.requests.list(bounds, 2000)).toEqual([]);
    });

    it('opens the gate as long as it is good', async () => {
      const { hash } = await add('web-*', 1);
      const knock = (n: number): AuthenticKnock => ({
        action: 'open',
        by: 'join-line',
        id: hash,
        time: 2000,
        address: '192.0.2.1',
        nonce: new Uint8Array(16).fill(n),
      });
      expect(await tables.knocks.joinLines(2000)).toHaveLength(1);
      expect(await tables.knocks.take(knock(1), 2000, 0)).toEqual({ outcome: 'taken', name: 'web-*' });
      expect(await tables.knocks.take(knock(1), 2000, 0)).toEqual({ outcome: 'replayed' });
      expect(await tables.knocks.take(knock(2), 2000, 0)).toEqual({ outcome: 'taken', name: 'web-*' });
      await join(hash, 'web-1');
      expect(await tables.knocks.joinLines(2000)).toEqual([]);
      expect(await tables.knocks.take(knock(3), 2000, 0)).toEqual({ outcome: 'unknown' });
    });
  });
}
