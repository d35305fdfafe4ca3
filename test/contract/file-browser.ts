import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BrowsedFile, FileBrowser, FileQuery } from '../../src/transfer/browse-ports.ts';
import type { RowId } from '../../src/transfer/ports.ts';
import type { ConflictPolicy, VersionFacts } from '../../src/transfer/upload-ports.ts';
import { outcome } from '../support/outcome.ts';
import {
  addClient,
  addMachine,
  aFile,
  begin,
  MTIME,
  rules,
  terms,
  verify,
  version,
  type Tables,
} from './tables.ts';

export interface BrowsedTables extends Tables {
  readonly browser: FileBrowser;
}

const ALL: FileQuery = { client: null, search: '', sort: 'path', descending: false };

let records = 0;

/** What every FileBrowser must do. */
export function fileBrowserContract(open: () => Promise<BrowsedTables>): void {
  describe('FileBrowser', () => {
    let tables: BrowsedTables;
    let alice: RowId;
    let bob: RowId;
    beforeEach(async () => {
      tables = await open();
      ({ row: alice } = await addMachine(tables, 'Alice'));
      bob = await addClient(tables, 'Bob');
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    /** A file of v4. */
    async function store(
      path: string,
      facts: Partial<VersionFacts> = {},
      { now = 2000, policy = 'replace' }: { now?: number; policy?: ConflictPolicy } = {},
    ): Promise<void> {
      records += 1;
      const file = { ...version(path, path, facts), ...terms(policy), clientRow: alice, record: records };
      const [committed] = await tables.uploads.commitJournaled([file], now);
      expect(committed?.verdict).toBe('committed');
    }

    /** All that a query finds, as `Client/path`. */
    async function listed(query: Partial<FileQuery> = {}): Promise<string[]> {
      const { snapshot, total } = await tables.browser.take({ ...ALL, ...query });
      const files = await tables.browser.page(snapshot, 0, 1000);
      expect(files).toHaveLength(total);
      return files.map((file) => (file ? `${file.clientName}/${file.path}` : 'deleted'));
    }

    const pathsOf = async (rows: Promise<readonly (BrowsedFile | null)[]>) =>
      (await rows).map((file) => file?.path ?? null);

    describe('a file', () => {
      it('of v4 is shown with all that is known of it', async () => {
        await store('ö/f', { size: 2 ** 53 - 1, mtime: -1n, mode: 0o7755 }, { now: 5000 });
        const file = await tables.browser.find('alice', 'ö/f');
        expect(file).toEqual({
          ...{ clientName: 'Alice', path: 'ö/f', size: 2 ** 53 - 1, mtime: -1n, mode: 0o7755 },
          ...{ form: 'plaintext', protocol: 4, storedAt: 5000, crc32: null, receiptSeq: 1 },
          sha256: new Uint8Array(version('', 'ö/f').sha256),
        });
        const { snapshot } = await tables.browser.take(ALL);
        expect(await tables.browser.page(snapshot, 0, 1)).toEqual([file]);
      });

      it('of v3 has a CRC-32 in place of a receipt', async () => {
        await verify(tables, aFile(bob, 'f', { form: 'ciphertext', size: 19, crc32: 0xcc5a2453 }), 3000);
        expect(await tables.browser.find('bob', 'f')).toEqual({
          ...{ clientName: 'Bob', path: 'f', size: 19, mtime: 3_000_000_000n, mode: 0o600 },
          ...{ form: 'ciphertext', protocol: 3, storedAt: 3000, crc32: 0xcc5a2453, receiptSeq: null },
          sha256: null,
        });
      });

      it('that is under way is none', async () => {
        await tables.ledger.recordPending(aFile(bob, 'f'), rules(), 1000);
        await begin(tables, alice, version('g'), '0'.repeat(32));
        expect(await tables.browser.find('bob', 'f')).toBeUndefined();
        expect(await tables.browser.find('alice', 'g')).toBeUndefined();
        expect(await listed()).toEqual([]);
        expect(await tables.browser.totals()).toEqual({ clients: 2, files: 0, bytes: 0 });
      });
    });

    describe('an order', () => {
      beforeEach(async () => {
        await verify(tables, aFile(bob, 'a', { size: 20 }), 4000);
        await store('b', { size: 30 }, { now: 2000 });
        await store('a', { size: 20 }, { now: 3000 });
        await store('B', { size: 10 }, { now: 5000 });
      });

      it.for<[FileQuery['sort'], string[]]>([
        ['path', ['Alice/B', 'Alice/a', 'Bob/a', 'Alice/b']],
        ['client', ['Alice/B', 'Alice/a', 'Alice/b', 'Bob/a']],
        ['size', ['Alice/B', 'Bob/a', 'Alice/a', 'Alice/b']],
        ['time', ['Alice/b', 'Alice/a', 'Bob/a', 'Alice/B']],
      ])('by %s, and the reverse', async ([sort, expected]) => {
        expect(await listed({ sort })).toEqual(expected);
        expect(await listed({ sort, descending: true })).toEqual(expected.toReversed());
      });

      it.for<FileQuery['sort']>(['path', 'client', 'size', 'time'])(
        'by %s of what one client has, or has not',
        async (sort) => {
          expect(await listed({ sort, client: 'bob' })).toEqual(['Bob/a']);
          expect(await listed({ sort, client: 'carol' })).toEqual([]);
        },
      );
    });

    describe('a search', () => {
      const found = async (search: string, paths: readonly string[]): Promise<string[]> => {
        for (const path of paths) await store(path);
        return (await listed({ search })).map((name) => name.replace('Alice/', ''));
      };

      it('finds what holds it, anywhere and in any case', async () => {
        expect(await found('PhO', ['my photos/x', 'x/telephone', 'p/h/o'])).toEqual([
          'my photos/x',
          'x/telephone',
        ]);
      });

      it.for(['%', '_', '\\', '*', '?', '[a]', "'", '"'])('takes %s as it is', async (search) => {
        const path = `x${search}y`;
        expect(await found(search, [path, 'xay', 'xy'])).toEqual([path]);
      });

      it('knows the case of all letters, however they are composed', async () => {
        const decomposed = 'stra\u00dfe/A\u0308rger';
        expect(await found('\u00e4RGER', [decomposed, 'arger'])).toEqual([decomposed]);
        expect(await listed({ search: 'STRA\u00dfE' })).toHaveLength(1);
      });

      it('finds all files of a client whose name holds it, and of others what does', async () => {
        await verify(tables, aFile(bob, 'malice'));
        await verify(tables, aFile(bob, 'x'));
        expect(await found('ALI', ['x'])).toEqual(['Bob/malice', 'x']);
        expect(await listed({ search: 'ali', client: 'bob' })).toEqual(['Bob/malice']);
      });

      it('that is longer than any path finds nothing', async () => {
        expect(await found('x'.repeat(100_000), ['x'])).toEqual([]);
      });
    });

    describe('a snapshot', () => {
      it('has pages of any size, and none beyond its end', async () => {
        for (const path of ['a', 'b', 'c', 'd', 'e']) await store(path);
        const { snapshot, total } = await tables.browser.take(ALL);
        const page = (offset: number, limit: number) => pathsOf(tables.browser.page(snapshot, offset, limit));
        expect(total).toBe(5);
        expect(await tables.browser.measure(snapshot)).toEqual({ snapshot, total });
        expect(await page(0, 2)).toEqual(['a', 'b']);
        expect(await page(3, 2)).toEqual(['d', 'e']);
        expect(await page(4, 100)).toEqual(['e']);
        expect(await page(5, 100)).toEqual([]);
        expect(await page(2 ** 40, 100)).toEqual([]);
      });

      it('does not shift while files come in', async () => {
        for (const path of ['b', 'd']) await store(path);
        const { snapshot } = await tables.browser.take(ALL);
        for (const path of ['a', 'c', 'e']) await store(path);
        expect(await pathsOf(tables.browser.page(snapshot, 0, 9))).toEqual(['b', 'd']);
        expect(await listed()).toHaveLength(5);
      });

      it('has null for what was replaced or deleted since', async () => {
        for (const path of ['a', 'b', 'c', 'd']) await store(path);
        const { snapshot } = await tables.browser.take(ALL);
        await store('b', { mtime: MTIME + 1n });
        await tables.deletions.record(alice, 'd');
        expect(await pathsOf(tables.browser.page(snapshot, 0, 9))).toEqual(['a', null, 'c', null]);
      });

      it('is forgotten when 8 others have been used since', async () => {
        const first = await tables.browser.take(ALL);
        const second = await tables.browser.take(ALL);
        expect(first.snapshot).not.toBe(second.snapshot);
        for (let more = 0; more < 7; more++) {
          await tables.browser.take(ALL);
          expect(await outcome(tables.browser.page(second.snapshot, 0, 1))).toBe('ok');
        }
        expect(await outcome(tables.browser.page(first.snapshot, 0, 1))).toBe('snapshot-gone');
        expect(await outcome(tables.browser.measure(first.snapshot))).toBe('snapshot-gone');
        expect(await outcome(tables.browser.page('', 0, 1))).toBe('snapshot-gone');
      });
    });

    describe('versions', () => {
      const versionsOf = async (path: string): Promise<string[]> =>
        (await tables.browser.versions('alice', path)).map((file) => file.path);

      it('are those that are kept beside a file, newest first', async () => {
        for (let n = 0n; n < 12n; n++) await store('d/f', { mtime: MTIME + n }, { policy: 'version' });
        for (const path of ['d/f.~x~', 'd/f.~01~', 'd/f.~1~.~1~', 'd/f.txt', 'd/f2.~1~', 'f.~1~'])
          await store(path);
        const newestFirst = Array.from({ length: 11 }, (_, index) => `d/f.~${11 - index}~`);
        expect(await versionsOf('d/f')).toEqual(newestFirst);
        expect(await versionsOf('d/f.~1~')).toEqual(['d/f.~1~.~1~']);
        expect(await tables.browser.versions('bob', 'd/f')).toEqual([]);
      });

      it('are found where their names had to be cut', async () => {
        const path = `d/${'ö'.repeat(127)}`;
        for (let n = 0n; n < 3n; n++) await store(path, { mtime: MTIME + n }, { policy: 'version' });
        const kept = (n: number) => `d/${'ö'.repeat(125)}.~${n}~`;
        expect(await versionsOf(path)).toEqual([kept(2), kept(1)]);
      });

      it('were stored when they came', async () => {
        await store('f', {}, { policy: 'version', now: 3000 });
        await store('f', { mtime: 1n }, { policy: 'version', now: 4000 });
        expect(await tables.browser.versions('alice', 'f')).toMatchObject([
          { path: 'f.~1~', storedAt: 3000 },
        ]);
      });
    });

    it('totals count clients, files and bytes', async () => {
      await verify(tables, aFile(bob, 'a', { size: 20 }));
      await store('b', { size: 2 ** 52 });
      expect(await tables.browser.totals()).toEqual({ clients: 2, files: 2, bytes: 2 ** 52 + 20 });
    });

    it('shows at once what is committed beside it', async () => {
      const taking = Array.from({ length: 5 }, () => tables.browser.take(ALL));
      await store('f');
      expect(await tables.browser.find('alice', 'f')).toBeDefined();
      await Promise.all(taking);
    });
  });
}
