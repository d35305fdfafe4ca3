// Deleting stored files, and uploads that meet it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SesameError } from '../../src/base/errors.ts';
import { CLIENT } from '../contract/journals.ts';
import { facts } from '../contract/tables.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { filesBelow } from '../support/stored-files.ts';
import { V4Engine } from '../support/v4-engine.ts';

let folder: FastFolder;

beforeEach(async () => {
  folder = await FastFolder.create();
});
afterEach(() => folder[Symbol.asyncDispose]());

/** What stands at the client's places; the ledger must know of the same. */
async function stored({ user }: V4Engine): Promise<Record<string, string>> {
  const entries = await user.database.uploads.list(user.machine.row, '', '', 100);
  for (const { path } of entries) await user.journal.settled(CLIENT, path);
  const root = join(folder.path, 'files', CLIENT);
  const files = (await filesBelow(root)).sort();
  expect(entries.map(({ path }) => path)).toEqual(files);
  const contents = await Promise.all(files.map((path) => readFile(join(root, path), 'utf8')));
  return Object.fromEntries(files.map((path, i) => [path, contents[i] ?? '']));
}

const incoming = (): Promise<string[]> => filesBelow(join(folder.path, 'incoming'));

/** Holds a step back. */
function gate(): { arrived: Promise<void>; pass: () => Promise<void>; open: () => void } {
  const [arrived, opened] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  return {
    arrived: arrived.promise.then(() => undefined),
    pass: async () => {
      arrived.resolve(undefined);
      await opened.promise;
    },
    open: () => {
      opened.resolve(undefined);
    },
  };
}

describe.for(['upload', 'put'] as const)('a file that came by %s', (way) => {
  it('is gone when it was deleted, and its receipt is not', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine[way]('d/f', 'one');
    await engine[way]('d/g', 'two');
    await engine.stored.remove(CLIENT, 'd/f');
    expect(await stored(engine)).toEqual({ 'd/g': 'two' });
    const { catalogue, deletions } = engine.user.database;
    expect(await catalogue.receipts(CLIENT, 0, 10)).toHaveLength(2);
    expect(await deletions.list()).toEqual([]);
    expect(await outcome(engine.stored.remove(CLIENT, 'd/f'))).toBe('not-found');
  });

  it('may be stored again', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine[way]('f', 'one');
    await engine.stored.remove(CLIENT, 'f');
    expect((await engine[way]('f', 'one')).wasThere).toBe(false);
    expect(await stored(engine)).toEqual({ f: 'one' });
  });

  it('does not come back by a start', async () => {
    {
      await using engine = await V4Engine.open(folder.path);
      await engine[way]('f', 'one');
      await engine.stored.remove(CLIENT, 'f');
    }
    await using engine = await V4Engine.open(folder.path);
    expect(await stored(engine)).toEqual({});
  });

  it('that comes while its path is being deleted waits, and stays', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('f', 'one');
    for (const step of ['record', 'unlink', 'finish']) {
      const { arrived, pass, open } = gate();
      engine.beforeDeletion = (at) => (at === step ? pass() : undefined);
      const removal = engine.stored.remove(CLIENT, 'f');
      await arrived;
      let isThere = false;
      const upload = engine[way]('f', step).then(() => (isThere = true));
      await engine.put('another', step);
      expect(isThere, step).toBe(false);
      open();
      await Promise.all([removal, upload]);
      expect(await stored(engine), step).toEqual({ f: step, another: step });
    }
  });
});

