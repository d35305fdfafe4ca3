import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Asking, JoinBounds } from '../../src/transfer/join-ports.ts';
import { outcome } from '../support/outcome.ts';
import { addMachine, LONG_AGO, newId, newSpki, type OpenTables, type Tables } from './tables.ts';

const BOUNDS: JoinBounds = { all: 6, ofSource: 3, lifetime: 1_000_000 };

/** What every JoinRequestStore must do. */
export function joinRequestsContract(open: OpenTables): void {
  describe('JoinRequestStore', () => {
    let tables: Tables;
    beforeEach(async () => {
      tables = await open();
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    const ask = (name: string, spki = newSpki(), source = '192.0.2.1', now = 1000): Promise<Asking> => {
      const network = source.replace(/\d+$/, '0/24');
      const request = { spki, name, nameKey: name.toLowerCase(), address: source, source, network };
      return tables.requests.ask(request, BOUNDS, now);
    };
    const names = async (now = 1000): Promise<string[]> =>
      (await tables.requests.list(BOUNDS, now)).map(({ name }) => name);
    const approve = (spki: Uint8Array, asked: string, name = asked, writeOnly = false) =>
      tables.requests.approve(
        { spki, nameKey: asked.toLowerCase() },
        { id: newId(), name, nameKey: name.toLowerCase(), writeOnly },
        2000,
        LONG_AGO,
      );
    const deny = (spki: Uint8Array, name: string, now = 2000): Promise<boolean> =>
      tables.requests.deny({ spki, nameKey: name }, now);

    it('keeps who asks, once for each key, under its last name and address', async () => {
      const spki = newSpki();
      expect(await ask('web', spki, '192.0.2.1', 1000)).toBe('new');
      expect(await ask('web', spki, '192.0.2.1', 1001)).toBe('waiting');
      expect(await ask('Web-2', spki, '192.0.2.9', 5000)).toBe('waiting');
      const listed = await tables.requests.list(BOUNDS, 5000);
      expect(listed).toMatchObject([
        { name: 'Web-2', address: '192.0.2.9', askedAt: 1000, heardAt: 5000, deniedAt: null },
      ]);
      expect(Buffer.from(listed[0]?.spki ?? [])).toEqual(Buffer.from(spki));
    });

    it('keeps a request for a day from when it was made, however often that is asked again', async () => {
      const [one, other] = [newSpki(), newSpki()];
      await ask('one', one, '192.0.2.1', 1000);
      await ask('other', other, '192.0.2.1', 500_000);
      for (let now = 100_000; now <= 1_000_000; now += 100_000) await ask('one', one, '192.0.2.1', now);
      expect(await names(1_000_999)).toEqual(['one', 'other']);
      expect(await names(1_001_000)).toEqual(['other']);
      expect(await ask('one', one, '192.0.2.1', 1_001_000), 'anew').toBe('new');
      expect(await names(1_001_000), 'behind those who wait').toEqual(['other', 'one']);
    });

    it('where there is no room, the network with the most loses its newest to a newcomer from elsewhere', async () => {
      const fates: Asking[] = [];
      for (let i = 0; i < 4; i++) fates.push(await ask(`a${i}`, newSpki(), `192.0.2.${i}`, 1000 + i));
      for (let i = 0; i < 2; i++) fates.push(await ask(`b${i}`, newSpki(), `198.51.100.${i}`, 1010 + i));
      expect(fates).toEqual(Array(6).fill('new'));
      expect(await ask('a4', newSpki(), '192.0.2.9', 1020), 'from the fullest itself').toBe('full');
      expect(await ask('c', newSpki(), '203.0.113.1', 1020)).toBe('new');
      expect((await names(1020)).sort()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'c']);
      expect(await ask('b2', newSpki(), '198.51.100.9', 1020), 'it would have more than that').toBe('full');
      expect(await ask('d', newSpki(), '203.0.114.1', 1020)).toBe('new');
      expect((await names(1020)).sort()).toEqual(['a0', 'a1', 'b0', 'b1', 'c', 'd']);
      expect(await ask('c2', newSpki(), '203.0.113.2', 1020), 'as many as the fullest keeps').toBe('full');
      expect(await ask('e', newSpki(), '203.0.115.1', 1020)).toBe('new');
      expect((await names(1020)).sort(), 'of two, the newest').toEqual(['a0', 'a1', 'b0', 'c', 'd', 'e']);
    });

    it('the denied make room before any network has to', async () => {
      const denied = newSpki();
      await ask('x', denied, '203.0.113.1', 1000);
      for (let i = 0; i < 5; i++) await ask(`a${i}`, newSpki(), `192.0.2.${i}`, 1000 + i);
      await deny(denied, 'x', 1010);
      expect(await ask('c', newSpki(), '203.0.114.1', 1020)).toBe('new');
      expect(await names(1020)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'c']);
    });

    it('takes so many of one source, and so many in all', async () => {
      const fates = [];
      for (let i = 0; i < 4; i++) fates.push(await ask(`a${i}`, newSpki(), '192.0.2.1'));
      for (let i = 0; i < 4; i++) fates.push(await ask(`b${i}`, newSpki(), '2001:db8:0:1::/64'));
      fates.push(await ask('c', newSpki(), '192.0.2.3'));
      const three = ['new', 'new', 'new', 'full'];
      expect(fates).toEqual([...three, ...three, 'full']);
    });

    it('lets who waits already ask on behind the bounds, from elsewhere too', async () => {
      const spki = newSpki();
      await ask('mobile', spki, '192.0.2.9');
      for (let i = 0; i < 3; i++) await ask(`a${i}`);
      expect(await ask('mobile', spki, '192.0.2.1')).toBe('waiting');
    });

    it('makes room of the oldest that was denied', async () => {
      const keys = [newSpki(), newSpki(), newSpki()];
      for (const [i, key] of keys.entries()) await ask(`a${i}`, key);
      await deny(keys[1] ?? newSpki(), 'a1', 1001);
      await deny(keys[0] ?? newSpki(), 'a0', 1002);
      expect(await ask('new')).toBe('new');
      expect(await ask('newer')).toBe('new');
      expect(await ask('newest')).toBe('full');
      expect(await names()).toEqual(expect.arrayContaining(['a2', 'new', 'newer']));
      expect(await names()).toHaveLength(3);
    });

    it('remembers for a day whom it denied, however often that asks', async () => {
      const spki = newSpki();
      await ask('bad', spki);
      expect(await deny(spki, 'bad', 2000)).toBe(true);
      expect(await ask('bad', spki, '192.0.2.1', 900_000)).toBe('denied');
      expect(await ask('other name', spki, '192.0.2.2', 1_001_999)).toBe('denied');
      expect(await ask('bad', spki, '192.0.2.1', 1_002_000), 'and forgets it then').toBe('new');
    });

    it('makes a client of who is approved, and of nobody else', async () => {
      const [good, twin] = [newSpki(), newSpki()];
      await ask('Web', good);
      await ask('web', twin);
      expect(await approve(newSpki(), 'web'), 'a key that does not ask').toBeUndefined();
      expect(await approve(good, 'db'), 'a name that it does not ask for').toBeUndefined();
      expect(await approve(good, 'web', 'Web', true)).toMatchObject({ name: 'Web', writeOnly: true });
      expect(await tables.machines.findBySpki(good)).toMatchObject({ name: 'Web' });
      expect(await tables.machines.findBySpki(twin)).toBeUndefined();
      expect(await names()).toEqual(['web']);
    });

    it('says when the name is taken by then, in whatever case, and lets it wait for another', async () => {
      const spki = newSpki();
      await ask('web', spki);
      await addMachine(tables, 'WEB');
      expect(await outcome(approve(spki, 'web'))).toBe('name-taken');
      expect(await names()).toEqual(['web']);
      expect(await approve(spki, 'web', 'web-2')).toMatchObject({ name: 'web-2' });
    });

    it('has no request of a key that a client has, however that joined', async () => {
      const spki = newSpki();
      await ask('web', spki);
      await tables.machines.join(
        { id: newId(), spki, name: 'meanwhile', nameKey: 'meanwhile' },
        1500,
        LONG_AGO,
      );
      expect(await names()).toEqual([]);
      expect(await approve(spki, 'web')).toBeUndefined();
      expect(await ask('web', spki)).toBe('known');
    });

    it('one of two approvals for a name wins', async () => {
      const keys = [newSpki(), newSpki(), newSpki()];
      for (const key of keys) await ask('web', key);
      const fates = await Promise.all(keys.map((key) => outcome(approve(key, 'web'))));
      expect(fates.sort()).toEqual(['name-taken', 'name-taken', 'ok']);
    });

    it('denies nobody who does not ask', async () => {
      expect(await deny(newSpki(), 'web')).toBe(false);
    });
  });
}
