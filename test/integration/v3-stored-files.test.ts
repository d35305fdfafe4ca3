// Files that came by v3, as an operator sees, verifies and deletes them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SesameError } from '../../src/base/errors.ts';
import { Database } from '../../src/storage/database.ts';
import { FileStorage } from '../../src/storage/file-storage.ts';
import { PathHolders } from '../../src/transfer/path-holders.ts';
import { StoredFiles } from '../../src/transfer/stored-files.ts';
import { ISSUER_KEY } from '../contract/tables.ts';
import { Engine, type EnrolledClient } from '../support/engine.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { FaultyPorts } from '../support/faulty-ports.ts';
import { outcome } from '../support/outcome.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const V1 = Buffer.from('the version that was acknowledged before');
const V2 = Buffer.from('the new version');
const FAULT = new SesameError('storage-failed', 'a disk that fails');

let folder: FastFolder;
let stack: AsyncDisposableStack;
let ports: FaultyPorts;
let engine: Engine;
let database: Database;
let files: StoredFiles;
let alice: EnrolledClient;
/** Called before a file is unlinked. */
let beforeUnlink: () => Promise<void>;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  folder = stack.use(await FastFolder.create());
  const data = join(folder.path, 'data');
  ports = new FaultyPorts();
  engine = stack.use(await Engine.open(data, { wrap: ports.wrap }));
  database = stack.use(await Database.open(join(data, 'sesame.db')));
  const log = new RecordingLogger();
  const folders = { incoming: join(data, 'incoming'), files: join(data, 'files') };
  const { uploads } = stack.use(new FileStorage(folders, log));
  beforeUnlink = async () => undefined;
  files = new StoredFiles({
    catalogue: database.catalogue,
    deletions: database.deletions,
    store: {
      read: (...args) => uploads.read(...args),
      digest: (...args) => uploads.digest(...args),
      remove: async (...args) => {
        await beforeUnlink();
        await uploads.remove(...args);
      },
    },
    // Nothing of v4 is here.
    journal: { settled: async () => undefined },
    publisher: { settle: async () => undefined },
    holders: new PathHolders(),
    v3: engine.receiver,
    receiptKey: ISSUER_KEY,
    log,
  });
  alice = await engine.enrol('alice');
  await engine.send(alice, 'd/f', V1);
  await engine.confirm(alice, 'd/f');
});
afterEach(() => stack.disposeAsync());

const stands = () => engine.stored('alice', 'd/f');
const isListed = async () => (await database.catalogue.find('alice', 'd/f')) !== undefined;

describe('a file of v3', () => {
  it('is deleted, and may be sent again', async () => {
    await files.remove('alice', 'd/f');
    expect([await stands(), await isListed()]).toEqual([undefined, false]);
    expect(await outcome(files.remove('alice', 'd/f'))).toBe('not-found');
    await engine.send(alice, 'd/f', V2);
    await engine.confirm(alice, 'd/f');
    expect(await stands()).toEqual(V2);
  });

  it('that waits for its sender outlives the deletion of the one before', async () => {
    await engine.send(alice, 'd/f', V2);
    await files.remove('alice', 'd/f');
    expect(await stands()).toBeUndefined();
    await engine.confirm(alice, 'd/f');
    expect(await stands()).toEqual(V2);
  });

  it('that is confirmed while the one before is being deleted waits, and stays', async () => {
    await engine.send(alice, 'd/f', V2);
    let confirmation: Promise<void> | undefined;
    beforeUnlink = async () => {
      confirmation = engine.confirm(alice, 'd/f');
      // Nothing of the other path waits.
      await engine.send(alice, 'other', V1);
      await engine.confirm(alice, 'other');
      expect(await stands()).toEqual(V1);
    };
    await files.remove('alice', 'd/f');
    await confirmation;
    expect([await stands(), await isListed()]).toEqual([V2, true]);
  });

  it('that is being confirmed is deleted when that is done', async () => {
    await engine.send(alice, 'd/f', V2);
    let removal: Promise<void> | undefined;
    ports.before('recordVerified', async () => {
      removal = files.remove('alice', 'd/f');
      await engine.send(alice, 'other', V1);
      expect(await stands()).toEqual(V2);
    });
    await engine.confirm(alice, 'd/f');
    await removal;
    expect([await stands(), await isListed()]).toEqual([undefined, false]);
  });

  it('that a fault of the disk left half-way is finished, and then deleted', async () => {
    await engine.send(alice, 'd/f', V2);
    ports.before('recordVerified', () => Promise.reject(FAULT));
    expect(await outcome(engine.confirm(alice, 'd/f'))).toBe('storage-failed');
    expect(await outcome(files.remove('alice', 'd/f')), 'it cannot be finished').toBe('storage-failed');
    ports.heal();
    await files.remove('alice', 'd/f');
    expect([await stands(), await isListed()]).toEqual([undefined, false]);
    expect(await engine.ports.ledger.listOpen()).toEqual([]);
    expect(await engine.incoming()).toEqual([]);
  });

  it('whose deletion was interrupted goes with the next start', async () => {
    beforeUnlink = () => Promise.reject(FAULT);
    expect(await outcome(files.remove('alice', 'd/f'))).toBe('storage-failed');
    expect([await stands(), await isListed()]).toEqual([V1, false]);
    beforeUnlink = async () => undefined;
    await files.finishDeletions();
    expect(await stands()).toBeUndefined();
    expect(await database.deletions.list()).toEqual([]);
  });

  it('is verified by its CRC-32', async () => {
    expect(await files.verify('alice', 'd/f')).toMatchObject({ verdict: 'intact', bytes: V1.length });
    await writeFile(join(folder.path, 'data', 'files', 'alice', 'd', 'f'), Buffer.alloc(V1.length));
    expect(await files.verify('alice', 'd/f')).toMatchObject({
      verdict: 'changed',
      message: 'its content has changed (CRC-32)',
    });
  });

  it('is read in ranges', async () => {
    const { entry, read } = await files.open('alice', 'd/f');
    expect(entry).toMatchObject({ size: V1.length, seq: 0 });
    const chunks: Uint8Array[] = [];
    for await (const chunk of read(4, 7)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('version');
  });
});
