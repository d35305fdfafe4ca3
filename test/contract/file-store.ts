import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CRC_VARIANTS } from '../../src/crypto/crc-variants.ts';
import type { DurableFile, FileStore, IncomingUpload, ReceiveOptions } from '../../src/transfer/ports.ts';
import { outcome } from '../support/outcome.ts';
import { crcOnTheWire, encrypt } from '../support/v3-cryptography.ts';
import { vectors } from '../support/vectors.ts';

/** An empty store, and what can be seen of it from the outside. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: FileStore;
  /** The paths of verified files, each behind the name of its client. */
  visible(): Promise<string[]>;
  /** The content at such a path. */
  content(path: string): Promise<Buffer>;
}

const KEY = Buffer.from('dd73379622c502005add84ce28423aa0', 'hex');
const PLAINTEXT = Buffer.from('hello, wire facts!\n');
const CIPHERTEXT = encrypt(KEY, PLAINTEXT);

function options(ciphertext: Uint8Array, changes: Partial<ReceiveOptions> = {}): ReceiveOptions {
  const contentSize = ciphertext.byteLength;
  return { aesKey: KEY, crc: 'zlib-ciphertext', form: 'plaintext', contentSize, ...changes };
}

async function feed(upload: IncomingUpload, bytes: Uint8Array, chunkSize = 50_000): Promise<void> {
  for (let at = 0; at < bytes.byteLength; at += chunkSize) {
    await upload.write(bytes.subarray(at, at + chunkSize));
  }
}

/** Receives a file and keeps it. */
async function keep(
  store: FileStore,
  ciphertext: Uint8Array,
  changes: Partial<ReceiveOptions> = {},
): Promise<DurableFile> {
  await using upload = await store.receive(options(ciphertext, changes));
  await feed(upload, ciphertext);
  const durable = await upload.finish();
  upload.keep();
  return durable;
}

