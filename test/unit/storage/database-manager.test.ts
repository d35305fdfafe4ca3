import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { DatabaseManager } from '../../../src/storage/database-manager.ts';
import { FastFolder } from '../../support/fast-folder.ts';
import { outcomeOf } from '../../support/outcome.ts';

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());
afterEach(() => {
  vi.restoreAllMocks();
});

let databases = 0;

function newFile(): string {
  databases += 1;
  return join(folder.path, `${databases}.db`);
}

/** What a pragma says, or a statement gives, on a connection of the test's own. */
function ask<T>(file: string, question: (db: SqliteDatabase.Database) => T): T {
  const db = new SqliteDatabase(file);
  try {
    return question(db);
  } finally {
    db.close();
  }
}

describe('DatabaseManager', () => {
  it('reads back what its promise rests on: WAL, synchronous FULL', () => {
    const pragma = vi.spyOn(SqliteDatabase.prototype, 'pragma');
    using _manager = new DatabaseManager(newFile());
    const readBack = (name: string): unknown =>
      pragma.mock.results[pragma.mock.calls.findIndex(([asked]) => asked === name)]?.value;
    expect(readBack('journal_mode')).toBe('wal');
    expect(readBack('synchronous')).toBe(2);
  });

  it.for([
    { name: 'journal_mode', value: 'delete' },
    { name: 'synchronous', value: 1 },
  ])('does not start where $name reads $value', ({ name, value }) => {
    const real = SqliteDatabase.prototype.pragma;
    vi.spyOn(SqliteDatabase.prototype, 'pragma').mockImplementation(function (
      this: SqliteDatabase.Database,
      ...args
    ) {
      const answer: unknown = real.apply(this, args);
      return args[0] === name ? value : answer;
    });
    expect(outcomeOf(() => new DatabaseManager(newFile()))).toBe('storage-failed');
  });

  it('does not start where there can be no WAL', () => {
    expect(outcomeOf(() => new DatabaseManager(':memory:'))).toBe('storage-failed');
  });

  it('lets go of its file by `using`', () => {
    const file = newFile();
    let outside: DatabaseManager;
    {
      using manager = new DatabaseManager(file);
      outside = manager;
      expect(manager.clients.list()).toEqual([]);
      expect(openFiles(file)).not.toEqual([]);
    }
    expect(openFiles(file)).toEqual([]);
    expect(existsSync(`${file}-wal`)).toBe(false);
    expect(() => outside.clients.list()).toThrow(/not open/);
  });

  it('lets go of its file also when it does not start', () => {
    const file = newFile();
    ask(file, (db) => db.pragma('user_version = 4711'));
    expect(outcomeOf(() => new DatabaseManager(file))).toBe('schema-too-new');
    expect(openFiles(file)).toEqual([]);
  });

  it('keeps rows when it is opened again', () => {
    const file = newFile();
    const id = new Uint8Array(16).fill(5);
    {
      using manager = new DatabaseManager(file);
      manager.clients.register({ id, name: 'Alice', nameKey: 'alice' }, 1000, 1);
    }
    using again = new DatabaseManager(file);
    expect(again.clients.find(id)).toMatchObject({ name: 'Alice' });
  });

  it('refuses a file that is no database, and leaves it as it is', () => {
    const file = newFile();
    writeFileSync(file, 'this is something else entirely, and long enough to be looked at');
    expect(outcomeOf(() => new DatabaseManager(file))).toBe('storage-failed');
    expect(openFiles(file)).toEqual([]);
  });
});

describe('migrations', () => {
  it('run once', () => {
    const file = newFile();
    new DatabaseManager(file)[Symbol.dispose]();
    const version = ask(file, versionOf);
    new DatabaseManager(file)[Symbol.dispose]();
    expect(ask(file, versionOf)).toBe(version);
  });

  it('make everything out of nothing', () => {
    const file = newFile();
    using _manager = new DatabaseManager(file);
    const tables = ask(file, (db) =>
      db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).pluck().all(),
    );
    expect(tables).toEqual(expect.arrayContaining(['clients', 'files']));
    expect(ask(file, versionOf)).toBeGreaterThan(0);
  });

  it('refuse a newer schema, and touch nothing', () => {
    const file = newFile();
    ask(file, (db) => {
      db.exec('CREATE TABLE later (row INTEGER)');
      db.pragma('user_version = 4711');
    });
    expect(outcomeOf(() => new DatabaseManager(file))).toBe('schema-too-new');
    const tables = ask(file, (db) => db.prepare('SELECT name FROM sqlite_schema').pluck().all());
    expect(tables).toEqual(['later']);
    expect(ask(file, versionOf)).toBe(4711);
  });
});

function versionOf(db: SqliteDatabase.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** Which of this process's open files are this database. */
function openFiles(file: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(file) ? [target] : [];
    } catch {
      return []; // that of the listing itself
    }
  });
}
