// `sesame watch`: what appears in a folder arrives, once.
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { appendFile, link, mkdir, open, rename, rm, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOf, sampleBytes } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { filesBelow } from '../support/stored-files.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';
import { until } from '../support/waiting.ts';
import { nothingWaits, receiptsOf, Watching } from '../support/watching.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

/** An enrolled client with a folder `in`. */
async function watcherOf(name: string): Promise<V4Folder> {
  const folder = await V4Folder.joined(server, name);
  await mkdir(folder.at('in'));
  return folder;
}

test('files that are written, moved in, linked, and in folders that are: each once, also over a restart', async () => {
  await using folder = await watcherOf('appears');
  await folder.write('in/there before', 'a');
  await folder.write('elsewhere/tree/deep/f', 'b');
  await folder.write('elsewhere/single', 'c');
  await using watching = await Watching.start(folder, ['in']);
  await folder.write('in/written', 'd');
  await folder.write('in/made/at/once', sampleBytes(200_000));
  await rename(folder.at('elsewhere/tree'), folder.at('in/tree'));
  await rename(folder.at('elsewhere/single'), folder.at('in/moved'));
  await link(folder.at('in/moved'), folder.at('in/linked'));
  await symlink('moved', folder.at('in/symlink'));
  await folder.write('in/.x.swp', 'e');
  await rename(folder.at('in/.x.swp'), folder.at('in/x'));
  const expected = ['there before', 'written', 'made/at/once', 'tree/deep/f', 'moved', 'linked', 'x'];
  for (const name of expected) await watching.sends(`in/${name}`);
  await nothingWaits(folder);
  expect((await watching.stop()).code).toBe(143);
  expect(await filesBelow(server.file('appears'))).toEqual(expected.map((name) => `in/${name}`).sort());

  await folder.write('in/while nobody watched', 'f');
  await using again = await Watching.start(folder, ['in']);
  await again.sends('in/while nobody watched');
  await again.stop();
  expect(again.acknowledged).toEqual(['in/while nobody watched']);
  expect(await receiptsOf(server, 'appears')).toBe(expected.length + 1);
  expect(await folder.receiptLines()).toHaveLength(expected.length + 1);
});

test('--to, --exclude, --include, names with line ends and spaces; -n shows what would be sent', async () => {
  await using folder = await watcherOf('patterns');
  const args = ['in', '--to', 'box', '--include', 'keep.tmp', '--exclude', '*.tmp', '--exclude', 'cache/'];
  await folder.writeAll(
    new Map(['a.tmp', 'keep.tmp', 'cache/f', ' b'].map((name) => [`in/${name}`, Buffer.of(1)])),
  );
  const dry = runOf(await folder.sesame('watch', '--json', '-n', ...args));
  expect(dry.events.map(({ path }) => path).sort()).toEqual(['box/in/ b', 'box/in/keep.tmp']);
  await using watching = await Watching.start(folder, args);
  await folder.write('in/c.tmp', 'x');
  await folder.write('in/cache/g', 'x');
  await folder.write('in/d', 'x');
  await watching.sends('box/in/d');
  await nothingWaits(folder);
  expect(watching.acknowledged.toSorted()).toEqual(['box/in/ b', 'box/in/d', 'box/in/keep.tmp']);
  await watching.stop();
  const after = runOf(await folder.sesame('watch', '--json', '-n', ...args));
  expect(after.events, 'all of it is sent').toEqual([]);
});

test('a file that is written for a long time is sent when it is closed', async () => {
  await using folder = await watcherOf('slow writer');
  await using watching = await Watching.start(folder, ['in', '--settle', '0']);
  const log = openSync(folder.at('in/log'), 'w');
  for (let i = 0; i < 5; ++i) {
    writeSync(log, `${i}\n`);
    await folder.write(`in/beside-${i}`, 'x');
    await watching.sends(`in/beside-${i}`);
  }
  expect(watching.acknowledged).not.toContain('in/log');
  closeSync(log);
  await watching.sends('in/log');
  await allStored(server, 'slow writer', new Map([['in/log', Buffer.from('0\n1\n2\n3\n4\n')]]));
});

test('a file that changes while it is sent is sent again, whole', async () => {
  await using folder = await watcherOf('changes');
  const content = sampleBytes(3_000_000);
  await folder.write('in/large', content);
  await using watching = await Watching.start(folder, ['in', '--bwlimit', '2M']);
  await until('some of it is there', async () => (await server.incoming()).length > 0, 10_000);
  await appendFile(folder.at('in/large'), 'the end');
  // A small file does not wait for the large one.
  await folder.write('in/small', 'x');
  await watching.sends('in/large');
  await nothingWaits(folder);
  await allStored(
    server,
    'changes',
    new Map([['in/large', Buffer.concat([content, Buffer.from('the end')])]]),
  );
  expect(watching.events.filter(({ status }) => status === 'failed')).toEqual([]);
});

