import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseManager } from '../../../src/storage/database-manager.ts';
import { FastFolder } from '../../support/fast-folder.ts';

// What the tables themselves refuse, whoever writes to them.
const CLIENT = {
  id: Buffer.alloc(16, 1),
  name: 'alice',
  name_key: 'alice',
  public_key: null,
  sealed_aes_key: null,
  registered_at: 1,
  last_seen_at: 1,
  crc: 'zlib-ciphertext',
  crc_confirmed: 0,
  replies_1030: 1,
  replies_1030_confirmed: 0,
  trial_path: null,
  trial_expects: null,
};
const FILE = {
  client_row: 1,
  name: 'f',
  path: 'f',
  state: 'pending',
  sends: 1,
  temporary_name: 'a',
  form: 'plaintext',
  size: 1,
  crc32: 1,
  wire_crc: Buffer.alloc(4),
  crc: 'zlib-ciphertext',
  received_at: 1,
  settled_at: null,
};

let folder: FastFolder;
let db: SqliteDatabase.Database;

beforeAll(async () => {
  folder = await FastFolder.create();
  const file = join(folder.path, 'sesame.db');
  new DatabaseManager(file)[Symbol.dispose]();
  db = new SqliteDatabase(file);
  db.pragma('foreign_keys = ON');
  insert('clients', CLIENT);
  insert('files', FILE);
});
afterAll(async () => {
  db.close();
  await folder[Symbol.asyncDispose]();
});

function insert(table: string, row: Readonly<Record<string, unknown>>): void {
  const columns = Object.keys(row);
  const places = columns.map((column) => `:${column}`);
  db.prepare(`INSERT INTO ${table} (${columns.join()}) VALUES (${places.join()})`).run(row);
}

const VERSION = {
  client_row: 1,
  path: 'v4',
  state: 'verified',
  sends: 1,
  form: 'plaintext',
  size: 1,
  received_at: 1,
  settled_at: 1,
  sha256: Buffer.alloc(32),
  mtime: 1n,
  mode: 0o644,
  receipt_seq: 1,
};
const UPLOAD = {
  client_row: 1,
  path: 'f',
  temporary_name: 'u',
  size: null,
  mtime: 1n,
  mode: 0o644,
  heard_at: 1,
  sha256: null,
};

const OTHER_CLIENT = { ...CLIENT, id: Buffer.alloc(16, 2), name_key: 'bob' };
const OTHER_FILE = { ...FILE, path: 'g', temporary_name: 'b' };

describe('clients', () => {
  it.for<[string, Partial<Record<keyof typeof CLIENT, unknown>>, RegExp]>([
    ['an id of 15 bytes', { id: Buffer.alloc(15) }, /CHECK/],
    ['an id of 17 bytes', { id: Buffer.alloc(17) }, /CHECK/],
    ['an id in use', { id: CLIENT.id }, /UNIQUE/],
    ['an id that is text', { id: '0123456789abcdef' }, /store TEXT/],
    ['a name key in use', { name_key: 'alice' }, /UNIQUE/],
    ['no name', { name: null }, /NOT NULL/],
    ['a time that is text', { registered_at: 'yesterday' }, /store TEXT/],
    ['a public key alone', { public_key: Buffer.alloc(3) }, /CHECK/],
    ['an AES key alone', { sealed_aes_key: Buffer.alloc(3) }, /CHECK/],
    ['half a trial', { trial_path: 'f' }, /CHECK/],
    ['a trial of another kind', { trial_path: 'f', trial_expects: 'luck' }, /CHECK/],
  ])('refuse %s', ([, change, why]) => {
    expect(() => insert('clients', { ...OTHER_CLIENT, ...change })).toThrow(why);
  });
});

