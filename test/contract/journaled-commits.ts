import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifySshSignature } from '../../src/crypto/sshsig.ts';
import { pinText } from '../../src/crypto/pin.ts';
import type { Machine } from '../../src/transfer/machine-ports.ts';
import type {
  CommitOutcome,
  ConflictPolicy,
  SignedReceipt,
  VersionFacts,
} from '../../src/transfer/upload-ports.ts';
import { outcome } from '../support/outcome.ts';
import {
  addClient,
  addMachine,
  aFile,
  begin,
  facts,
  ISSUER,
  ISSUER_KEY,
  terms,
  verify,
  version,
  type OpenTables,
  type Tables,
} from './tables.ts';

let records = 0;

interface Receipt {
  readonly seq: number;
  readonly prev: string | null;
  readonly path: string;
}

function parse({ receipt }: SignedReceipt): Receipt {
  return JSON.parse(Buffer.from(receipt).toString()) as Receipt;
}

/** What every UploadLedger must do with small files, receipts and listings. */
export function journaledCommitsContract(open: OpenTables): void {
  describe('UploadLedger, small files', () => {
    let tables: Tables;
    let alice: Machine;
    beforeEach(async () => {
      tables = await open();
      alice = await addMachine(tables, 'Alice');
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    const commit = (
      files: readonly VersionFacts[],
      policy: ConflictPolicy = 'replace',
      machine = alice,
    ): Promise<readonly CommitOutcome[]> =>
      tables.uploads.commitJournaled(
        files.map((file) => ({ ...file, ...terms(policy), clientRow: machine.row, record: (records += 1) })),
        1_767_323_045_678,
      );
    const verdicts = async (...args: Parameters<typeof commit>): Promise<string[]> =>
      (await commit(...args)).map(({ verdict }) => verdict);
    /** The receipts of files that are all committed. */
    const receipts = async (...args: Parameters<typeof commit>): Promise<SignedReceipt[]> =>
      (await commit(...args)).map((result) => {
        if (result.verdict !== 'committed') throw new Error(result.verdict);
        return result.stored;
      });
    const listed = async (path = '', after = '', limit = 1000): Promise<string[]> =>
      (await tables.uploads.list(alice.row, path, after, limit)).map((entry) => entry.path);

    describe('receipts', () => {
      it('say what was stored, by whom and when', async () => {
        const file = version('dir/ö"', 'hello');
        const [stored] = await receipts([file]);
        expect(stored && (JSON.parse(Buffer.from(stored.receipt).toString()) as unknown)).toEqual({
          type: 'sesame-receipt/1',
          server: ISSUER.serverPin,
          client: Buffer.from(alice.id).toString('hex'),
          name: 'Alice',
          spki: pinText(alice.spki),
          path: 'dir/ö"',
          size: 5,
          sha256: Buffer.from(file.sha256).toString('hex'),
          time: '2026-01-02T03:04:05.678Z',
          seq: 1,
          prev: null,
        });
      });

      it('are signed, all of them', async () => {
        const stored = await receipts(Array.from({ length: 20 }, (_, i) => version(`f${i}`)));
        const wrong = stored.filter(
          ({ receipt, signature }) => !verifySshSignature(receipt, signature, ISSUER_KEY, 'sesame-receipt'),
        );
        expect(wrong).toEqual([]);
      });

      it('are a chain for each client, over files large and small, in one transaction and over many', async () => {
        const bob = await addMachine(tables, 'bob');
        const chain = await receipts([version('a'), version('b')]);
        await receipts([version('a')], 'replace', bob);
        const { row } = await begin(tables, alice.row, facts('large'), '0'.repeat(32));
        await tables.uploads.recordIntents([{ ...version('large'), ...terms(), row }]);
        chain.push(...(await tables.uploads.commitIntents([row], 1)).filter((stored) => stored !== null));
        chain.push(...(await receipts([version('a', 'other'), version('c')])));
        expect(chain.map((stored) => parse(stored).seq)).toEqual([1, 2, 3, 4, 5]);
        const hashes = chain.map(({ receipt }) => createHash('sha256').update(receipt).digest('hex'));
        expect(chain.map((stored) => parse(stored).prev)).toEqual([null, ...hashes.slice(0, -1)]);
        const head = (await tables.machines.findBySpki(alice.spki))?.lastReceipt;
        expect(head?.seq).toBe(5);
        expect(Buffer.from(head?.hash ?? []).toString('hex')).toBe(hashes.at(-1));
        expect((await tables.machines.findBySpki(bob.spki))?.lastReceipt?.seq).toBe(1);
      });

      it('have neither gap nor fork where many commit at once', async () => {
        const batches = await Promise.all(
          Array.from({ length: 20 }, (_, batch) => receipts([version(`${batch}/a`), version(`${batch}/b`)])),
        );
        const chain = batches.flat().toSorted((a, b) => parse(a).seq - parse(b).seq);
        expect(chain.map((stored) => parse(stored).seq)).toEqual(chain.map((_, index) => index + 1));
        const hashes = chain.map(({ receipt }) => createHash('sha256').update(receipt).digest('hex'));
        expect(chain.slice(1).map((stored) => parse(stored).prev)).toEqual(hashes.slice(0, -1));
      });

      it('are given again for the same version, the very same bytes', async () => {
        const [first] = await receipts([version('f')]);
        expect(await commit([version('f')])).toEqual([{ verdict: 'there', stored: first }]);
        expect(await commit([version('f')], 'refuse')).toEqual([{ verdict: 'there', stored: first }]);
        expect((await tables.machines.findBySpki(alice.spki))?.lastReceipt?.seq).toBe(1);
        const found = await tables.uploads.findVersion(alice.row, 'f');
        expect(found?.receipt).toEqual(first);
      });
    });

    describe('commitJournaled', () => {
      it('takes files in order, the same path twice', async () => {
        const outcomes = await verdicts([version('f', 'one'), version('f', 'two'), version('f', 'two')]);
        expect(outcomes).toEqual(['committed', 'committed', 'there']);
        const found = await tables.uploads.findVersion(alice.row, 'f');
        expect(found?.sha256).toEqual(version('f', 'two').sha256);
        expect(found?.seq).toBe(2);
      });

      it('keeps older versions where the policy says so', async () => {
        const outcomes = await commit(
          ['one', 'two', 'three', 'four'].map((content) => version('d/f', content)),
          'version',
        );
        expect(outcomes.map((result) => ('keepAs' in result ? result.keepAs : undefined))).toEqual([
          ...[null, 'd/f.~1~', 'd/f.~2~', 'd/f.~3~'],
        ]);
        expect(await listed()).toEqual(['d/f', 'd/f.~1~', 'd/f.~2~', 'd/f.~3~']);
        expect(await tables.uploads.findVersion(alice.row, 'd/f.~1~')).toMatchObject({ seq: 1 });
      });

      it('passes over names that are taken, and finds one among hundreds', async () => {
        await commit([version('f.~1~'), version('f.~2~/g')]);
        await commit(
          Array.from({ length: 100 }, (_, i) => version('f', `${i}`)),
          'version',
        );
        const paths = await listed();
        expect(paths).toHaveLength(102);
        expect(paths).toContain('f.~101~');
        expect(paths).not.toContain('f.~2~');
      });

      it('cuts a name that has no room for its number, between characters', async () => {
        const name = `${'ö'.repeat(127)}x`;
        const kept = (await commit([version(name, 'one'), version(name, 'two')], 'version'))[1];
        expect(kept).toMatchObject({ keepAs: `${'ö'.repeat(125)}.~1~` });
        expect(Buffer.byteLength(`${'ö'.repeat(125)}.~1~`)).toBeLessThanOrEqual(255);
      });

      it('refuses another version, and only that, where the policy says so', async () => {
        await commit([version('f', 'one')]);
        expect(await verdicts([version('f', 'two'), version('g')], 'refuse')).toEqual([
          'exists',
          'committed',
        ]);
        expect((await tables.uploads.findVersion(alice.row, 'f'))?.seq).toBe(1);
      });

      it('sees clashes, also within one call', async () => {
        await tables.uploads.recordFolder(alice.row, { path: 'folder', mtime: 1n, mode: 0o755 });
        expect(
          await verdicts([
            version('a/b'),
            version('a'),
            version('a/b/c'),
            version('folder'),
            version('folder/f'),
          ]),
        ).toEqual(['committed', 'path-conflict', 'path-conflict', 'path-conflict', 'committed']);
        expect(
          await outcome(tables.uploads.recordFolder(alice.row, { path: 'a/b', mtime: 1n, mode: 0 })),
        ).toBe('path-conflict');
      });

      it('takes the place of a file that came by v3', async () => {
        const row = await addClient(tables, 'old', 1000);
        await verify(tables, aFile(row, 'f'));
        await verify(tables, aFile(row, 'g'));
        const machine = { id: alice.id.map((byte) => byte ^ 1), spki: alice.spki.map((byte) => byte ^ 1) };
        const joined = await tables.machines.join({ ...machine, name: 'old', nameKey: 'old' }, 5000, 1001);
        if (!joined) throw new Error('the name is not dead');
        expect(await tables.uploads.findVersion(row, 'f')).toMatchObject({
          ...{ size: 19, seq: 0, receipt: null, sha256: new Uint8Array(32) },
        });
        expect(await verdicts([version('f')], 'refuse', joined)).toEqual(['exists']);
        expect(await commit([version('f')], 'version', joined)).toMatchObject([{ keepAs: 'f.~1~' }]);
        expect(await verdicts([version('g')], 'replace', joined)).toEqual(['committed']);
        expect(await tables.uploads.list(row, '', '', 9)).toMatchObject([
          { path: 'f', seq: 1 },
          { path: 'f.~1~', seq: 0 },
          { path: 'g', seq: 2 },
        ]);
      });

      it('is one transaction: all or nothing', async () => {
        const file = { ...version('f'), ...terms(), clientRow: alice.row, record: (records += 1) };
        const stranger = { ...version('g'), ...terms(), clientRow: 4711, record: (records += 1) };
        expect(await outcome(tables.uploads.commitJournaled([file, stranger], 1))).toBe('storage-failed');
        expect(await listed()).toEqual([]);
        expect((await tables.machines.findBySpki(alice.spki))?.lastReceipt).toBeNull();
      });

      it('takes digests that are parts of something larger', async () => {
        const large = Buffer.alloc(1024 * 1024);
        const { sha256 } = version('f');
        large.set(sha256, 1000);
        await commit([version('f', 'hello', { sha256: large.subarray(1000, 1032) })]);
        const found = await tables.uploads.findVersion(alice.row, 'f');
        expect(Buffer.from(found?.sha256 ?? []).equals(sha256)).toBe(true);
      });
    });

    describe('list', () => {
      const all = ['a', 'a!', 'a/b', 'a/b!', 'a/b/c', 'a0', 'b', 'ö', '\u{1f388}'];
      const files = all.filter((path) => !['a', 'a/b'].includes(path));

      beforeEach(async () => {
        await commit(files.map((path) => version(path, path)));
        for (const path of ['a', 'a/b']) {
          await tables.uploads.recordFolder(alice.row, { path, mtime: -5n, mode: 0o2755 });
        }
        const bob = await addMachine(tables, 'bob');
        await commit([version('of bob')], 'replace', bob);
      });

      it('is in byte order, files and the folders that were named', async () => {
        expect(await listed()).toEqual(all);
        expect((await tables.uploads.list(alice.row, 'a', '', 1))[0]).toEqual({
          ...{ type: 'folder', path: 'a', size: 0, mtime: -5n, mode: 0o2755, seq: 0 },
          sha256: new Uint8Array(32),
        });
        const { size, mtime, mode, sha256 } = version('b', 'b');
        expect((await tables.uploads.list(alice.row, 'b', '', 1))[0]).toEqual({
          ...{ type: 'file', path: 'b', size, mtime, mode, seq: 5, sha256 },
        });
      });

      it('is of a file, or of a folder and all below it', async () => {
        expect(await listed('a')).toEqual(['a', 'a/b', 'a/b!', 'a/b/c']);
        expect(await listed('a/b')).toEqual(['a/b', 'a/b/c']);
        expect(await listed('a/b/c')).toEqual(['a/b/c']);
        expect(await listed('nothing')).toEqual([]);
      });

      it('goes on behind a path, in pages of any size', async () => {
        for (const limit of [1, 2, 3, 100]) {
          for (const path of ['', 'a']) {
            const pages: string[] = [];
            for (;;) {
              const page = await listed(path, pages.at(-1) ?? '', limit);
              if (page.length === 0) break;
              pages.push(...page);
            }
            expect(pages).toEqual(await listed(path));
          }
        }
      });

      it('has a folder as it was said last', async () => {
        await tables.uploads.recordFolder(alice.row, { path: 'a', mtime: 7n, mode: 0o700 });
        expect((await tables.uploads.list(alice.row, 'a', '', 1))[0]).toMatchObject({
          mtime: 7n,
          mode: 0o700,
        });
      });
    });
  });
}
