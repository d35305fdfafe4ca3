import { lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DurableFolders } from '../../../src/storage/folders.ts';
import { FastFolder } from '../../support/fast-folder.ts';
import { outcome } from '../../support/outcome.ts';

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

let roots = 0;
let root: string;
beforeEach(() => {
  roots += 1;
  root = join(folder.path, `${roots}`);
  mkdirSync(root);
});

describe('DurableFolders', () => {
  it('makes what is not there, 0700, and says where it is', async () => {
    const made = await new DurableFolders(root).make(['a', 'b', 'c']);
    expect(made).toBe(join(root, 'a', 'b', 'c'));
    for (const path of ['a', 'a/b', 'a/b/c']) expect(lstatSync(join(root, path)).mode & 0o777).toBe(0o700);
  });

  it('is content with what is there, also when many want it at once', async () => {
    const folders = new DurableFolders(root);
    const made = await Promise.all(Array.from({ length: 20 }, () => folders.make(['a', 'b'])));
    expect(new Set(made)).toEqual(new Set([join(root, 'a', 'b')]));
    expect(await folders.make([])).toBe(root);
  });

  it('makes again what somebody removed, though it made that once', async () => {
    const folders = new DurableFolders(root);
    await folders.make(['a', 'b']);
    rmSync(join(root, 'a'), { recursive: true });
    await folders.make(['a', 'b']);
    expect(readdirSync(join(root, 'a'))).toEqual(['b']);
  });

  it('refuses a file in the way', async () => {
    writeFileSync(join(root, 'a'), '');
    expect(await outcome(new DurableFolders(root).make(['a', 'b']))).toBe('bad-path');
  });

  it('refuses a link in the way, also one that takes the place of a folder it made', async () => {
    const elsewhere = join(folder.path, `${roots}-elsewhere`);
    mkdirSync(elsewhere);
    const folders = new DurableFolders(root);
    symlinkSync(elsewhere, join(root, 'link'));
    expect(await outcome(folders.make(['link', 'b']))).toBe('bad-path');
    await folders.make(['made']);
    rmSync(join(root, 'made'), { recursive: true });
    symlinkSync(elsewhere, join(root, 'made'));
    expect(await outcome(folders.make(['made', 'b']))).toBe('bad-path');
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});
