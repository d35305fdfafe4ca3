import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResumableUpload, UploadStore } from '../../src/transfer/upload-ports.ts';
import { outcome } from '../support/outcome.ts';

/** An empty store, and what can be seen of it from the outside. */
export interface UploadStoreUnderTest extends AsyncDisposable {
  readonly store: UploadStore;
  /** The paths of stored files, each behind the name of its client. */
  visible(): Promise<string[]>;
  /** The content at such a path. */
  content(path: string): Promise<Buffer>;
  /** Mode and mtime (ms) of a file or folder. */
  attributes(path: string): Promise<{ readonly mode: number; readonly mtimeMs: number }>;
  incoming(): Promise<string[]>;
}

const MTIME = 1_600_000_000_123_456_789n;

function sha256(content: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(content).digest());
}

async function feed(upload: ResumableUpload, bytes: Uint8Array, chunkSize = 50_000): Promise<void> {
  for (let at = 0; at < bytes.byteLength; at += chunkSize) {
    await upload.write(bytes.subarray(at, at + chunkSize));
  }
}

/** What every UploadStore must do. */
export function uploadStoreContract(open: () => Promise<UploadStoreUnderTest>): void {
  describe('UploadStore', () => {
    let opened: UploadStoreUnderTest;
    let store: UploadStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened[Symbol.asyncDispose]());

    /** Complete content in `incoming/`, ready to be published. */
    async function complete(path: string, content: Uint8Array, keepAs: string | null = null) {
      const upload = await store.create(() => undefined);
      await feed(upload, content);
      const { temporaryName } = upload;
      const facts = { ...(await upload.finish()), path, mtime: MTIME, mode: 0o640 };
      return { ...facts, clientName: 'alice', temporaryName, keepAs };
    }
    async function place(path: string, content: Uint8Array): Promise<void> {
      await store.publish(await complete(path, content));
    }
    async function readAll(path: string, offset: number, size: number): Promise<Buffer> {
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.read('alice', path, offset, size)) chunks.push(chunk);
      return Buffer.concat(chunks);
    }

    describe('create', () => {
      it.for([0, 1, 262_144, 1_500_000])('stores %d bytes, and says what they are', async (length) => {
        const content = randomBytes(length);
        const upload = await store.create(() => undefined);
        expect(upload.offset).toBe(0);
        await feed(upload, content);
        expect(await upload.finish()).toEqual({ size: length, sha256: sha256(content) });
        expect(await opened.incoming()).toEqual([upload.temporaryName]);
      });

      it('tells of bytes when they are written, all of them', async () => {
        let taken = 0;
        const upload = await store.create((bytes) => (taken += bytes));
        await feed(upload, Buffer.alloc(1_000_001));
        await upload.finish();
        expect(taken).toBe(1_000_001);
        await upload.discard();
      });

      it('hands on what is not a whole block after a moment', async () => {
        const taken = Promise.withResolvers<number>();
        const upload = await store.create(taken.resolve);
        await upload.write(Buffer.alloc(10));
        expect(await taken.promise).toBe(10);
        await upload.discard();
      });

      it('may take a chunk without being waited for, and reads it then and there', async () => {
        const upload = await store.create(() => undefined);
        const chunk = Buffer.from('content');
        expect(upload.write(chunk)).toBeUndefined();
        chunk.fill(0);
        expect((await upload.finish()).sha256).toEqual(sha256(Buffer.from('content')));
      });
    });

    describe('an upload that ends early', () => {
      it.for([0, 10, 300_000, 1_000_000])('leaves nothing when discarded behind %d bytes', async (length) => {
        const upload = await store.create(() => undefined);
        await feed(upload, Buffer.alloc(length));
        await upload.discard();
        expect(await opened.incoming()).toEqual([]);
      });

      it.for([0, 10, 300_000, 1_000_000])(
        'keeps %d bytes when parked, and goes on behind them',
        async (length) => {
          const content = randomBytes(length + 500_000);
          const first = await store.create(() => undefined);
          await feed(first, content.subarray(0, length));
          await first.park();
          const second = await store.resume(first.temporaryName, () => undefined);
          expect(second?.offset).toBe(length);
          expect(second?.temporaryName).toBe(first.temporaryName);
          if (!second) return;
          await feed(second, content.subarray(length));
          expect(await second.finish()).toEqual({ size: content.length, sha256: sha256(content) });
        },
      );

      it('takes nothing more', async () => {
        const upload = await store.create(() => undefined);
        await upload.park();
        expect(await outcome(Promise.resolve(upload.write(Buffer.alloc(1))))).toBe('superseded');
      });

      it('may be resumed again and again', async () => {
        const content = randomBytes(700_000);
        const { temporaryName, park } = await store
          .create(() => undefined)
          .then((upload) => ({
            temporaryName: upload.temporaryName,
            park: upload.park(),
          }));
        await park;
        for (let at = 0; at < content.length; at += 100_000) {
          const upload = await store.resume(temporaryName, () => undefined);
          expect(upload?.offset).toBe(at);
          if (upload) await feed(upload, content.subarray(at, at + 100_000));
          if (at + 100_000 < content.length) await upload?.park();
          else expect((await upload?.finish())?.sha256).toEqual(sha256(content));
        }
      });
    });

    describe('resume', () => {
      it('finds nothing where nothing is', async () => {
        expect(await store.resume('0'.repeat(32), () => undefined)).toBeUndefined();
      });

      it('takes no name that is a path', async () => {
        for (const name of ['../files/alice/f', '.', '', 'a'.repeat(31), `${'a'.repeat(32)}/b`]) {
          expect(await outcome(store.resume(name, () => undefined))).toBe('storage-failed');
          expect(await outcome(store.removeIncoming(name))).toBe('storage-failed');
        }
      });

      it('lets others of its thread go on while it reads', async () => {
        const large = await store.create(() => undefined);
        await feed(large, Buffer.alloc(64 * 1024 * 1024), 1024 * 1024);
        await large.park();
        const order: string[] = [];
        const resumed = store
          .resume(large.temporaryName, () => undefined)
          .then((upload) => {
            order.push('resumed');
            return upload;
          });
        await Promise.all(
          Array.from({ length: 8 }, async (_, index) => {
            await complete(`small ${index}`, Buffer.alloc(10));
            order.push('small');
          }),
        );
        await (await resumed)?.discard();
        expect(order.slice(0, 3)).toEqual(['small', 'small', 'small']);
      });
    });

    describe('publish', () => {
      it('shows a file at its place, with its mode and time, and not before', async () => {
        const content = randomBytes(100_000);
        const file = await complete('a/b/c', content);
        expect(await opened.visible()).toEqual([]);
        await store.publish(file);
        expect(await opened.visible()).toEqual(['alice/a/b/c']);
        expect(await opened.content('alice/a/b/c')).toEqual(content);
        expect(await opened.incoming()).toEqual([]);
        const { mode, mtimeMs } = await opened.attributes('alice/a/b/c');
        expect(mode).toBe(0o640);
        expect(mtimeMs).toBeCloseTo(Number(MTIME) / 1e6, 2);
      });

      it.for([
        [0o000, 0o600],
        [0o444, 0o644],
        [0o6777, 0o777],
        [0o1755, 0o755],
      ] as const)('stores mode %o as %o', async ([said, stored]) => {
        await store.publish({ ...(await complete('f', Buffer.alloc(1))), mode: said });
        expect((await opened.attributes('alice/f')).mode).toBe(stored);
      });

      it.for([0n, -1_000_000_000_000n, 4_000_000_000_000_000_000n])('stores the time %d', async (mtime) => {
        await store.publish({ ...(await complete('f', Buffer.alloc(1))), mtime });
        expect((await opened.attributes('alice/f')).mtimeMs).toBeCloseTo(Number(mtime) / 1e6, 2);
      });

      it('may be done again', async () => {
        const file = await complete('f', Buffer.from('content'));
        await store.publish(file);
        expect(await outcome(store.publish(file))).toBe('ok');
        expect(await opened.visible()).toEqual(['alice/f']);
      });

      it('replaces the version before, or keeps it', async () => {
        await place('d/f', Buffer.from('one'));
        await place('d/f', Buffer.from('two'));
        expect(await opened.visible()).toEqual(['alice/d/f']);
        const three = await complete('d/f', Buffer.from('three'), 'd/f.~1~');
        await store.publish(three);
        await store.publish(three);
        expect(await opened.visible()).toEqual(['alice/d/f', 'alice/d/f.~1~']);
        expect((await opened.content('alice/d/f')).toString()).toBe('three');
        expect((await opened.content('alice/d/f.~1~')).toString()).toBe('two');
      });

      it('never takes the name of another file for what it keeps', async () => {
        await place('f', Buffer.from('one'));
        await place('f.~1~', Buffer.from('somebody else’s'));
        const file = await complete('f', Buffer.from('two'), 'f.~1~');
        expect(await outcome(store.publish(file))).toBe('path-conflict');
        expect((await opened.content('alice/f')).toString()).toBe('one');
        expect((await opened.content('alice/f.~1~')).toString()).toBe('somebody else’s');
      });

      it('goes on where a copy of what it keeps is there already', async () => {
        await place('f', Buffer.from('one'));
        await place('f.~1~', Buffer.from('one'));
        await store.publish(await complete('f', Buffer.from('two'), 'f.~1~'));
        expect((await opened.content('alice/f')).toString()).toBe('two');
      });

      it.for([
        { what: 'nothing stands at its place', there: undefined },
        { what: 'another version does', there: 'older' },
        { what: 'another of the same size does', there: 'CONTENT' },
      ])('fails where the content is gone and $what', async ({ there }) => {
        const file = await complete('f', Buffer.from('content'));
        if (there !== undefined) await place('f', Buffer.from(there));
        await store.removeIncoming(file.temporaryName);
        expect(await outcome(store.publish(file))).toBe('content-lost');
      });

      it.for([
        { there: 'x', wanted: 'x/y' },
        { there: 'x/y', wanted: 'x/y/z/f' },
        { there: 'x/y', wanted: 'x' },
      ])('does not put $wanted where $there is', async ({ there, wanted }) => {
        await place(there, Buffer.alloc(1));
        const file = await complete(wanted, Buffer.alloc(2));
        expect(await outcome(store.publish(file))).toBe('path-conflict');
        expect(await opened.visible()).toEqual([`alice/${there}`]);
        expect(await opened.incoming()).toEqual([file.temporaryName]);
      });

      it.for([
        {
          what: 'of 4,095 bytes in long segments',
          path: `${`${'d'.repeat(255)}/`.repeat(15)}${'f'.repeat(255)}`,
        },
        { what: 'of 2,048 levels', path: `${'d/'.repeat(2047)}f` },
        { what: 'of names as they are', path: '-rf/ö/\u001b[31m\u202e/$(id)' },
      ])('takes a path $what', async ({ path }) => {
        const content = randomBytes(1000);
        await place(path, content);
        expect(await readAll(path, 0, 1000)).toEqual(content);
      });

      it('places many in one new folder at once', async () => {
        const paths = Array.from({ length: 20 }, (_, i) => `new/folder/${i}`);
        await Promise.all(paths.map((path) => place(path, Buffer.from(path))));
        expect(await opened.visible()).toEqual(paths.map((path) => `alice/${path}`).toSorted());
      });
    });

    describe('makeFolder', () => {
      it('makes a folder, and gives it mode and time', async () => {
        await store.makeFolder('alice', { path: 'a/b', mtime: MTIME, mode: 0o2055 });
        const { mode, mtimeMs } = await opened.attributes('alice/a/b');
        expect(mode).toBe(0o755);
        expect(mtimeMs).toBeCloseTo(Number(MTIME) / 1e6, 2);
        await store.makeFolder('alice', { path: 'a/b', mtime: 0n, mode: 0o700 });
        expect(await opened.attributes('alice/a/b')).toEqual({ mode: 0o700, mtimeMs: 0 });
        await place('a/b/f', Buffer.alloc(1));
      });

      it('does not take the place of a file', async () => {
        await place('f', Buffer.alloc(1));
        for (const path of ['f', 'f/g']) {
          expect(await outcome(store.makeFolder('alice', { path, mtime: 0n, mode: 0 }))).toBe(
            'path-conflict',
          );
        }
      });
    });

    describe('digest', () => {
      it.for([0, 1, 1_048_576, 3_000_000])('says what %d bytes are', async (size) => {
        const content = randomBytes(size);
        await place('d/f', content);
        const digests = { size, sha256: sha256(content), crc32: crc32(content) };
        expect(await store.digest('alice', 'd/f')).toEqual(digests);
      });

      it.for(['g', 'd/f/g', 'd', 'x/y'])('finds no file at %s', async (path) => {
        await place('d/f', Buffer.alloc(1));
        expect(await store.digest('alice', path)).toBeUndefined();
        expect(await store.digest('bob', 'd/f')).toBeUndefined();
      });
    });

    describe('remove', () => {
      it('takes a file from its place, and no other', async () => {
        for (const path of ['d/f', 'd/g', 'f']) await place(path, Buffer.alloc(1));
        await store.remove('alice', 'd/f');
        expect(await opened.visible()).toEqual(['alice/d/g', 'alice/f']);
        await store.remove('alice', 'd/g');
        expect(await opened.visible()).toEqual(['alice/f']);
      });

      it.for(['f', 'd', 'd/f/g', 'x/y'])('finds it well that nothing is at %s', async (path) => {
        await place('d/f', Buffer.alloc(1));
        await store.remove('alice', path);
        await store.remove('bob', 'd/f');
        expect(await opened.visible()).toEqual(['alice/d/f']);
      });

      it('works however long the path is', async () => {
        const path = Array.from({ length: 16 }, () => 'x'.repeat(255)).join('/');
        await place(path, Buffer.alloc(1));
        expect(await store.digest('alice', path)).toMatchObject({ size: 1 });
        await store.remove('alice', path);
        expect(await store.digest('alice', path)).toBeUndefined();
      });
    });

    describe('read', () => {
      it.for([0, 1, 262_144, 262_145, 1_000_000])(
        'gives what is stored, %d bytes, from any offset',
        async (size) => {
          const content = randomBytes(size);
          await place('d/f', content);
          for (const offset of [0, 1, 262_144, size - 1, size, size + 1].filter((at) => at >= 0)) {
            expect(await readAll('d/f', offset, size)).toEqual(content.subarray(offset));
          }
        },
      );

      it('gives at most 256 KiB at once, in chunks of their own', async () => {
        await place('f', Buffer.alloc(1_000_000, 7));
        const chunks: Uint8Array[] = [];
        for await (const chunk of store.read('alice', 'f', 0, 1_000_000)) chunks.push(chunk);
        expect(Math.max(...chunks.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(262_144);
        expect(chunks.every((chunk) => chunk.every((byte) => byte === 7))).toBe(true);
      });

      it.for([
        [0, 0],
        [0, 1],
        [1, 3],
        [262_143, 262_145],
        [0, 999_999],
        [999_999, 2_000_000],
        [5, 4],
      ] as const)('gives the range from %d up to %d', async ([offset, end]) => {
        const content = randomBytes(1_000_000);
        await place('f', content);
        const chunks: Uint8Array[] = [];
        for await (const chunk of store.read('alice', 'f', offset, 1_000_000, end)) chunks.push(chunk);
        expect(Buffer.concat(chunks)).toEqual(content.subarray(offset, Math.max(offset, end)));
      });

      it('may be left early', async () => {
        await place('f', Buffer.alloc(1_000_000));
        for await (const chunk of store.read('alice', 'f', 0, 1_000_000)) {
          expect(chunk.byteLength).toBeGreaterThan(0);
          break;
        }
        expect(await readAll('f', 999_999, 1_000_000)).toHaveLength(1);
      });

      it.for(['g', 'f/g', 'd', 'x/y'])('finds no file at %s', async (path) => {
        await place('f', Buffer.alloc(1));
        await place('d/f', Buffer.alloc(1));
        expect(await outcome(readAll(path, 0, 1))).toBe('not-found');
      });

      it('finds no file of another client', async () => {
        await place('f', Buffer.alloc(1));
        await expect(store.read('bob', 'f', 0, 1)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
          code: 'not-found',
        });
      });

      it('lets go of the file, however it ends', async () => {
        await place('f', Buffer.alloc(1_000_000));
        const open = async (): Promise<number> => {
          const places = readdirSync('/proc/self/fd').map((fd) => {
            try {
              return readlinkSync(`/proc/self/fd/${fd}`);
            } catch {
              return '';
            }
          });
          return places.filter((place) => place.endsWith('/alice/f')).length;
        };
        const reading = store.read('alice', 'f', 0, 1_000_000)[Symbol.asyncIterator]();
        await reading.next();
        expect(await open()).toBe(1);
        await reading.return?.();
        expect(await open()).toBe(0);
        for await (const chunk of store.read('alice', 'f', 0, 1_000_000, 10)) expect(chunk).toHaveLength(10);
        expect(await open()).toBe(0);
      });

      it.for([0, 9, 11])('does not pass off 10 bytes as %d', async (size) => {
        await place('f', Buffer.alloc(10));
        expect(await outcome(readAll('f', 0, size))).toBe('content-lost');
      });
    });

    it('sees beforehand what cannot fit', async () => {
      expect(await outcome(store.checkSpace(1000))).toBe('ok');
      expect(await outcome(store.checkSpace(2 ** 50))).toBe('disk-full');
      expect(await outcome(store.checkSpace(1000))).toBe('ok');
    });

    it('removes from incoming/, also twice', async () => {
      const { temporaryName } = await complete('f', Buffer.alloc(1));
      await store.removeIncoming(temporaryName);
      await store.removeIncoming(temporaryName);
      expect(await opened.incoming()).toEqual([]);
    });

    it('keeps many uploads at once apart', async () => {
      const contents = Array.from({ length: 30 }, (_, i) => Buffer.alloc(100_000 + i, i));
      const uploads = await Promise.all(contents.map(() => store.create(() => undefined)));
      for (let at = 0; at < 100_100; at += 3000) {
        for (const [index, upload] of uploads.entries()) {
          await upload.write(contents[index]?.subarray(at, at + 3000) ?? Buffer.alloc(0));
        }
      }
      const finished = await Promise.all(uploads.map((upload) => upload.finish()));
      expect(finished.map((upload) => upload.sha256)).toEqual(contents.map(sha256));
    });
  });
}
