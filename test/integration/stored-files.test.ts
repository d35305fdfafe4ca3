// What an operator sees of stored files: verifying and reading.
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLIENT, smallFile } from '../contract/journals.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { V4Engine } from '../support/v4-engine.ts';

let folder: FastFolder;

beforeEach(async () => {
  folder = await FastFolder.create();
});
afterEach(() => folder[Symbol.asyncDispose]());

const place = (path: string): string => join(folder.path, 'files', CLIENT, path);

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

describe('verifying', () => {
  it('finds a sound file intact, and says what it read', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('d/f', 'hello');
    const verification = await engine.stored.verify(CLIENT, 'd/f');
    expect(verification).toMatchObject({ verdict: 'intact', bytes: 5 });
    expect(verification.seconds).toBeGreaterThan(0);
  });

  it('sees what has become of a file', async () => {
    await using engine = await V4Engine.open(folder.path);
    for (const path of ['gone', 'short', 'other']) await engine.upload(path, 'hello');
    await rm(place('gone'));
    await truncate(place('short'), 4);
    await writeFile(place('other'), 'hallo');
    const verdicts = ['gone', 'short', 'other'].map(async (path) => {
      const { verdict, message } = await engine.stored.verify(CLIENT, path);
      return [verdict, message];
    });
    expect(await Promise.all(verdicts)).toEqual([
      ['missing', 'is gone'],
      ['changed', 'has 4 bytes, 5 were acknowledged'],
      ['changed', 'its content has changed (SHA-256)'],
    ]);
  });

  it('knows no file that is not stored', async () => {
    await using engine = await V4Engine.open(folder.path);
    expect(await outcome(engine.stored.verify(CLIENT, 'f'))).toBe('not-found');
    expect(await outcome(engine.stored.open(CLIENT, 'f'))).toBe('not-found');
  });

  it('waits for what is in the journal only', async () => {
    await using engine = await V4Engine.open(folder.path);
    void engine.user.journal.place(await engine.user.commit([smallFile('f')]));
    expect(await engine.stored.verify(CLIENT, 'f')).toMatchObject({ verdict: 'intact' });
  });

  it('is not misled by a version that stands there already, but for its row', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('f', 'one');
    const renamed = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    engine.publish = async (own, file) => {
      await own(file);
      renamed.resolve(undefined);
      await goOn.promise;
    };
    const upload = engine.upload('f', 'two');
    await renamed.promise;
    const { uploads } = engine.user.files;
    const digest = uploads.digest.bind(uploads);
    vi.spyOn(uploads, 'digest').mockImplementationOnce(async (...args) => {
      const found = await digest(...args);
      goOn.resolve(undefined);
      await upload;
      return found;
    });
    expect(await engine.stored.verify(CLIENT, 'f')).toMatchObject({ verdict: 'intact', bytes: 6 });
  });
});

describe('opening', () => {
  it('gives a file and any range of it', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('f', 'hello, world');
    const { entry, read } = await engine.stored.open(CLIENT, 'f');
    expect(entry).toMatchObject({ clientName: CLIENT, path: 'f', size: 12, seq: 1 });
    expect(await textOf(read(0, 12))).toBe('hello, world');
    expect(await textOf(read(7, 3))).toBe('wor');
    expect(await textOf(read(7, 100))).toBe('world');
    expect(await textOf(read(12, 1))).toBe('');
  });

  it('waits for what is in the journal only', async () => {
    await using engine = await V4Engine.open(folder.path);
    void engine.user.journal.place(await engine.user.commit([smallFile('f', 'hello')]));
    const { read } = await engine.stored.open(CLIENT, 'f');
    expect(await textOf(read(0, 5))).toBe('hello');
  });

  it('does not pass off another size', async () => {
    await using engine = await V4Engine.open(folder.path);
    await engine.put('f', 'hello');
    const { read } = await engine.stored.open(CLIENT, 'f');
    await truncate(place('f'), 4);
    expect(await outcome(textOf(read(0, 2)))).toBe('content-lost');
    await engine.stored.remove(CLIENT, 'f');
    expect(await outcome(textOf(read(0, 2)))).toBe('not-found');
  });
});
