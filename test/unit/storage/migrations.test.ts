import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { newReceiptKey } from '../../../src/crypto/receipt-key.ts';
import { DatabaseManager } from '../../../src/storage/database-manager.ts';
import type { ReceivedFile } from '../../../src/transfer/ports.ts';
import { FastFolder } from '../../support/fast-folder.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { rules, terms } from '../../contract/tables.ts';

const SCHEMA_1 = readFileSync(new URL('schema-1.sql', import.meta.url), 'utf8');
const ID = Buffer.alloc(16, 0x21);
const KEY = { public: Buffer.from('public'), aes: Buffer.from('sealed') };

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

let databases = 0;

/** A database as the first release left it: a client with a key, a verified file, one under way and one that failed. */
function oldDatabase(change = ''): string {
  databases += 1;
  const file = join(folder.path, `${databases}.db`);
  using db = disposable(file);
  db.exec(SCHEMA_1);
  db.pragma('journal_mode = WAL');
  db.pragma('user_version = 1');
  db.prepare(
    `INSERT INTO clients VALUES (3, ?, 'Alice', 'alice', ?, ?, 1000, 2000, 'cksum-plaintext', 1, 0, 1, NULL, NULL)`,
  ).run(ID, KEY.public, KEY.aes);
  const insert = db.prepare(
    `INSERT INTO files VALUES (?, 3, 'C:\\f', ?, ?, 2, ?, 'ciphertext', 5000000000, 7, x'01020304', 'zlib-plaintext-be', 1500, ?)`,
  );
  insert.run(1, 'dir/f', 'verified', null, 1600);
  insert.run(2, 'dir/f', 'pending', 'aa', null);
  insert.run(5, 'g', 'failed', null, 1700);
  insert.run(9, 'gone', 'failed', null, 1700);
  db.exec(`DELETE FROM files WHERE row = 9; ${change}`);
  return file;
}

function disposable(file: string): SqliteDatabase.Database & Disposable {
  const db = new SqliteDatabase(file);
  return Object.assign(db, { [Symbol.dispose]: () => db.close() });
}

describe('an upgrade from schema 1', () => {
  it('keeps clients and files as they were', () => {
    const file = oldDatabase();
    using manager = new DatabaseManager(file);
    expect(manager.clients.find(ID)).toMatchObject({
      ...{ row: 3, name: 'Alice', key: { publicKey: KEY.public, sealedAesKey: KEY.aes } },
      dialect: {
        crc: 'cksum-plaintext',
        crcConfirmed: true,
        repliesTo1030: false,
        repliesTo1030Confirmed: true,
      },
    });
    expect(manager.clients.list()).toMatchObject([{ machine: null, verifiedFiles: 1, verifiedBytes: 5e9 }]);
    expect(manager.files.listOpen()).toMatchObject([
      {
        ...{ row: 2, clientRow: 3, path: 'dir/f', state: 'pending', sends: 2, temporaryName: 'aa' },
        ...{ size: 5e9, crc32: 7, crc: 'zlib-plaintext-be', receivedAt: 1500 },
      },
    ]);
    using db = disposable(file);
    expect(db.prepare('SELECT row, name, form, settled_at FROM files ORDER BY row').all()).toEqual([
      { row: 1, name: 'C:\\f', form: 'ciphertext', settled_at: 1600 },
      { row: 2, name: 'C:\\f', form: 'ciphertext', settled_at: null },
      { row: 5, name: 'C:\\f', form: 'ciphertext', settled_at: 1700 },
    ]);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.pragma('foreign_key_check')).toEqual([]);
  });

  it('lets files under way go on, and uses no row number again', () => {
    using manager = new DatabaseManager(oldDatabase());
    manager.files.recordIntent(2);
    manager.files.recordVerified(2, 3000);
    expect(manager.uploads.list(3, '', '', 9)).toMatchObject([
      { path: 'dir/f', size: 5e9, mtime: 1_500_000_000n, mode: 0o600, seq: 0 },
    ]);
    const file: ReceivedFile = {
      ...{ clientRow: 3, name: 'n', path: 'n', temporaryName: 'b', size: 1, crc32: 1 },
      ...{ form: 'plaintext', crc: 'zlib-ciphertext', wireCrc: Buffer.alloc(4) },
    };
    manager.files.recordPending(file, rules(), 1);
    expect(manager.files.findOpen(3, 'n')?.row).toBe(10);
  });

  it('uses no row number again where all files are gone', () => {
    const file = oldDatabase('DELETE FROM files');
    using manager = new DatabaseManager(file);
    const machine = { id: Buffer.alloc(16, 1), spki: Buffer.alloc(32), name: 'b', nameKey: 'b' };
    expect(manager.machines.join(machine, 1, 1)?.row).toBe(4);
    using db = disposable(file);
    expect(db.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'files'`).pluck().get()).toBe(9);
  });

  it('is done wholly or not at all', () => {
    const file = oldDatabase('CREATE TABLE receipts (in_the_way INTEGER)');
    expect(outcomeOf(() => new DatabaseManager(file))).toBe('storage-failed');
    using db = disposable(file);
    expect(db.pragma('user_version', { simple: true })).toBe(1);
    expect(db.prepare('SELECT count(*) FROM files').pluck().get()).toBe(3);
    expect(db.prepare(`SELECT count(*) FROM sqlite_schema WHERE name = 'tokens'`).pluck().get()).toBe(0);
    db.exec('DROP TABLE receipts');
    new DatabaseManager(file)[Symbol.dispose]();
    expect(db.pragma('user_version', { simple: true })).toBeGreaterThan(1);
  });
});

describe('a database without a receipt key', () => {
  it('is good for reading, and commits no v4 file', () => {
    const file = oldDatabase();
    const machine = { id: Buffer.alloc(16, 1), spki: Buffer.alloc(32), name: 'b', nameKey: 'b' };
    const small = { path: 'f', size: 1, mtime: 1n, mode: 0, sha256: Buffer.alloc(32), record: 1, ...terms() };
    {
      using manager = new DatabaseManager(file);
      const { row: clientRow = 0 } = manager.machines.join(machine, 1, 1) ?? {};
      const commit = () => manager.uploads.commitJournaled([{ ...small, clientRow }], 1);
      expect(outcomeOf(commit)).toBe('internal');
      expect(manager.uploads.list(clientRow, '', '', 9)).toEqual([]);
    }
    const issuer = { receiptKey: newReceiptKey(), serverPin: 'p' };
    using manager = new DatabaseManager(file, issuer);
    const { row: clientRow = 0 } = manager.machines.findBySpki(machine.spki) ?? {};
    expect(manager.uploads.commitJournaled([{ ...small, clientRow }], 1)).toHaveLength(1);
  });
});
