// What guard and gate keep, in a real database.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthenticKnock } from '../../src/gate/ports.ts';
import type { SuspectRow } from '../../src/guard/ports.ts';
import { Database } from '../../src/storage/database.ts';
import { LONG_AGO, newId } from '../contract/tables.ts';
import { FastFolder } from '../support/fast-folder.ts';

const NOW = Date.UTC(2030, 0, 1);
const HOUR = 3_600_000;

let folder: FastFolder;
let database: Database;
beforeEach(async () => {
  folder = await FastFolder.create();
  database = await Database.open(join(folder.path, 'sesame.db'));
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function reopened(): Promise<Database> {
  await database[Symbol.asyncDispose]();
  database = await Database.open(join(folder.path, 'sesame.db'));
  return database;
}

describe('what the guard keeps', () => {
  const row: SuspectRow = {
    ...{ who: '192.0.2.7', score: 12.5, scoredAgo: -3.25, strikes: 2, struckAgo: -3.25 },
    ...{ blockLeft: 14_000, blockBy: 'score', reason: 'noise', savedAt: NOW },
  };

  it('comes back as it was', async () => {
    const other: SuspectRow = { ...row, who: 'client:web\n', blockLeft: 0, blockBy: null, reason: null };
    await database.guard.saveSuspects([row, other], []);
    await database.guard.saveSuspects([{ ...row, score: 1 }], ['nobody']);
    const { guard } = await reopened();
    expect(await guard.suspects()).toEqual([{ ...row, score: 1 }, other]);
    await guard.saveSuspects([], [row.who]);
    expect(await guard.suspects()).toEqual([other]);
  });

  it('has one PIN at a time', async () => {
    expect(await database.guard.pin()).toBeUndefined();
    await database.guard.savePin({ hash: 'one', madeAt: NOW });
    await database.guard.savePin({ hash: 'two', madeAt: NOW + 1 });
    expect(await (await reopened()).guard.pin()).toEqual({ hash: 'two', madeAt: NOW + 1 });
  });

  it('forgets throttles that are full again', async () => {
    await database.guard.saveThrottles([{ who: 'a', left: 1000, savedAt: NOW }]);
    await database.guard.saveThrottles([{ who: 'b', left: 5000, savedAt: NOW + 2000 }]);
    expect(await (await reopened()).guard.throttles()).toEqual([
      { who: 'b', left: 5000, savedAt: NOW + 2000 },
    ]);
  });
});

describe('knocks', () => {
  const spki = Buffer.alloc(32, 7);
  const knock = (id: Uint8Array, changes: Partial<AuthenticKnock> = {}): AuthenticKnock => ({
    ...{ action: 'open', id, by: 'client', time: NOW, nonce: Buffer.alloc(16, 1), address: '192.0.2.7' },
    ...changes,
  });
  async function aMachine(): Promise<Uint8Array> {
    const id = newId();
    await database.machines.join({ id, spki, name: 'web', nameKey: 'web' }, NOW, LONG_AGO);
    return id;
  }

  it('are taken once, also behind a restart', async () => {
    const id = await aMachine();
    expect(await database.knocks.take(knock(id), NOW, NOW - HOUR)).toEqual({ outcome: 'taken', name: 'web' });
    expect(await (await reopened()).knocks.take(knock(id), NOW, NOW - HOUR)).toEqual({ outcome: 'replayed' });
    const another = knock(id, { nonce: Buffer.alloc(16, 2) });
    expect(await database.knocks.take(another, NOW, NOW - HOUR)).toMatchObject({ outcome: 'taken' });
  });

  it('of the same moment are taken once', async () => {
    const id = await aMachine();
    const all = await Promise.all(
      Array.from({ length: 20 }, () => database.knocks.take(knock(id), NOW, NOW - HOUR)),
    );
    expect(all.filter(({ outcome }) => outcome === 'taken')).toHaveLength(1);
  });

  it('are of nobody who is not there, or was revoked, or has tokens only', async () => {
    const id = await aMachine();
    expect(await database.knocks.take(knock(newId()), NOW, 0)).toEqual({ outcome: 'unknown' });
    await database.machines.revoke('web');
    expect(await database.knocks.take(knock(id), NOW, 0)).toEqual({ outcome: 'unknown' });
    const keyless = newId();
    const owner = {
      id: keyless,
      spki: Buffer.alloc(32, 8),
      name: 'script',
      nameKey: 'script',
      writeOnly: false,
    };
    await database.tokens.add({ hash: Buffer.alloc(32, 9), expiresAt: null }, owner, NOW, LONG_AGO);
    expect(await database.knocks.take(knock(keyless), NOW, 0)).toEqual({ outcome: 'unknown' });
  });

  it('of a join line are taken as long as it is good', async () => {
    const hash = Buffer.alloc(32, 5);
    const token = { hash, name: 'new', nameKey: 'new', writeOnly: false, expiresAt: NOW + HOUR };
    await database.machines.addToken(token, NOW, LONG_AGO);
    expect((await database.knocks.joinLines(NOW)).map((line) => Buffer.from(line))).toEqual([hash]);
    const first = knock(hash, { by: 'join-line' });
    expect(await database.knocks.take(first, NOW, 0)).toEqual({ outcome: 'taken', name: 'new' });
    // What is a join line's is no client's, whatever the bytes.
    expect(await database.knocks.take(knock(hash), NOW, 0)).toEqual({ outcome: 'unknown' });
    const late = knock(hash, { by: 'join-line', nonce: Buffer.alloc(16, 3) });
    expect(await database.knocks.take(late, NOW + HOUR, 0)).toEqual({ outcome: 'unknown' });
    expect(await database.knocks.joinLines(NOW + HOUR)).toEqual([]);
  });

  it('are forgotten when they are too old to be taken in any case', async () => {
    const id = await aMachine();
    await database.knocks.take(knock(id), NOW, 0);
    const later = knock(id, { nonce: Buffer.alloc(16, 2), time: NOW + HOUR });
    await database.knocks.take(later, NOW + HOUR, NOW + 1);
    expect(await database.knocks.take(knock(id), NOW, 0)).toMatchObject({ outcome: 'taken' });
  });
});
