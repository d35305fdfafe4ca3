import { join } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileTotalsReader } from '../../../src/storage/file-totals.ts';
import { FastFolder } from '../../support/fast-folder.ts';

let folder: FastFolder;
let writer: Database;
let reader: Database;

beforeEach(async () => {
  folder = await FastFolder.create();
  writer = new SqliteDatabase(join(folder.path, 'f.db'));
  writer.pragma('journal_mode = WAL');
  writer.exec('CREATE TABLE clients (row INTEGER); CREATE TABLE files (size INTEGER, state TEXT)');
  reader = new SqliteDatabase(join(folder.path, 'f.db'), { readonly: true });
});
afterEach(async () => {
  reader.close();
  writer.close();
  await folder[Symbol.asyncDispose]();
});

function addFile(size: number): void {
  writer.prepare(`INSERT INTO files VALUES (?, 'verified')`).run(size);
}

/** A clock that goes on by so many ms each time it is read. */
function clock(step: number): { (): number; time: number } {
  const read = () => (read.time += step);
  read.time = 0;
  return read;
}

it('counts anew a second later', () => {
  const [totals, now] = [new FileTotalsReader(reader), clock(0)];
  expect(totals.read(now)).toEqual({ clients: 0, files: 0, bytes: 0 });
  addFile(5);
  now.time = 999;
  expect(totals.read(now).files).toBe(0);
  now.time = 1000;
  expect(totals.read(now)).toEqual({ clients: 0, files: 1, bytes: 5 });
});

it('rests 20 times as long as it took', () => {
  const [totals, now] = [new FileTotalsReader(reader), clock(100)];
  totals.read(now);
  addFile(5);
  now.time = 200 + 20 * 100 - 101;
  expect(totals.read(now).files).toBe(0);
  expect(totals.read(now).files).toBe(1);
});

it('counts nothing while nothing is committed', () => {
  const [totals, now] = [new FileTotalsReader(reader), clock(0)];
  const first = totals.read(now);
  now.time = 1e9;
  expect(totals.read(now)).toBe(first);
});
