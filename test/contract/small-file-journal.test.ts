import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { filesBelow } from '../support/stored-files.ts';
import { CLIENT, JournalUser, smallFile } from './journals.ts';
import { terms } from './tables.ts';

const root = await FastFolder.create();
// Deeper than fs.rm goes in one path.
afterAll(() => void execFileSync('find', [root.path, '-delete']));

let folders = 0;
let folder: string;
let user: JournalUser;
beforeEach(async () => {
  folders += 1;
  folder = join(root.path, `${folders}`);
  user = await JournalUser.open(folder);
});
afterEach(() => user[Symbol.asyncDispose]());

/** The process ends without having done anything more, and another one starts. */
async function restart(): Promise<void> {
  await user[Symbol.asyncDispose]();
  user = await JournalUser.open(folder);
}

const placed = (): Promise<string[]> => filesBelow(join(folder, 'files', CLIENT));
const content = async (path: string): Promise<string> =>
  (await readFile(join(folder, 'files', CLIENT, path))).toString();
const segments = (): Promise<string[]> => readdir(join(folder, 'journal'));
async function segment(): Promise<string> {
  return join(folder, 'journal', (await segments())[0] ?? 'none');
}

/** Resolves when it is so, as the threads go on. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('append', () => {
  it('numbers records in order, growing for ever', async () => {
    const numbers = await user.journal.append(['a', 'b', 'c'].map((path) => smallFile(path)));
    const [next] = await user.journal.append([smallFile('d')]);
    expect(numbers).toEqual([1, 2, 3]);
    expect(next).toBe(4);
  });

  it('goes on behind the highest number when it starts again', async () => {
    await user.commit(['a', 'b', 'c'].map((path) => smallFile(path)));
    await restart();
    await user.replay();
    const [next] = await user.journal.append([smallFile('d')]);
    expect(next).toBeGreaterThan(3);
  });

  it('has no number for content that is not what was said', async () => {
    const [right, wrong] = [smallFile('right'), smallFile('wrong', 'x', { sha256: new Uint8Array(32) })];
    const short = smallFile('short', 'content', { size: 6 });
    const numbers = await user.journal.append([wrong, right, short, right]);
    expect(numbers[0]).toBeNull();
    expect(numbers[1]).toBeGreaterThan(0);
    expect(numbers[2]).toBeNull();
    expect(numbers[3]).toBeGreaterThan(numbers[1] ?? Infinity);
  });

  it('takes nothing, empty files, and far more than a block at once', async () => {
    expect(await user.journal.append([])).toEqual([]);
    const files = Array.from({ length: 200 }, (_, i) =>
      smallFile(`${i}`, i % 3 === 0 ? '' : randomBytes(65_536 - i)),
    );
    await user.store(files);
    expect(await placed()).toHaveLength(200);
    for (const file of files) {
      const stored = await readFile(join(folder, 'files', CLIENT, file.path));
      expect(stored.equals(file.content)).toBe(true);
    }
  });

  it('takes many at once from many sides, and mixes nothing', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, batch) =>
        user.store(
          Array.from({ length: 20 }, (_, i) => smallFile(`${batch}/${i}`, `${batch}-${i}`.repeat(500))),
        ),
      ),
    );
    expect(await placed()).toHaveLength(400);
    for (const path of await placed()) expect(await content(path)).toBe(path.replace('/', '-').repeat(500));
  });
});

describe('place', () => {
  it('puts files to their places, with mode and time', async () => {
    await user.store([smallFile('a/b/c', 'content', { mode: 0o2751 })]);
    expect(await placed()).toEqual(['a/b/c']);
    expect(await content('a/b/c')).toBe('content');
    const { mode, mtimeMs } = statSync(join(folder, 'files', CLIENT, 'a/b/c'));
    expect(mode & 0o7777).toBe(0o751);
    expect(mtimeMs).toBeCloseTo(1_700_000_000_123.456, 2);
    expect(statSync(join(folder, 'files', CLIENT, 'a')).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  it('lets the last of a path stand, in one call and over many', async () => {
    await user.store(['one', 'two', 'three'].map((text) => smallFile('f', text)));
    expect(await content('f')).toBe('three');
    await Promise.all([user.store([smallFile('f', 'four')]), user.store([smallFile('g')])]);
    expect(await content('f')).toBe('four');
  });

  it('keeps older versions under their new names', async () => {
    await user.store(
      ['one', 'two', 'three'].map((text) => smallFile('d/f', text)),
      'version',
    );
    expect(await placed()).toEqual(['d/f', 'd/f.~1~', 'd/f.~2~']);
    expect(await Promise.all((await placed()).map(content))).toEqual(['three', 'one', 'two']);
  });

  it.for([
    { what: 'of 4,095 bytes', path: `${`${'d'.repeat(255)}/`.repeat(15)}${'f'.repeat(255)}` },
    { what: 'of 2,048 levels', path: `${'d/'.repeat(2047)}f` },
  ])('takes paths $what', async ({ path }) => {
    await user.store([smallFile(path, 'deep')]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of user.files.uploads.read(CLIENT, path, 0, 4)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('deep');
  });

  it('tries again what is in the way of something, and keeps what follows behind it', async () => {
    await mkdir(join(folder, 'files', CLIENT), { recursive: true });
    await writeFile(join(folder, 'files', CLIENT, 'd'), 'a stranger’s');
    await user.store([smallFile('d/f', 'one'), smallFile('e', 'free')]);
    expect(await placed()).toEqual(['d', 'e']);
    expect(user.log.lines.filter(({ level }) => level === 'error').length).toBeGreaterThan(0);
    let isSettled = false;
    const settled = user.journal.settled(CLIENT, 'd/f').then(() => (isSettled = true));
    await user.journal.settled(CLIENT, 'e');
    await user.store([smallFile('d/f', 'two')]);
    expect(isSettled).toBe(false);
    await rm(join(folder, 'files', CLIENT, 'd'));
    await settled;
    expect(await content('d/f')).toBe('two');
  });
});

describe('settled', () => {
  it('waits for the path, and for what is kept beside it', async () => {
    await user.journal.settled(CLIENT, 'f');
    await user.store([smallFile('f', 'one')]);
    const [placement] = await user.commit([smallFile('f', 'two')], 'version');
    void user.journal.place(placement ? [placement] : []);
    await user.journal.settled(CLIENT, 'f.~1~');
    await user.journal.settled(CLIENT, 'f');
    expect(await content('f.~1~')).toBe('one');
    expect(await content('f')).toBe('two');
  });
});

describe('a checkpoint', () => {
  it('empties the journal when it rests', async () => {
    await user.store([smallFile('a'), smallFile('b')]);
    expect(await user.database.journal.list()).toHaveLength(2);
    await until(async () => (await segments()).length === 0);
    expect(await user.database.journal.list()).toEqual([]);
    await user.store([smallFile('c')]);
    await until(async () => (await segments()).length === 0);
    expect(await placed()).toEqual(['a', 'b', 'c']);
  });

  it('leaves files alone that are not at their places', async () => {
    const placements = await user.commit([smallFile('a')]);
    await user.store([smallFile('b')]);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await segments()).toContain('0000000000000001.journal');
    await user.journal.place(placements);
    await until(async () => (await segments()).length === 0);
    expect(await content('a')).toBe('a');
  });

  it('ends the time in which its records can be committed', async () => {
    const file = smallFile('f');
    const [record = null] = await user.journal.append([file]);
    expect(await user.database.journal.close(record ?? 0)).toEqual([]);
    const late = [
      { ...file, ...terms(), content: undefined, clientRow: user.machine.row, record: record ?? 0 },
    ];
    expect(await outcome(user.database.uploads.commitJournaled(late, 1))).toBe('storage-failed');
    expect(await user.database.uploads.findVersion(user.machine.row, 'f')).toBeUndefined();
  });

  describe('that cannot sync', () => {
    const path = process.env['PATH'];
    afterEach(() => {
      process.env['PATH'] = path;
    });

    async function withSync(script: string | null): Promise<void> {
      const tools = join(folder, 'tools');
      await mkdir(tools);
      if (script !== null) {
        writeFileSync(join(tools, 'sync'), `#!/bin/sh\n${script}\n`);
        chmodSync(join(tools, 'sync'), 0o755);
      }
      process.env['PATH'] = script === null ? tools : `${tools}${delimiter}${path ?? ''}`;
      await restart();
      await user.journal.ready();
    }

    it('keeps the journal for the next start where the disk failed, and never syncs again', async () => {
      const calls = join(folder, 'calls');
      await withSync(`echo called >> ${calls}; exit 1`);
      await user.store([smallFile('f')]);
      await until(() => user.log.lines.some(({ level }) => level === 'critical'));
      await user.store([smallFile('g')]);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(readFileSync(calls, 'utf8')).toBe('called\n');
      expect(await user.database.journal.list()).toHaveLength(2);
      process.env['PATH'] = path;
      rmSync(join(folder, 'files', CLIENT), { recursive: true });
      await restart();
      await user.replay();
      expect(await placed()).toEqual(['f', 'g']);
      expect(await segments()).toEqual([]);
    });

    it('tries again where there is no sync to run', async () => {
      await withSync(null);
      await user.store([smallFile('f')]);
      await until(() => user.log.lines.some(({ level }) => level === 'warning'));
      expect(await segments()).toHaveLength(1);
      expect(await user.database.journal.list()).toHaveLength(1);
    });
  });
});

describe('afterPlacing', () => {
  /** Stores a file, and has something done behind it that ends when the test says so. */
  async function storeWithFollowUp(rest = 0): Promise<{ started: () => boolean; end: () => void }> {
    const gate = Promise.withResolvers<undefined>();
    let started = false;
    const placements = await user.commit([smallFile('f')]);
    await new Promise((resolve) => setTimeout(resolve, rest));
    const placing = user.journal.place(placements);
    user.journal.afterPlacing(async () => {
      started = true;
      await gate.promise;
    });
    expect(started, 'the file is not at its place yet').toBe(false);
    await placing;
    return {
      started: () => started,
      end: () => {
        gate.resolve(undefined);
      },
    };
  }

  it('does nothing where every file stands at its place', async () => {
    await user.store([smallFile('f')]);
    await until(async () => (await placed()).length === 1);
    let called = false;
    user.journal.afterPlacing(() => Promise.resolve().then(() => void (called = true)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(called).toBe(false);
  });

  it.for([
    ['at once', 0],
    ['when the segment is sealed already', 2500],
  ] as const)('asked for %s, is done before the journal forgets the files', async ([, rest]) => {
    const { started, end } = await storeWithFollowUp(rest);
    await until(started);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await user.database.journal.list()).toHaveLength(1);
    end();
    await until(async () => (await user.database.journal.list()).length === 0);
  });

  it('is done before the journal is closed', async () => {
    const { started, end } = await storeWithFollowUp();
    await until(started);
    let closed = false;
    const closing = user[Symbol.asyncDispose]().then(() => (closed = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(closed).toBe(false);
    end();
    await closing;
    user = await JournalUser.open(folder);
  });
});

describe('replay', () => {
  it('of an empty journal does nothing', async () => {
    await user.replay();
    await restart();
    await user.replay();
    expect(await placed()).toEqual([]);
  });

  it('gives folders their mode and mtime again, also above files that stand there already', async () => {
    const facts = { mtime: 1_000_000_000_000_000_000n, mode: 0o700 };
    await user.store([smallFile('a/b/there')]);
    await user.commit([smallFile('a/b/c'), smallFile('new/d')]);
    for (const path of ['a', 'a/b', 'new']) {
      await user.database.uploads.recordFolder(user.machine.row, { path, ...facts });
    }
    await restart();
    await user.replay();
    expect(await placed()).toEqual(['a/b/c', 'a/b/there', 'new/d']);
    for (const path of ['a', 'a/b', 'new']) {
      const { mtimeNs, mode } = statSync(join(folder, 'files', CLIENT, path), { bigint: true });
      expect({ mtime: mtimeNs, mode: Number(mode & 0o777n) }, path).toEqual(facts);
    }
  });

  it('places what was committed, empties the journal, and takes more', async () => {
    await user.commit([smallFile('a/b', 'one'), smallFile('c', 'two', { mode: 0o600 })]);
    expect(await placed()).toEqual([]);
    await restart();
    await user.replay();
    expect(await placed()).toEqual(['a/b', 'c']);
    expect(await content('a/b')).toBe('one');
    expect(statSync(join(folder, 'files', CLIENT, 'c')).mode & 0o777).toBe(0o600);
    expect(await segments()).toEqual([]);
    expect(await user.database.journal.list()).toEqual([]);
    await user.store([smallFile('d')]);
    await restart();
    await user.replay();
    expect(await placed()).toEqual(['a/b', 'c', 'd']);
  });

  it('places nothing that was not committed', async () => {
    await user.journal.append([smallFile('a')]);
    await restart();
    await user.replay();
    expect(await placed()).toEqual([]);
    expect(await segments()).toEqual([]);
  });

  it('repairs what the disk forgot of files that were placed', async () => {
    await user.store([smallFile('gone'), smallFile('empty', 'content')]);
    await rm(join(folder, 'files', CLIENT, 'gone'));
    await writeFile(join(folder, 'files', CLIENT, 'empty'), '');
    await restart();
    await user.replay();
    expect(await content('gone')).toBe('gone');
    expect(await content('empty')).toBe('content');
  });

  it('places the last version of a path only', async () => {
    await user.commit([smallFile('f', 'one')]);
    await user.commit([smallFile('f', 'two'), smallFile('f', 'three')]);
    await restart();
    await user.replay();
    expect(await content('f')).toBe('three');
  });

  it.for([
    { what: 'nothing was placed', places: 0, forgets: false },
    { what: 'the first was placed', places: 1, forgets: false },
    { what: 'two were placed', places: 2, forgets: false },
    { what: 'all were placed', places: 3, forgets: false },
    { what: 'all were placed and the disk forgot', places: 3, forgets: true },
  ])('keeps every version where $what', async ({ places, forgets }) => {
    for (const [index, text] of ['one', 'two', 'three'].entries()) {
      const placements = await user.commit([smallFile('d/f', text)], 'version');
      if (index < places) await user.journal.place(placements);
    }
    if (forgets) await rm(join(folder, 'files', CLIENT), { recursive: true });
    await restart();
    await user.replay();
    expect(await Promise.all(['d/f', 'd/f.~1~', 'd/f.~2~'].map(content))).toEqual(['three', 'one', 'two']);
    expect(await placed()).toHaveLength(3);
  });

  it('keeps an older version that is no longer in the journal', async () => {
    await user.store([smallFile('d/f', 'one')]);
    await until(async () => (await segments()).length === 0);
    await user.commit([smallFile('d/f', 'two')], 'version');
    await restart();
    await user.replay();
    expect(await content('d/f')).toBe('two');
    expect(await content('d/f.~1~')).toBe('one');
    await restart();
    await user.replay();
    expect(await placed()).toEqual(['d/f', 'd/f.~1~']);
  });

  describe.for(['replace', 'version'] as const)('beside a large file that takes the place, %s', (policy) => {
    it.for(['intended', 'renamed', 'committed'] as const)('when that was %s', async (step) => {
      await user.store([smallFile('d/f', 'small')]);
      const large = await user.intend('d/f', 'large', policy);
      if (step !== 'intended') await user.files.uploads.publish(large);
      if (step === 'committed') await user.database.uploads.commitIntents([large.row], 2000);
      await restart();
      await user.replay();
      await user.finishIntents();
      expect(await content('d/f')).toBe('large');
      expect(await placed()).toEqual(policy === 'replace' ? ['d/f'] : ['d/f', 'd/f.~1~']);
      if (policy === 'version') expect(await content('d/f.~1~')).toBe('small');
      expect(await user.database.uploads.listIntended()).toEqual([]);
    });
  });

  describe('of a journal that is damaged', () => {
    it('ignores a torn end', async () => {
      await user.commit([smallFile('a'), smallFile('b')]);
      await user.journal.append([smallFile('torn', 'x'.repeat(1000))]);
      const bytes = readFileSync(await segment());
      for (const cut of [1, 500, 1000, 1051]) {
        await user[Symbol.asyncDispose]();
        writeFileSync(join(folder, 'journal', '0000000000000001.journal'), bytes.subarray(0, -cut));
        user = await JournalUser.open(folder);
        if (cut === 1051) await user.replay();
      }
      expect(await placed()).toEqual(['a', 'b']);
      expect(await segments()).toEqual([]);
      expect(user.log.lines.filter(({ level }) => level === 'critical')).toEqual([]);
    });

    it('loses the one file that a flipped bit is in, says so, and keeps the segment', async () => {
      const names = ['a', 'b', 'c'];
      await user.commit(names.map((name) => smallFile(name, name.repeat(100))));
      const path = await segment();
      const bytes = readFileSync(path);
      const at = bytes.indexOf('b'.repeat(100)) + 50;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await user[Symbol.asyncDispose]();
      writeFileSync(path, bytes);
      user = await JournalUser.open(folder);
      await user.replay();
      expect(await placed()).toEqual(['a', 'c']);
      expect(user.log.lines).toContainEqual(
        expect.objectContaining({ level: 'critical', fields: { client: CLIENT, path: 'b' } }),
      );
      expect(await segments()).toEqual(['0000000000000001.journal.damaged']);
    });

    it.for([0, 4, 8, 16, 48])('finds the records behind a header that is damaged at %d', async (offset) => {
      await user.commit(['a', 'b', 'c'].map((name) => smallFile(name, name.repeat(100))));
      const path = await segment();
      const bytes = readFileSync(path);
      const at = bytes.indexOf('b'.repeat(100)) - 52 + offset;
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
      await user[Symbol.asyncDispose]();
      writeFileSync(path, bytes);
      user = await JournalUser.open(folder);
      await user.replay();
      expect(await placed()).toEqual(['a', 'c']);
    });

    it('does not mind what stands at its place anyway', async () => {
      await user.store([smallFile('a')]);
      const path = await segment();
      await user[Symbol.asyncDispose]();
      writeFileSync(path, 'nothing of what was there');
      user = await JournalUser.open(folder);
      await user.replay();
      expect(await content('a')).toBe('a');
      expect(user.log.lines.filter(({ level }) => level === 'critical')).toEqual([]);
    });

    it('takes no record from within the content of a file', async () => {
      await user.commit([smallFile('victim', 'the victim’s')]);
      const path = await segment();
      const real = readFileSync(path);
      // The same record, with another content and a digest to go with it.
      const forged = Buffer.from(real);
      forged.write('the attack’s', 52);
      createHash('sha256').update(forged.subarray(52)).digest().copy(forged, 16);
      await user.commit([smallFile('carrier', forged)]);
      await restart();
      await user.replay();
      expect(await content('victim')).toBe('the victim’s');
    });
  });
});
