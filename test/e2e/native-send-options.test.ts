// What the flags of `sesame send` change.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientFolder, sampleBytes, SESAME } from '../support/native-client.ts';
import { HAS_IPV6 } from '../support/network.ts';
import { Program } from '../support/program.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { listClients } from '../support/sesamed.ts';
import { notStored } from '../support/stored-files.ts';

/** Where nobody listens. */
const NOWHERE = '127.0.0.1:9';

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const CONTENT = sampleBytes(3000);

async function isStored(client: string, name: string, content = CONTENT): Promise<boolean> {
  return (await notStored(server, client, new Map([[name, content]]))).length === 0;
}

async function isRegistered(client: string): Promise<boolean> {
  return (await listClients(server.dataDir)).some(({ name }) => name === client);
}

describe('where to', () => {
  test.for([
    ['--server wins over line 1', NOWHERE, () => ['--server', `127.0.0.1:${server.port}`]],
    ['--port wins over line 1', NOWHERE, () => ['--port', `${server.port}`]],
    ['--port wins over --server', NOWHERE, () => ['--server', NOWHERE, '--port', `${server.port}`]],
    ['-4', 'localhost:9', () => ['-4', '--port', `${server.port}`]],
    ['IPv6 in line 1', '[::1]:9', () => ['-6', '--port', `${server.port}`]],
    ['--server with IPv6', NOWHERE, () => ['--server', `[::1]:${server.port}`]],
  ] as const)('%s', async ([name, line1, flags], context) => {
    if (name.includes('IPv6') && !HAS_IPV6) return context.skip('no IPv6');
    await using folder = await ClientFolder.create(line1, name, ['f']);
    await folder.write('f', CONTENT);
    const { code, stderr } = await folder.send('--retries', '0', ...flags());
    expect(code, stderr).toBe(0);
    expect(await isStored(name, 'f')).toBe(true);
  });

  test('an address of the other family, -6 and 127.0.0.1: exit code 2', async () => {
    await using folder = await ClientFolder.create(server.port, 'other family', ['f']);
    await folder.write('f', CONTENT);
    const { code, stderr } = await folder.send('-6');
    expect(code).toBe(2);
    expect(stderr).toContain('127.0.0.1');
  });
});

describe('from where', () => {
  test('bare sesame sends what the transfer.info beside it lists', async () => {
    await using folder = await ClientFolder.create(server.port, 'bare', ['f']);
    await folder.write('f', CONTENT);
    const { code, stderr } = await folder.program([]).ended;
    expect(code, stderr).toBe(0);
    expect(await isStored('bare', 'f')).toBe(true);
  });

  test('bare sesame anywhere else: how to use it, and exit code 2', async () => {
    await using empty = await TemporaryFolder.create();
    const { code, stdout, stderr } = await Program.run(SESAME, [], { cwd: empty.path });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('transfer.info');
  });

  test('a transfer.info by its path: files and me.info are beside it', async () => {
    await using folder = await ClientFolder.create(server.port, 'by path', ['f']);
    await folder.write('f', CONTENT);
    const args = ['send', folder.at('transfer.info')];
    expect((await Program.run(SESAME, args, { cwd: '/' })).code).toBe(0);
    expect(await isStored('by path', 'f')).toBe(true);
    expect((await folder.run()).events[0]?.event, 'me.info was there').toBe('reconnected');
  });

  test('-C DIR: relative files are there, me.info stays beside transfer.info', async () => {
    await using folder = await ClientFolder.create(server.port, 'elsewhere');
    await folder.list(server.port, 'elsewhere', ['f', 'd/g', folder.at('absolute')]);
    await folder.write('f', 'not this one');
    await folder.write('DIR/f', CONTENT);
    await folder.write('DIR/d/g', CONTENT);
    await folder.write('absolute', CONTENT);
    const { code, stderr } = await folder.send('-C', 'DIR');
    expect(code, stderr).toBe(0);
    for (const name of ['f', 'd/g', folder.at('absolute')]) {
      expect(await isStored('elsewhere', name), name).toBe(true);
    }
    expect([existsSync(folder.meInfo), existsSync(folder.at('DIR/me.info'))]).toEqual([true, false]);
    expect((await folder.run('-C', folder.at('DIR'))).events[0]?.event).toBe('reconnected');
  });
});

describe('how', () => {
  test('-n says what would be sent, and sends nothing', async () => {
    await using folder = await ClientFolder.create(server.port, 'dry', ['f', 'd/g']);
    await folder.write('f', CONTENT);
    await folder.write('d/g', '');
    const dry = await folder.send('-n');
    expect(dry.code).toBe(0);
    expect(dry.stdout.split('\n')).toEqual(['would send f (2.9 KiB)', 'would send d/g (0 B)', '']);
    const { events, code } = await folder.run('-n');
    expect(code).toBe(0);
    expect(events).toEqual([
      { event: 'file', path: 'f', status: 'would-send', size: 3000 },
      { event: 'file', path: 'd/g', status: 'would-send', size: 0 },
    ]);
    expect(await isRegistered('dry')).toBe(false);
    await folder.list(NOWHERE, 'dry', ['f', 'missing']);
    expect((await folder.send('-n')).code, 'a file is missing').toBe(23);
  });

  test('--bwlimit holds over all files together', async () => {
    const files = new Map([0, 1, 2].map((seed) => [`${seed}`, sampleBytes(100_000, seed)]));
    await using folder = await ClientFolder.create(server.port, 'slow', [...files.keys()]);
    for (const [name, content] of files) await folder.write(name, content);
    const { code, seconds, stderr } = await folder.send('--bwlimit', '200K');
    expect(code, stderr).toBe(0);
    expect(seconds).toBeGreaterThan((300_000 / (200 * 1024)) * 0.85);
    expect(await notStored(server, 'slow', files)).toEqual([]);
  });

  test('--per-request: every file, over a connection for each request', async () => {
    const files = new Map(['a', 'b', 'c'].map((name, seed) => [name, sampleBytes(300_000, seed)]));
    await using folder = await ClientFolder.create(server.port, 'per request', [...files.keys()]);
    for (const [name, content] of files) await folder.write(name, content);
    expect((await folder.send('--per-request')).code).toBe(0);
    expect(await notStored(server, 'per request', files)).toEqual([]);
    expect((await folder.send('--per-request')).code, 'reconnecting').toBe(0);
  });

  test.for([
    ['--bwlimit', 'fast'],
    ['--bwlimit', '0'],
    ['--crc', 'crc64'],
    ['--port', '0'],
    ['--port', '65536'],
    ['--server', 'host'],
    ['--server', '::1:1357'],
    ['--timeout', '0'],
    ['--retries', '-1'],
    ['--protocol', '5'],
    ['-4', '-6'],
    ['-q', '-v'],
    ['--no-such-flag'],
    ['transfer.info', 'and-another'],
  ])('%s %s: exit code 2', async (flags) => {
    await using folder = await ClientFolder.create(NOWHERE, 'usage', []);
    const { code, stdout, stderr } = await folder.send(...flags);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });
});