describe('a deletion', () => {
  it('finds nothing where nothing is stored', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('d/f', 'one');
    for (const [client, path] of [
      [CLIENT, 'f'],
      [CLIENT, 'd'],
      [CLIENT, '../alice/d/f'],
      ['bob', 'd/f'],
    ] as const)
      expect(await outcome(engine.stored.remove(client, path))).toBe('not-found');
    expect(await stored(engine)).toEqual({ 'd/f': 'one' });
  });

  it('supersedes an upload that is under way, which may go on behind it', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('f', 'one');
    const superseded: string[] = [];
    const events = { taken: () => undefined, superseded: (why: SesameError) => superseded.push(why.code) };
    const upload = await engine.large.open(engine.user.machine, facts('f', { size: 6 }), false, events);
    await engine.large.expect(upload, 0, 3);
    await upload.write(Buffer.from('abc'));
    await engine.stored.remove(CLIENT, 'f');
    expect(superseded).toEqual(['superseded']);
    expect(await stored(engine)).toEqual({});
    const again = await engine.large.open(engine.user.machine, facts('f', { size: 6 }), false, events);
    expect(again.received).toBe(3);
    await engine.large.cancel(again, true);
    expect(await incoming()).toEqual([]);
  });

  it('waits for an upload that is past its commit, and deletes what that has stored', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('f', 'one');
    const { arrived, pass, open } = gate();
    engine.publish = async (own, file) => {
      await pass();
      await own(file);
    };
    const upload = engine.upload('f', 'two');
    await arrived;
    const removal = engine.stored.remove(CLIENT, 'f');
    open();
    await Promise.all([upload, removal]);
    expect(await stored(engine)).toEqual({});
    expect(await incoming()).toEqual([]);
  });

  it('finishes first what a fault of the disk has left half-way', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('f', 'one');
    const fault = new SesameError('storage-failed', 'a disk that fails');
    engine.publish = async (own, file) => {
      await own(file);
      throw fault;
    };
    expect(await outcome(engine.upload('f', 'two'))).toBe('storage-failed');
    engine.publish = (own, file) => own(file);
    await engine.stored.remove(CLIENT, 'f');
    expect(await stored(engine)).toEqual({});
    expect(await engine.user.database.uploads.listIntended()).toEqual([]);
  });

  it('of a kept version leaves the others', async () => {
    await using engine = await V4Engine.open(folder.path, { policy: 'version' });
    for (const content of ['one', 'two', 'three']) await engine.put('f', content);
    await engine.stored.remove(CLIENT, 'f.~1~');
    expect(await stored(engine)).toEqual({ f: 'three', 'f.~2~': 'two' });
    await engine.stored.remove(CLIENT, 'f');
    expect(await stored(engine)).toEqual({ 'f.~2~': 'two' });
  });

  it.for(['upload', 'put'] as const)(
    'of a kept version keeps its name from the next, which comes by %s, until it is done',
    async (way) => {
      await using engine = await V4Engine.open(folder.path, { policy: 'version' });
      for (const content of ['one', 'two']) await engine.put('f', content);
      const { arrived, pass, open } = gate();
      engine.beforeDeletion = (step) => (step === 'unlink' ? pass() : undefined);
      const removal = engine.stored.remove(CLIENT, 'f.~1~');
      await arrived;
      await engine[way]('f', 'three');
      open();
      await removal;
      expect(await stored(engine)).toEqual({ f: 'three', 'f.~2~': 'two' });
    },
  );

  it('keeps folders from its path until it is done', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('f', 'one');
    const { arrived, pass, open } = gate();
    engine.beforeDeletion = (step) => (step === 'unlink' ? pass() : undefined);
    const removal = engine.stored.remove(CLIENT, 'f');
    await arrived;
    expect(await outcome(engine.put('f/below', 'two'))).toBe('path-conflict');
    open();
    await removal;
    await engine.put('f/below', 'two');
    expect(await stored(engine)).toEqual({ 'f/below': 'two' });
  });

  it('that met a fault of the disk is done by the next try', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('f', 'one');
    engine.beforeDeletion = (step) => {
      if (step === 'unlink') throw new SesameError('storage-failed', 'a disk that fails');
    };
    expect(await outcome(engine.stored.remove(CLIENT, 'f'))).toBe('storage-failed');
    engine.beforeDeletion = () => undefined;
    await engine.stored.remove(CLIENT, 'f');
    expect(await stored(engine)).toEqual({});
    expect(await outcome(engine.stored.remove(CLIENT, 'f'))).toBe('not-found');
  });
});