describe('--remove', () => {
  test('removes what has its receipt, keeps folders, and what somebody holds open until he lets go', async () => {
    await using folder = await watcherOf('removes');
    await folder.write('in/d/free', 'a');
    await folder.write('in/held', 'b');
    const reader = await open(folder.at('in/held'));
    await using watching = await Watching.start(folder, ['--remove', 'in']);
    await watching.says('one is removed', ({ event }) => event === 'removed');
    await watching.sends('in/held');
    expect(existsSync(folder.at('in/d/free'))).toBe(false);
    expect(existsSync(folder.at('in/d'))).toBe(true);
    expect(existsSync(folder.at('in/held'))).toBe(true);
    await reader.close();
    await until('it is removed, too', () => Promise.resolve(!existsSync(folder.at('in/held'))), 15_000);
    await allStored(
      server,
      'removes',
      new Map([
        ['in/d/free', Buffer.from('a')],
        ['in/held', Buffer.from('b')],
      ]),
    );
    expect(await folder.receiptLines()).toHaveLength(2);
  });

  test('one whose name is used again and again: each content arrives', async () => {
    await using folder = await watcherOf('again and again');
    await using watching = await Watching.start(folder, ['--remove', 'in', '--settle', '0']);
    for (let i = 1; i <= 5; ++i) {
      await folder.write('in/f', `content ${i}`);
      await watching.sends('in/f', i);
      await until('it is removed', () => Promise.resolve(!existsSync(folder.at('in/f'))), 15_000);
    }
    expect(await receiptsOf(server, 'again and again')).toBe(5);
  });
});

describe('--once', () => {
  test('sends what is there, and ends with 0; what it cannot send makes that 23', async () => {
    await using folder = await watcherOf('once');
    await folder.write('in/f', 'a');
    expect((await folder.json('watch', '--once', '--settle', '0.1', 'in')).code).toBe(0);
    await folder.write('in/g', 'b');
    await folder.write('in/CON', 'no server takes such a name');
    const run = await folder.json('watch', '--once', '--settle', '0.1', 'in');
    expect(run.code, run.stderr).toBe(23);
    expect(run.acknowledged).toEqual(['in/g']);
    await rm(folder.at('in/CON'));
    expect((await folder.json('watch', '--once', '--settle', '0.1', 'in')).code).toBe(0);
  });

  test('a server that is away: 5', async () => {
    await using folder = await watcherOf('once away');
    await folder.write('in/f', 'a');
    const run = await folder.json('watch', '--once', '--retries', '1', '--server', '127.0.0.1:1', 'in');
    expect(run.code, run.stderr).toBe(5);
  });
});

describe('what cannot be watched', () => {
  test.for([
    [['in/f'], 2, 'is no folder'],
    [['in', 'in/d'], 2, 'overlap'],
    [['in', 'other/in'], 2, 'would both be stored'],
    [['--settle', '-1', 'in'], 2, '--settle'],
    [[], 2, 'required'],
  ] as const)('%j: exit code %d', async ([args, code, words]) => {
    await using folder = await V4Folder.joined(
      server,
      `cannot be ${args.length}${args.join('').replaceAll(/\W/g, '-')}`,
    );
    await folder.writeAll(new Map(['in/f', 'in/d/g', 'other/in/f'].map((name) => [name, Buffer.of(1)])));
    const ending = await folder.sesame('watch', ...args);
    expect(ending.code).toBe(code);
    expect(ending.stderr).toContain(words);
  });

  test('without an enrolment: 3, and how to get one', async () => {
    await using folder = await V4Folder.fresh();
    await mkdir(folder.at('in'));
    const ending = await folder.sesame('watch', 'in');
    expect(ending.code).toBe(3);
    expect(ending.stderr).toContain('enroll');
  });

  test('a folder that is not there is waited for', async () => {
    await using folder = await V4Folder.joined(server, 'comes later');
    await using watching = await Watching.start(folder, ['in']);
    await watching.says('it is missing', ({ status }) => status === 'missing');
    await folder.write('in/f', 'a');
    await watching.sends('in/f');
  });
});

const mounts = process.getuid?.() === 0;
test.runIf(mounts)(
  'a disk that is unmounted is waited for, and nothing of it is taken for deleted',
  async () => {
    await using folder = await watcherOf('unmounted');
    const script = 'mount -t tmpfs none in && echo a > in/f && exec "$0" "$@"';
    await using watching = new Watching(
      folder.programBy(['unshare', '-m', 'sh', '-c', script], ['watch', '--json', '--settle', '0.2', 'in']),
    );
    await watching.sends('in/f');
    const inside = (...line: string[]): Buffer =>
      execFileSync('nsenter', ['-t', String(watching.program.pid), '-m', ...line], { cwd: folder.path });
    inside('umount', folder.at('in'));
    await watching.says('it is missing', ({ status }) => status === 'missing');
    inside('mount', '-t', 'tmpfs', 'none', folder.at('in'));
    inside('sh', '-c', 'echo b > "$0"', folder.at('in/g'));
    await watching.sends('in/g');
  },
);
