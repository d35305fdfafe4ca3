// A v4 upload that fails behind its intent, and what comes to its path after that.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SesameError } from '../../src/base/errors.ts';
import { CLIENT } from '../contract/journals.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { filesBelow } from '../support/stored-files.ts';
import { V4Engine } from '../support/v4-engine.ts';

const FAULT = new SesameError('storage-failed', 'a disk that fails');

let folder: FastFolder;

beforeEach(async () => {
  folder = await FastFolder.create();
});
afterEach(() => folder[Symbol.asyncDispose]());

/** What stands at the client's places. */
async function stored(): Promise<Record<string, string>> {
  const root = join(folder.path, 'files', CLIENT);
  const files = await filesBelow(root);
  const contents = await Promise.all(files.map((path) => readFile(join(root, path), 'utf8')));
  return Object.fromEntries(files.map((path, i) => [path, contents[i] ?? '']));
}

/** What the ledger says of them. */
async function listed({ user }: V4Engine): Promise<string[]> {
  const entries = await user.database.uploads.list(user.machine.row, '', '', 100);
  return entries.map(({ path }) => path);
}

describe.for([
  { when: 'behind the rename', renamed: true },
  { when: 'before the rename', renamed: false },
])('a disk that fails $when', ({ renamed }) => {
  /** One version stands, and the next fails. */
  async function broken(): Promise<V4Engine> {
    const engine = await V4Engine.open(folder.path, { policy: 'version' });
    await engine.upload('f', 'one');
    engine.publish = async (own, file) => {
      if (renamed) await own(file);
      throw FAULT;
    };
    expect(await outcome(engine.upload('f', 'two'))).toBe('storage-failed');
    return engine;
  }

  const heal = (engine: V4Engine): void => {
    engine.publish = (own, file) => own(file);
  };

  it('refuses as long as it fails', async () => {
    await using engine = await broken();
    expect(await outcome(engine.upload('f', 'two'))).toBe('storage-failed');
    expect(await outcome(engine.put('f', 'three'))).toBe('storage-failed');
    await engine.put('another', 'path');
  });

  it('has the upload, when it is sent again', async () => {
    await using engine = await broken();
    heal(engine);
    expect((await engine.upload('f', 'two')).wasThere, 'finished by then').toBe(true);
    expect(await stored()).toEqual({ f: 'two', 'f.~1~': 'one' });
    expect(await listed(engine)).toEqual(['f', 'f.~1~']);
  });

  it.for(['upload', 'put'] as const)(
    'takes another version, by %s, and keeps both before it',
    async (way) => {
      await using engine = await broken();
      heal(engine);
      await engine[way]('f', 'three');
      expect(await stored()).toEqual({ f: 'three', 'f.~1~': 'one', 'f.~2~': 'two' });
      expect(await listed(engine)).toEqual(['f', 'f.~1~', 'f.~2~']);
    },
  );

  it('is finished by the next start, and never over a newer version', async () => {
    {
      await using engine = await broken();
      heal(engine);
      await engine.put('f', 'three');
    }
    await using engine = await V4Engine.open(folder.path);
    expect(await stored()).toEqual({ f: 'three', 'f.~1~': 'one', 'f.~2~': 'two' });
    expect(await engine.user.database.uploads.listIntended()).toEqual([]);
  });
});

it('one upload whose row is gone fails alone, whoever shares its batch', async () => {
  await using engine = await V4Engine.open(folder.path);
  engine.recordIntents = async (own, files) => {
    const lost = files.find(({ path }) => path === 'lost');
    if (lost) await engine.user.database.uploads.drop(lost.row);
    return own(files);
  };
  const paths = ['a', 'lost', 'b', 'c'];
  const outcomes = await Promise.all(paths.map((path) => outcome(engine.upload(path, path))));
  expect(outcomes).toEqual(['ok', 'content-lost', 'ok', 'ok']);
  expect(await stored()).toEqual({ a: 'a', b: 'b', c: 'c' });
  engine.recordIntents = (own, ...args) => own(...args);
  expect(await outcome(engine.upload('lost', 'lost')), 'and may be sent again').toBe('ok');
});