/** What every FileStore must do. */
export function fileStoreContract(open: () => Promise<StoreUnderTest>): void {
  describe('FileStore', () => {
    let opened: StoreUnderTest;
    let store: FileStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened[Symbol.asyncDispose]());

    async function place(clientName: string, path: string, plaintext: Uint8Array): Promise<void> {
      await store.publish({ ...(await keep(store, encrypt(KEY, plaintext))), clientName, path });
    }

    describe('receive', () => {
      it.for(CRC_VARIANTS)('says what it stored, and the CRC: %s', async (crc) => {
        const durable = await keep(store, CIPHERTEXT, { crc });
        expect(durable).toMatchObject({ size: PLAINTEXT.length, crc32: crc32(PLAINTEXT) });
        const wire = Buffer.from(durable.wireCrc).toString('hex');
        expect(wire).toBe(crcOnTheWire(crc, PLAINTEXT, CIPHERTEXT));
        expect(await store.listIncoming()).toEqual([durable.temporaryName]);
      });

      it('stores ciphertext as it came', async () => {
        const durable = await keep(store, CIPHERTEXT, { form: 'ciphertext' });
        expect(durable).toMatchObject({ size: CIPHERTEXT.length, crc32: crc32(CIPHERTEXT) });
        await store.publish({ ...durable, clientName: 'c', path: 'f' });
        expect(await opened.content('c/f')).toEqual(CIPHERTEXT);
      });

      it.for([1, 16, 1000, 262_144, 1_000_000])('takes chunks of %d bytes', async (chunkSize) => {
        const plaintext = randomBytes(chunkSize === 1 ? 3000 : 1_500_000);
        const ciphertext = encrypt(KEY, plaintext);
        await using upload = await store.receive(options(ciphertext));
        await feed(upload, ciphertext, chunkSize);
        expect(await upload.finish()).toMatchObject({ size: plaintext.length, crc32: crc32(plaintext) });
      });

      it('may take a chunk without being waited for, and reads it then and there', async () => {
        const chunk = Buffer.from(CIPHERTEXT);
        await using upload = await store.receive(options(chunk));
        expect(upload.write(chunk)).toBeUndefined();
        chunk.fill(0);
        expect(await upload.finish()).toMatchObject({ crc32: crc32(PLAINTEXT) });
      });

      it.for(vectors('aes').filter((vector) => vector.expect === 'bad-ciphertext'))(
        'refuses a ciphertext: $name',
        async (vector) => {
          const aesKey = Buffer.from(vector.key_hex, 'hex');
          const ciphertext = Buffer.from(vector.ciphertext_hex, 'hex');
          for (const form of ['plaintext', 'ciphertext'] as const) {
            expect(await outcome(keep(store, ciphertext, { aesKey, form }))).toBe('bad-ciphertext');
          }
          expect(await store.listIncoming()).toEqual([]);
        },
      );

      it('refuses what cannot fit before it takes a byte', async () => {
        expect(await outcome(store.receive(options(CIPHERTEXT, { contentSize: 2 ** 50 })))).toBe('disk-full');
        expect(await store.listIncoming()).toEqual([]);
      });
    });

    describe('an upload that is disposed of', () => {
      it.for([
        { when: 'before its first byte', bytes: 0, finish: false },
        { when: 'within', bytes: 100_000, finish: false },
        { when: 'when it is complete', bytes: 800_016, finish: false },
        { when: 'when it is finished but not to be kept', bytes: 800_016, finish: true },
      ])('$when leaves nothing', async ({ bytes, finish }) => {
        const ciphertext = encrypt(KEY, Buffer.alloc(800_000));
        {
          await using upload = await store.receive(options(ciphertext));
          await feed(upload, ciphertext.subarray(0, bytes));
          if (finish) await upload.finish();
        }
        expect(await store.listIncoming()).toEqual([]);
        expect(await opened.visible()).toEqual([]);
      });

      it('leaves those alone that go on', async () => {
        await using other = await store.receive(options(CIPHERTEXT));
        {
          await using _upload = await store.receive(options(CIPHERTEXT));
        }
        await feed(other, CIPHERTEXT);
        expect(await other.finish()).toMatchObject({ crc32: crc32(PLAINTEXT) });
      });
    });

    describe('many uploads at once', () => {
      // More than there are blocks to carry them, and one that has begun and never goes on.
      it('do not wait for one that stalls', async () => {
        const ciphertext = encrypt(KEY, Buffer.alloc(300_000, 'many'));
        await using stalled = await store.receive(options(ciphertext));
        await feed(stalled, ciphertext.subarray(0, 270_000));
        const kept = await Promise.all(Array.from({ length: 100 }, () => keep(store, ciphertext)));
        expect(new Set(kept.map(({ crc32: crc }) => crc))).toEqual(
          new Set([crc32(Buffer.alloc(300_000, 'many'))]),
        );
        expect(new Set(kept.map(({ temporaryName }) => temporaryName)).size).toBe(100);
      });

      it('do not mix', async () => {
        const contents = Array.from({ length: 30 }, (_, i) => Buffer.alloc(100_000 + i, i));
        const uploads = await Promise.all(
          contents.map(async (content) => {
            const ciphertext = encrypt(KEY, content);
            return { ciphertext, upload: await store.receive(options(ciphertext)) };
          }),
        );
        for (let at = 0; at < 100_100; at += 3000) {
          for (const { ciphertext, upload } of uploads)
            await upload.write(ciphertext.subarray(at, at + 3000));
        }
        const finished = await Promise.all(uploads.map(({ upload }) => upload.finish()));
        expect(finished.map(({ crc32: crc }) => crc)).toEqual(contents.map((content) => crc32(content)));
        for (const { upload } of uploads) await upload[Symbol.asyncDispose]();
      });
    });

    describe('publish', () => {
      it('shows a file at its place, and not before', async () => {
        const durable = await keep(store, CIPHERTEXT);
        expect(await opened.visible()).toEqual([]);
        await store.publish({ ...durable, clientName: 'alice', path: 'a/b/c.txt' });
        expect(await opened.visible()).toEqual(['alice/a/b/c.txt']);
        expect(await opened.content('alice/a/b/c.txt')).toEqual(PLAINTEXT);
        expect(await store.listIncoming()).toEqual([]);
      });

      it('replaces the version before', async () => {
        await place('alice', 'f', Buffer.from('old'));
        await place('alice', 'f', PLAINTEXT);
        expect(await opened.content('alice/f')).toEqual(PLAINTEXT);
        expect(await opened.visible()).toEqual(['alice/f']);
      });

      it('may be done again', async () => {
        const file = { ...(await keep(store, CIPHERTEXT)), clientName: 'alice', path: 'f' };
        await store.publish(file);
        expect(await outcome(store.publish(file))).toBe('ok');
        expect(await opened.content('alice/f')).toEqual(PLAINTEXT);
      });

      it.for([
        { what: 'nothing stands at its place', there: undefined },
        { what: 'another version does', there: Buffer.from('an older version') },
        { what: 'another of the same size does', there: Buffer.from('hello, wire fact!\n!') },
      ])('fails where the content is gone and $what', async ({ there }) => {
        const file = { ...(await keep(store, CIPHERTEXT)), clientName: 'alice', path: 'f' };
        if (there) await place('alice', 'f', there);
        await store.removeIncoming(file.temporaryName);
        expect(await outcome(store.publish(file))).toBe('content-lost');
      });

      it('keeps clients apart', async () => {
        await place('alice', 'f', Buffer.from('of alice'));
        await place('bob', 'f', Buffer.from('of bob'));
        expect(await opened.visible()).toEqual(['alice/f', 'bob/f']);
        expect((await opened.content('alice/f')).toString()).toBe('of alice');
      });

      it('takes names as they are', async () => {
        const path = '-rf/ö/\u001b[31m\u202e/$(id)';
        await place('a b', path, PLAINTEXT);
        expect(await opened.visible()).toEqual([`a b/${path}`]);
      });

      it('places many in one new folder at once', async () => {
        const paths = Array.from({ length: 20 }, (_, i) => `new/folder/${i}`);
        await Promise.all(paths.map((path) => place('alice', path, Buffer.from(path))));
        expect(await opened.visible()).toEqual(paths.map((path) => `alice/${path}`).toSorted());
      });
    });

    describe.for([
      { what: 'a file where a folder is wanted', there: 'x', wanted: 'x/y' },
      { what: 'a file where a folder is wanted, deeper', there: 'x/y', wanted: 'x/y/z/f' },
      { what: 'a folder where a file is wanted', there: 'x/y', wanted: 'x' },
    ])('$what', ({ there, wanted }) => {
      it('is seen by checkPlace and by publish', async () => {
        await place('alice', there, PLAINTEXT);
        expect(await outcome(store.checkPlace('alice', wanted))).toBe('bad-path');
        const file = { ...(await keep(store, CIPHERTEXT)), clientName: 'alice', path: wanted };
        expect(await outcome(store.publish(file))).toBe('bad-path');
        expect(await opened.visible()).toEqual([`alice/${there}`]);
        expect(await store.listIncoming()).toEqual([file.temporaryName]);
      });
    });

    describe('checkPlace', () => {
      it.for(['new', 'new/folder/f', 'old', 'folder/old', 'folder/new'])('allows %s', async (path) => {
        await place('alice', 'old', PLAINTEXT);
        await place('alice', 'folder/old', PLAINTEXT);
        expect(await outcome(store.checkPlace('alice', path))).toBe('ok');
        expect(await outcome(store.checkPlace('nobody yet', path))).toBe('ok');
      });
    });

    describe('incoming/', () => {
      it('is read back as it was written', async () => {
        const {
          temporaryName,
          size,
          crc32: crc,
        } = await keep(store, encrypt(KEY, Buffer.alloc(3_000_000, 1)));
        expect(await store.readBack(temporaryName)).toEqual({ size, crc32: crc });
      });

      it('gives nothing back of what is not there', async () => {
        expect(await store.readBack('0'.repeat(32))).toBeUndefined();
      });

      it('loses what is removed, also twice', async () => {
        const { temporaryName } = await keep(store, CIPHERTEXT);
        await store.removeIncoming(temporaryName);
        expect(await store.listIncoming()).toEqual([]);
        expect(await outcome(store.removeIncoming(temporaryName))).toBe('ok');
      });
    });
  });
}
