import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RowId } from '../../src/transfer/ports.ts';
import type { Machine } from '../../src/transfer/machine-ports.ts';
import type { ConflictPolicy, OpenUpload, VersionFacts } from '../../src/transfer/upload-ports.ts';
import { outcome } from '../support/outcome.ts';
import {
  addMachine,
  begin as beginUpload,
  facts,
  MTIME,
  rules,
  terms,
  version,
  type OpenTables,
  type Tables,
} from './tables.ts';

let names = 0;

function newName(): string {
  names += 1;
  return names.toString(16).padStart(32, '0');
}

/** What every UploadLedger must do with large files. */
export function uploadLedgerContract(open: OpenTables): void {
  describe('UploadLedger, large files', () => {
    let tables: Tables;
    let alice: Machine;
    beforeEach(async () => {
      tables = await open();
      alice = await addMachine(tables, 'Alice');
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    const begin = (path: string, changes = {}, now = 1000): Promise<OpenUpload> =>
      beginUpload(tables, alice.row, facts(path, changes), newName(), now);
    const intend = async (row: RowId, facts: VersionFacts, policy: ConflictPolicy = 'replace') =>
      (await tables.uploads.recordIntents([{ ...facts, ...terms(policy), row }]))[0];
    /** Takes a large file to its row. */
    const store = async (facts: VersionFacts, policy: ConflictPolicy = 'replace') => {
      const { row } = await begin(facts.path);
      const admission = await intend(row, facts, policy);
      const [stored] = await tables.uploads.commitIntents([row], 2000);
      return { admission, stored };
    };
    const paths = async (): Promise<string[]> =>
      (await tables.uploads.list(alice.row, '', '', 100)).map(({ path }) => path);

    describe('an unfinished upload', () => {
      it('is found with all that is known of it', async () => {
        const [name, path] = [newName(), 'ö/\u001b'];
        const said = { path, size: 2 ** 53 - 1, mtime: -(2n ** 63n), mode: 0o7777 };
        const upload = await beginUpload(tables, alice.row, said, name);
        expect(upload).toEqual({ ...said, row: upload.row, clientRow: alice.row, temporaryName: name });
        expect(await tables.uploads.findUpload(alice.row, path)).toEqual(upload);
        expect(await tables.uploads.listUploads()).toEqual([upload]);
        expect(await tables.uploads.findUpload(alice.row, 'other')).toBeUndefined();
      });

      it('may not know its size', async () => {
        expect(await begin('f', { size: null, mtime: 2n ** 63n - 1n })).toMatchObject({
          size: null,
          mtime: 2n ** 63n - 1n,
        });
      });

      it('is the only one of its path', async () => {
        const { row } = await begin('f');
        expect(await outcome(begin('f'))).toBe('storage-failed');
        await tables.uploads.drop(row);
        await tables.uploads.drop(row);
        expect((await begin('f')).row).not.toBe(row);
        const bob = await addMachine(tables, 'bob');
        await beginUpload(tables, bob.row, facts('f'), newName());
      });

      it('is stale when it was not heard of for long', async () => {
        const { row } = await begin('old', {}, 999);
        await begin('new', {}, 1000);
        const intended = await begin('intended', {}, 500);
        await intend(intended.row, version('intended'));
        expect(await tables.uploads.listStale(1000)).toMatchObject([{ path: 'old' }]);
        await tables.uploads.resume(row, 0, rules(), 1000);
        expect(await tables.uploads.listStale(1000)).toEqual([]);
      });

      it.for([
        { there: 'a', wanted: 'a/b' },
        { there: 'a', wanted: 'a/b/c/d' },
        { there: 'a/b', wanted: 'a' },
        { there: 'a/b/c', wanted: 'a' },
      ])('$wanted does not go with $there', async ({ there, wanted }) => {
        await store(version(there));
        expect(await outcome(begin(wanted))).toBe('path-conflict');
        const folder = { path: wanted, mtime: 1n, mode: 0o755 };
        const isAbove = there.startsWith(`${wanted}/`);
        expect(await outcome(tables.uploads.recordFolder(alice.row, folder))).toBe(
          isAbove ? 'ok' : 'path-conflict',
        );
      });

      it('minds names that only begin alike as little as other clients', async () => {
        await store(version('a'));
        const bob = await addMachine(tables, 'bob');
        for (const path of ['a!', 'a0', 'ab/c', 'A/b']) await begin(path);
        await beginUpload(tables, bob.row, facts('a/b'), newName());
      });

      it('does not go where a folder was named', async () => {
        await tables.uploads.recordFolder(alice.row, { path: 'a/b', mtime: 1n, mode: 0o755 });
        for (const path of ['a', 'a/b']) expect(await outcome(begin(path))).toBe('path-conflict');
        await begin('a/b/c');
      });
    });

    describe('intent and commit', () => {
      it('make a version with its receipt', async () => {
        const { row } = await begin('dir/f', { size: null });
        const facts = version('dir/f', 'content', { mtime: MTIME + 1n, mode: 0o1600 });
        expect(await intend(row, facts)).toEqual({ verdict: 'go', keepAs: null });
        expect(await tables.uploads.listUploads()).toEqual([]);
        expect(await tables.uploads.listIntended()).toMatchObject([
          { ...facts, row, clientRow: alice.row, clientName: 'Alice', keepAs: null },
        ]);
        expect(await tables.uploads.findVersion(alice.row, 'dir/f')).toBeUndefined();
        const [stored] = await tables.uploads.commitIntents([row], 2000);
        expect(await tables.uploads.listIntended()).toEqual([]);
        expect(await tables.uploads.findUpload(alice.row, 'dir/f')).toBeUndefined();
        expect(await tables.uploads.findVersion(alice.row, 'dir/f')).toEqual({
          ...{ ...facts, seq: 1 },
          receipt: { receipt: stored?.receipt, signature: stored?.signature },
        });
      });

      it('of the same version that stands there make no second one', async () => {
        const { stored } = await store(version('f'));
        const { row } = await begin('f');
        const admission = await intend(row, version('f'), 'refuse');
        expect(admission).toMatchObject({ verdict: 'there' });
        expect(admission).toEqual({ verdict: 'there', stored });
        expect(await tables.uploads.findUpload(alice.row, 'f')).toMatchObject({ row });
        expect(await tables.uploads.listIntended()).toEqual([]);
      });

      it.for([
        { what: 'content', change: { sha256: createHash('sha256').digest() } },
        { what: 'mtime', change: { mtime: MTIME + 1n } },
        { what: 'mode', change: { mode: 0o600 } },
      ])('take another $what for another version', async ({ change }) => {
        await store(version('f'));
        const { row } = await begin('f');
        expect(await intend(row, version('f', 'hello', change))).toMatchObject({ verdict: 'go' });
      });

      it('replace, keep or refuse, as the policy says', async () => {
        await store(version('d/f', 'one'));
        await store(version('d/f', 'two'));
        expect(await paths()).toEqual(['d/f']);
        const { admission } = await store(version('d/f', 'three'), 'version');
        expect(admission).toEqual({ verdict: 'go', keepAs: 'd/f.~1~' });
        await store(version('d/f', 'four'), 'version');
        expect(await paths()).toEqual(['d/f', 'd/f.~1~', 'd/f.~2~']);
        const kept = await tables.uploads.findVersion(alice.row, 'd/f.~1~');
        expect(kept).toMatchObject({ seq: 2, sha256: version('', 'two').sha256 });
        const { row } = await begin('d/f');
        expect(await intend(row, version('d/f', 'five'), 'refuse')).toEqual({ verdict: 'exists' });
        expect(await tables.uploads.listIntended()).toEqual([]);
      });

      it('give the same answer again where the rename failed', async () => {
        await store(version('f', 'one'));
        const { row } = await begin('f');
        const first = await intend(row, version('f', 'two'), 'version');
        expect(await intend(row, version('f', 'two'), 'version')).toEqual(first);
        expect(await tables.uploads.findUpload(alice.row, 'f')).toMatchObject({ row });
      });

      it('see what other uploads are about to be', async () => {
        const [file, folder] = [await begin('a'), await begin('a/b')];
        expect(
          await tables.uploads.recordIntents([
            { ...version('a'), ...terms(), row: file.row },
            { ...version('a/b'), ...terms(), row: folder.row },
          ]),
        ).toEqual([{ verdict: 'go', keepAs: null }, { verdict: 'path-conflict' }]);
        expect(await outcome(begin('a/c'))).toBe('path-conflict');
      });

      it('of several uploads are in order', async () => {
        const files = ['c', 'a', 'b'].map((path) => version(path, path));
        const uploads = await Promise.all(files.map(({ path }) => begin(path)));
        const rows = uploads.map(({ row }) => row);
        await tables.uploads.recordIntents(
          files.map((file, index) => ({ ...file, ...terms(), row: rows[index] ?? 0 })),
        );
        const receipts = await tables.uploads.commitIntents(rows, 2000);
        const seqs = receipts.map((stored) => {
          const text = Buffer.from(stored?.receipt ?? []).toString();
          return (JSON.parse(text) as { seq: number }).seq;
        });
        expect(seqs).toEqual([1, 2, 3]);
      });

      it('want an upload that is there', async () => {
        const { row } = await begin('f');
        expect(await tables.uploads.commitIntents([row], 1)).toEqual([null]);
        await tables.uploads.drop(row);
        expect(await intend(row, version('f'))).toEqual({ verdict: 'gone' });
        await store(version('f'));
        expect(await tables.uploads.commitIntents([row], 1)).toEqual([null]);
      });

      it('of one that is gone is no matter of the others', async () => {
        const uploads = await Promise.all(['a', 'b', 'c'].map((path) => begin(path)));
        const files = uploads.map(({ row, path }) => ({ ...version(path), ...terms(), row }));
        await tables.uploads.drop(files[1]?.row ?? 0);
        const admissions = await tables.uploads.recordIntents(files);
        expect(admissions.map(({ verdict }) => verdict)).toEqual(['go', 'gone', 'go']);
        const rows = files.map(({ row }) => row);
        const receipts = await tables.uploads.commitIntents(rows, 1);
        expect(receipts.map((stored) => stored === null)).toEqual([false, true, false]);
        expect(await paths()).toEqual(['a', 'c']);
        expect((await tables.machines.findBySpki(alice.spki))?.lastReceipt).toMatchObject({ seq: 2 });
      });
    });
  });
}
