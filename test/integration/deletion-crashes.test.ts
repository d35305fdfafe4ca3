// A process that dies between any two steps of a deletion, and what the next start makes of it.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConflictPolicy } from '../../src/transfer/upload-ports.ts';
import { CLIENT, smallFile } from '../contract/journals.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { filesBelow } from '../support/stored-files.ts';
import { V4Engine, type DeletionStep } from '../support/v4-engine.ts';

const STEPS: readonly DeletionStep[] = ['record', 'unlink', 'finish'];

let folder: FastFolder;

beforeEach(async () => {
  folder = await FastFolder.create();
});
afterEach(() => folder[Symbol.asyncDispose]());

class Crash extends Error {}

/** Deletes a file, and dies before this step. */
async function crashBefore(step: DeletionStep, path: string, policy?: ConflictPolicy): Promise<void> {
  await using engine = await V4Engine.open(folder.path, policy && { policy });
  await dieBefore(engine, step, path);
}

async function dieBefore(engine: V4Engine, step: DeletionStep, path: string): Promise<void> {
  let dead = false;
  engine.beforeDeletion = (at) => {
    dead ||= at === step;
    if (dead) throw new Crash();
  };
  await expect(engine.stored.remove(CLIENT, path)).rejects.toThrow(Crash);
}

/** What stands at the client's places, which is what the ledger has; no deletion is left unfinished. */
async function stored({ user }: V4Engine): Promise<Record<string, string>> {
  const root = join(folder.path, 'files', CLIENT);
  const files = (await filesBelow(root)).sort();
  const entries = await user.database.uploads.list(user.machine.row, '', '', 100);
  expect(entries.map(({ path }) => path)).toEqual(files);
  expect(await user.database.deletions.list()).toEqual([]);
  expect(await filesBelow(join(folder.path, 'incoming'))).toEqual([]);
  const contents = await Promise.all(files.map((path) => readFile(join(root, path), 'utf8')));
  return Object.fromEntries(files.map((path, i) => [path, contents[i] ?? '']));
}

describe.for(STEPS)('a crash before the step %s', (step) => {
  const deleted = step !== 'record';

  it.for(['upload', 'put'] as const)('of the deletion of a file that came by %s', async (way) => {
    {
      await using engine = await V4Engine.open(folder.path);
      await engine[way]('d/f', 'one');
      await engine[way]('d/g', 'two');
      await dieBefore(engine, step, 'd/f');
    }
    await using engine = await V4Engine.open(folder.path);
    expect(await stored(engine)).toEqual(deleted ? { 'd/g': 'two' } : { 'd/f': 'one', 'd/g': 'two' });
    await engine[way]('d/f', 'three');
    expect(await stored(engine)).toEqual({ 'd/f': 'three', 'd/g': 'two' });
  });

  it('and a second one in the start', async () => {
    {
      await using engine = await V4Engine.open(folder.path);
      await engine.put('f', 'one');
      await dieBefore(engine, step, 'f');
    }
    for (const again of STEPS) {
      const engine = await V4Engine.open(folder.path, {
        beforeDeletion: (at) => {
          if (at === again) throw new Crash();
        },
      });
      await engine[Symbol.asyncDispose]();
    }
    await using engine = await V4Engine.open(folder.path);
    expect(await stored(engine)).toEqual(deleted ? {} : { f: 'one' });
  });

  it('of the deletion of a version that a journaled one has moved', async () => {
    {
      await using engine = await V4Engine.open(folder.path, { policy: 'version' });
      await engine.put('f', 'one');
      await engine.put('f', 'two');
      await dieBefore(engine, step, 'f.~1~');
    }
    await using engine = await V4Engine.open(folder.path);
    expect(await stored(engine)).toEqual(deleted ? { f: 'two' } : { f: 'two', 'f.~1~': 'one' });
  });

  it('of the deletion of what has moved another out of its way', async () => {
    {
      await using engine = await V4Engine.open(folder.path, { policy: 'version' });
      await engine.upload('f', 'one');
      await engine.put('f', 'two');
      await dieBefore(engine, step, 'f');
    }
    await using engine = await V4Engine.open(folder.path);
    expect(await stored(engine)).toEqual(deleted ? { 'f.~1~': 'one' } : { f: 'two', 'f.~1~': 'one' });
  });

  it('where another version has come since, which stays', async () => {
    {
      await using engine = await V4Engine.open(folder.path);
      await engine.put('f', 'one');
      await dieBefore(engine, step, 'f');
      // The process lives on: only the deletion has failed.
      await engine.put('f', 'two');
    }
    await using engine = await V4Engine.open(folder.path);
    expect(await stored(engine)).toEqual({ f: 'two' });
  });

  it('where another version was about to come, which stays', async () => {
    {
      await using engine = await V4Engine.open(folder.path);
      await engine.upload('f', 'one');
      await dieBefore(engine, step, 'f');
      const intended = await engine.user.intend('f', 'two');
      await engine.user.files.uploads.publish(intended);
    }
    await using engine = await V4Engine.open(folder.path);
    expect(await stored(engine)).toEqual({ f: 'two' });
  });
});

it('a deletion that was done is not undone by the journal', async () => {
  {
    await using engine = await V4Engine.open(folder.path);
    for (const path of ['a', 'b', 'c']) await engine.put(path, path);
    await engine.stored.remove(CLIENT, 'b');
    expect(await engine.user.database.journal.list(), 'no checkpoint has been').toHaveLength(2);
  }
  await using engine = await V4Engine.open(folder.path);
  expect(await stored(engine)).toEqual({ a: 'a', c: 'c' });
});

it('a file that is in the journal only is deleted when it stands at its place', async () => {
  await using engine = await V4Engine.open(folder.path);
  const inTheWay = join(folder.path, 'files', CLIENT, 'f');
  await mkdir(join(inTheWay, 'strange'), { recursive: true });
  void engine.user.journal.place(await engine.user.commit([smallFile('f')]));
  let isDeleted = false;
  const removal = engine.stored.remove(CLIENT, 'f').then(() => (isDeleted = true));
  await engine.put('another', 'content');
  expect(isDeleted).toBe(false);
  await rm(inTheWay, { recursive: true });
  await removal;
  expect(await stored(engine)).toEqual({ another: 'content' });
});

it('what cannot be deleted keeps no server from starting', async () => {
  {
    await using engine = await V4Engine.open(folder.path);
    for (const path of ['f', 'g']) await engine.put(path, path);
    await dieBefore(engine, 'unlink', 'f');
  }
  await crashBefore('unlink', 'g');
  const engine = await V4Engine.open(folder.path, {
    beforeDeletion: (step) => {
      if (step === 'unlink') throw new Crash('the disk');
    },
  });
  expect(engine.user.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  await engine[Symbol.asyncDispose]();
  await using healed = await V4Engine.open(folder.path);
  expect(await stored(healed)).toEqual({});
});
