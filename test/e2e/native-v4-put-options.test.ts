// What the flags of `sesame put` change: what is chosen, how fast it goes, what is said about it.
import { symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleBytes, type Run } from '../support/native-client.ts';
import { HAS_IPV6 } from '../support/network.ts';
import { RunningServer } from '../support/running-server.ts';
import { filesBelow } from '../support/stored-files.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';

let server: RunningServer;
let client: V4Folder;
beforeAll(async () => {
  server = await RunningServer.start();
  client = await V4Folder.joined(server, 'options');
  const tree = ['a.log', 'a.tmp', 'keep.tmp', 'cache/x', 'src/cache', 'src/gen/y', 'src/sub/gen/z', 'x*y'];
  await client.writeAll(new Map(tree.map((name) => [`tree/${name}`, Buffer.from(name)])));
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What a run says that it would send. */
function chosen({ events }: Run): string[] {
  return events
    .filter(({ status }) => status === 'would-send')
    .map(({ path = '' }) => path.replace('tree/', ''))
    .sort();
}

describe('--exclude and --include', () => {
  const all = ['a.log', 'a.tmp', 'cache/x', 'keep.tmp', 'src/cache', 'src/gen/y', 'src/sub/gen/z', 'x*y'];
  const without = (...names: string[]): string[] => all.filter((name) => !names.includes(name));

  test.for([
    ['none', [], all],
    ['a name anywhere', ['--exclude', '*.tmp'], without('a.tmp', 'keep.tmp')],
    ['the first that matches decides', ['--include', 'keep.*', '--exclude', '*.tmp'], without('a.tmp')],
    ['in the order of the line', ['--exclude', '*.tmp', '--include', 'keep.*'], without('a.tmp', 'keep.tmp')],
    ['folders alone', ['--exclude', 'cache/'], without('cache/x')],
    ['with a slash, at the end of a path', ['--exclude', 'src/gen'], without('src/gen/y')],
    ['from the top', ['--exclude', '/tree/src'], without('src/cache', 'src/gen/y', 'src/sub/gen/z')],
    ['** across folders', ['--exclude', '/tree/**/gen'], without('src/gen/y', 'src/sub/gen/z')],
    ['* within one', ['--exclude', '/tree/*/gen'], without('src/gen/y')],
    ['sets', ['--exclude', '[!a]*.tmp', '--exclude', '?.log'], without('keep.tmp', 'a.log')],
    ['a star itself', ['--exclude', '*\\*?'], without('x*y')],
    ['only what is included', ['--include', '*/', '--include', '*.log', '--exclude', '*'], ['a.log']],
  ] as const)('%s', async ([, flags, expected]) => {
    const run = await client.json('put', '-n', '-r', 'tree', ...flags);
    expect(run.code, run.stderr).toBe(0);
    expect(chosen(run)).toEqual(expected);
  });

  test('hold for what is sent, below any --to', async () => {
    const { code } = await client.sesame(
      'put',
      '-r',
      'tree',
      '--to',
      'T',
      '--exclude=/tree/s*',
      '--exclude=*.tmp',
    );
    expect(code).toBe(0);
    const sent = ['a.log', 'cache/x', 'x*y'].map((name) => [`T/tree/${name}`, Buffer.from(name)] as const);
    await allStored(server, 'options', new Map(sent));
    expect(await filesBelow(server.file('options', 'T'))).toEqual(sent.map(([path]) => path.slice(2)));
  });
});

describe('-n', () => {
  test('shows what would be sent, and as what; asks and sends nothing', async () => {
    await using folder = await V4Folder.joined(server, 'dry');
    await folder.writeAll(new Map(['d/f', 'g'].map((name) => [name, sampleBytes(3000)])));
    const nowhere = ['--server', '127.0.0.1:9'];
    const { code, stdout, stderr } = await folder.sesame(
      'put',
      '-n',
      '-r',
      'd',
      'g',
      '--to',
      'T',
      ...nowhere,
    );
    expect(code, stderr).toBe(0);
    const lines = ['would send d/f as T/d/f (2.9 KiB)', 'would send g as T/g (2.9 KiB)'];
    expect(stdout.split('\n').sort()).toEqual(['', ...lines]);
    expect(await filesBelow(server.file('dry'))).toEqual([]);
  });

  test('needs no enrolment, and tells what could not be sent', async () => {
    await using folder = await V4Folder.fresh();
    await folder.write('f', 'content');
    expect((await folder.sesame('put', '-n', 'f')).code).toBe(0);
    expect((await folder.sesame('put', '-n', 'missing')).code).toBe(3);
  });
});

test('--bwlimit holds over all files together', async () => {
  await using folder = await V4Folder.joined(server, 'slow');
  const files = new Map([0, 1, 2].map((seed) => [`${seed}`, sampleBytes(100_000, seed)]));
  await folder.writeAll(files);
  const { code, seconds, stderr } = await folder.sesame('put', '--bwlimit', '200K', ...files.keys());
  expect(code, stderr).toBe(0);
  expect(seconds).toBeGreaterThan((300_000 / (200 * 1024)) * 0.7);
  await allStored(server, 'slow', files);
});

describe('what is said', () => {
  test('--json: an event a line, whatever happens, and a summary at the end', async () => {
    await using folder = await V4Folder.joined(server, 'json');
    await folder.write('d/f\n"g"', sampleBytes(100));
    await folder.write('d/CON', '');
    await symlink('f', folder.at('d/link'));
    const { code, events, stderr } = await folder.json('put', '-r', 'd', 'missing');
    expect(code).toBe(23);
    const failed = (path: string, why: string): object => ({
      event: 'file',
      path,
      status: 'failed',
      code: why,
    });
    for (const event of [
      { event: 'connected', client: 'json' },
      { event: 'file', path: 'd/f\n"g"', status: 'acknowledged', size: 100, seq: 1, already_there: false },
      { event: 'folder', path: 'd', status: 'acknowledged' },
      { event: 'skipped', source: 'd/link' },
      failed('d/CON', 'bad-name'),
      failed('missing', 'not-found'),
    ])
      expect(events).toContainEqual(expect.objectContaining(event));
    expect(events).toHaveLength(7);
    expect(events.at(-1)).toEqual({
      event: 'summary',
      files: 3,
      acknowledged: 1,
      already_there: 0,
      folders: 1,
      failed: 2,
      skipped: 1,
      bytes: 100,
      bytes_sent: 100,
      seconds: expect.any(Number) as unknown,
      exit: 23,
    });
    expect(stderr, 'what goes wrong').toContain('missing');
  });

  test('messages are on stderr, stdout is for data: there is none', async () => {
    await using folder = await V4Folder.joined(server, 'messages');
    await folder.write('f', 'content');
    const runs = [];
    for (const flag of [[], ['-v'], ['-q']]) runs.push(await folder.sesame('put', ...flag, 'f', 'missing'));
    expect(runs.map(({ code }) => code)).toEqual([23, 23, 23]);
    expect(runs.map(({ stdout }) => stdout)).toEqual(['', '', '']);
    const [normal = '', verbose = '', quiet = ''] = runs.map(({ stderr }) => stderr);
    for (const text of [normal, verbose, quiet]) {
      expect(text).toContain('✗ missing');
      expect(text, 'no progress and no colour without a terminal').not.toMatch(/[\r\x1b]/);
    }
    expect(normal).toContain('1 of 2 files acknowledged, 1 failed');
    expect(verbose).toContain("connected as 'messages'");
    expect(verbose).toContain('✓ f (7 B, receipt 1, was there already)');
    expect(normal).not.toContain('✓');
    expect((await folder.sesame('put', '-q', 'f')).stderr, 'all is well').toBe('');
  });

  test('--progress shows it where there is no terminal', async () => {
    await using folder = await V4Folder.joined(server, 'progress');
    await folder.write('f', sampleBytes(400_000));
    const { stdout, stderr } = await folder.sesame('put', '--progress', '--bwlimit', '400K', 'f');
    expect(stdout).toBe('');
    expect(stderr).toMatch(/\d+%/);
  });

  test('control characters in names are data for the server, and escaped on stderr', async () => {
    await using folder = await V4Folder.joined(server, 'escape');
    const name = 'red \x1b[31m, bell \x07, reversed \u202e.txt';
    await folder.write(name, 'content');
    const { code, stderr } = await folder.sesame('put', '-v', name);
    expect(code, stderr).toBe(0);
    await allStored(server, 'escape', new Map([[name, Buffer.from('content')]]));
    expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });
});

test('-6: over IPv6, with the same pin', async (context) => {
  if (!HAS_IPV6) return context.skip('no IPv6');
  await using folder = await V4Folder.joined(server, 'six');
  await folder.write('f', 'content');
  const { code, stderr } = await folder.sesame('put', '-6', '--server', `[::1]:${server.port}`, 'f');
  expect(code, stderr).toBe(0);
  await allStored(server, 'six', new Map([['f', Buffer.from('content')]]));
});

describe('usage, exit code 2', () => {
  test.for([
    [],
    ['--no-such-flag', 'tree'],
    ['--to', '../up', 'tree/a.log'],
    ['--to', '/absolute', 'tree/a.log'],
    ['--as', 'one', 'tree/a.log', 'tree/a.tmp'],
    ['tree/a.log', './tree/a.log'],
    ['--files-from', 'list', 'tree/a.log'],
    ['--exclude', '[a', 'tree/a.log'],
    ['--bwlimit', 'fast', 'tree/a.log'],
    ['--bwlimit', '0', 'tree/a.log'],
    ['--port', '0', 'tree/a.log'],
    ['--server', 'host', 'tree/a.log'],
    ['--timeout', '0', 'tree/a.log'],
    ['--retries', '-1', 'tree/a.log'],
    ['-4', '-6', 'tree/a.log'],
    ['-q', '-v', 'tree/a.log'],
  ])('put %s %s %s', async (args) => {
    const { code, stdout, stderr } = await client.sesame('put', ...args);
    expect(code, stderr).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });
});

describe('--help, on stdout, exit code 0', () => {
  test.for(['enroll', 'put', 'ls', 'get', 'verify', 'status', 'send'])('%s', async (command) => {
    const { code, stdout, stderr } = await client.sesame(command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const part of [`sesame ${command}`, '--config', '--json', 'Exit codes:'])
      expect(stdout).toContain(part);
  });
});