describe('files', () => {
  it.for<[string, Partial<Record<keyof typeof FILE, unknown>>, RegExp]>([
    ['a client that is not there', { client_row: 99 }, /FOREIGN KEY/],
    ['an unknown state', { state: 'lost' }, /CHECK/],
    ['an unknown form', { form: 'encrypted' }, /CHECK/],
    ['a size that is text', { size: 'large' }, /store TEXT/],
    ['a temporary name in use', { temporary_name: 'a' }, /UNIQUE/],
    ['a second open upload of a path', { path: 'f', state: 'publishing' }, /UNIQUE/],
  ])('refuse %s', ([, change, why]) => {
    expect(() => insert('files', { ...OTHER_FILE, ...change })).toThrow(why);
  });

  it.for(['verified', 'failed'])('refuse a second %s version of a path', (state) => {
    const settled = { ...OTHER_FILE, path: 'settled', state, temporary_name: null };
    insert('files', settled);
    expect(() => insert('files', settled)).toThrow(/UNIQUE/);
  });

  it('keep a client that has any', () => {
    expect(() => db.prepare('DELETE FROM clients').run()).toThrow(/FOREIGN KEY/);
  });

  it('use no row number again', () => {
    insert('files', { ...OTHER_FILE, path: 'short-lived', temporary_name: 'c' });
    const last = db.prepare('SELECT max(row) FROM files').pluck();
    const before = last.get();
    db.prepare('DELETE FROM files WHERE row = ?').run(before);
    insert('files', { ...OTHER_FILE, path: 'next', temporary_name: 'd' });
    expect(last.get()).toBeGreaterThan(Number(before));
  });
});

describe('a client of v4', () => {
  const machine = { ...CLIENT, id: Buffer.alloc(16, 3), name_key: 'm', spki: Buffer.alloc(32, 3) };
  it.for<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['a key hash of 31 bytes', { spki: Buffer.alloc(31) }, /CHECK/],
    ['a receipt hash of 33 bytes', { receipt_hash: Buffer.alloc(33) }, /CHECK/],
    ['the name of a v3 client', { name_key: 'alice' }, /UNIQUE/],
  ])('has not %s', ([, change, why]) => {
    expect(() => insert('clients', { ...machine, ...change })).toThrow(why);
  });

  it('is the only one with its key', () => {
    insert('clients', machine);
    const other = { ...machine, id: Buffer.alloc(16, 4), name_key: 'n' };
    expect(() => insert('clients', other)).toThrow(/UNIQUE/);
  });
});

describe('a version of v4', () => {
  it.for<[string, Partial<Record<keyof typeof VERSION | 'name' | 'crc32', unknown>>]>([
    ['without SHA-256', { sha256: null }],
    ['with half a SHA-256', { sha256: Buffer.alloc(16) }],
    ['without time', { mtime: null }],
    ['without mode', { mode: null }],
    ['without receipt', { receipt_seq: null }],
    ['with what is of v3', { crc32: 1 }],
    ['that is not finished', { state: 'pending' }],
  ])('is not %s', ([, change]) => {
    expect(() => insert('files', { ...VERSION, ...change })).toThrow(/CHECK/);
  });

  it('stands alone at its path, whichever protocol brought the other', () => {
    insert('files', VERSION);
    expect(() => insert('files', VERSION)).toThrow(/UNIQUE/);
    const v3 = { ...OTHER_FILE, path: VERSION.path, state: 'verified', temporary_name: null };
    expect(() => insert('files', v3)).toThrow(/UNIQUE/);
  });
});

describe('uploads and receipts', () => {
  it('are one for each path, temporary name and number', () => {
    insert('uploads', UPLOAD);
    expect(() => insert('uploads', { ...UPLOAD, temporary_name: 'w' })).toThrow(/UNIQUE/);
    expect(() => insert('uploads', { ...UPLOAD, path: 'g' })).toThrow(/UNIQUE/);
    const intended = { ...UPLOAD, path: 'h', temporary_name: 'x', sha256: Buffer.alloc(32) };
    expect(() => insert('uploads', intended)).toThrow(/CHECK/);
    const receipt = { client_row: 1, seq: 1, receipt: Buffer.alloc(1), signature: Buffer.alloc(1) };
    insert('receipts', receipt);
    expect(() => insert('receipts', receipt)).toThrow(/UNIQUE/);
  });
});
