// `sesame send` over v4: what transfer.info lists, for a client that is enrolled, and when it is v4 that is spoken.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleBytes } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { RunningServer } from '../support/running-server.ts';
import { listClients } from '../support/sesamed.ts';
import { filesBelow } from '../support/stored-files.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';

const FILES = new Map([
  ['f', sampleBytes(3000)],
  ['d/Größe', sampleBytes(100_000, 1)],
]);

let server: RunningServer;
/** One that it is not enrolled with. */
let other: RunningServer;
beforeAll(async () => {
  [server, other] = await Promise.all([RunningServer.start(), RunningServer.start()]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

/** Of a client that has joined, with a transfer.info that names it and the files. */
async function listing(name: string, at: number | string = server.port): Promise<V4Folder> {
  const folder = await V4Folder.joined(server, name);
  await folder.writeAll(FILES);
  await folder.list(at, name, [...FILES.keys()]);
  return folder;
}

async function protocolOf(client: string): Promise<unknown> {
  const listed = (await listClients(server.dataDir)).find(({ name }) => name === client);
  return listed && Reflect.get(listed, 'protocol');
}

describe('--protocol 4', () => {
  test('every file with its receipt, and no me.info', async () => {
    await using folder = await listing('four');
    const { code, events, stderr } = await folder.run('--protocol', '4');
    expect(code, stderr).toBe(0);
    expect(events[0]).toEqual({ event: 'connected', client: 'four' });
    expect(events.at(-1)).toMatchObject({ event: 'summary', files: 2, acknowledged: 2, exit: 0 });
    await allStored(server, 'four', FILES);
    expect((await folder.sesame('verify', ...FILES.keys())).code).toBe(0);
    expect(existsSync(folder.meInfo)).toBe(false);
    expect((await folder.run('--protocol', '4')).events.at(-1)).toMatchObject({ already_there: 2, exit: 0 });
  });

  test('files elsewhere, missing ones, names of another system: as in v3', async () => {
    await using folder = await listing('odd');
    await folder.list(server.port, 'odd', ['missing', 'f', folder.at('f'), 'd\\Größe', '../DIR/f']);
    await folder.write('DIR/f', FILES.get('f') ?? '');
    await folder.write('DIR/d\\Größe', 'another');
    const { code, acknowledged, failed, stderr } = await folder.run('--protocol', '4', '-C', 'DIR');
    expect(code, stderr).toBe(23);
    expect(failed).toEqual([expect.stringContaining('missing')]);
    const absolute = folder.at('f').slice(1);
    expect(acknowledged.toSorted()).toEqual(['DIR/f', 'd/Größe', 'f', absolute].sort());
    const f = FILES.get('f') ?? Buffer.of();
    const stored = new Map(['DIR/f', 'f', absolute].map((name) => [name, f]));
    await allStored(server, 'odd', stored.set('d/Größe', Buffer.from('another')));
  });

  test('-n shows what would be sent, and sends nothing', async () => {
    await using folder = await listing('dry', '127.0.0.1:9');
    const { code, stdout, stderr } = await folder.send('--protocol', '4', '-n');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^would send .*f as f \(2\.9 KiB\)$/m);
    expect(await filesBelow(server.file('dry'))).toEqual([]);
  });

  test('not enrolled: exit code 3, and no other protocol is tried', async () => {
    await using folder = await V4Folder.fresh();
    await folder.writeAll(FILES);
    await folder.list(server.port, 'nobody', [...FILES.keys()]);
    const { code, stderr } = await folder.send('--protocol', '4');
    expect(code).toBe(3);
    expect(stderr).toContain('sesame enroll');
    expect(await protocolOf('nobody')).toBeUndefined();
    expect(existsSync(folder.meInfo)).toBe(false);
  });

  test('another name in line 2 than it is enrolled under: exit code 7, and both are named', async () => {
    await using folder = await listing('right');
    await folder.list(server.port, 'wrong', [...FILES.keys()]);
    const { code, stderr } = await folder.send('--protocol', '4');
    expect(code).toBe(7);
    for (const name of ["'right'", "'wrong'"]) expect(stderr).toContain(name);
  });

  test('a server with another key than the pinned one: exit code 7, nothing is sent', async () => {
    await using folder = await listing('faithful', other.port);
    const { code, stderr } = await folder.send('--protocol', '4');
    expect(code, stderr).toBe(7);
    expect(await filesBelow(other.file('faithful'))).toEqual([]);
    expect((await listClients(other.dataDir)).map(({ name }) => name)).not.toContain('faithful');
  });

  test('nobody there: exit code 5', async () => {
    await using folder = await listing('alone', await freePort());
    const { code, events } = await folder.run('--protocol', '4', '--retries', '1');
    expect(code).toBe(5);
    expect(events.at(-1)).toMatchObject({ event: 'summary', acknowledged: 0, failed: 2, exit: 5 });
  });
});

describe('without --protocol', () => {
  test('with the server that it is enrolled with: v4, also for bare `sesame`', async () => {
    await using folder = await listing('default');
    const { code, stdout, stderr } = await folder.sesame();
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('');
    await allStored(server, 'default', FILES);
    expect(await protocolOf('default')).toBe(4);
    expect(existsSync(folder.meInfo)).toBe(false);
    expect((await folder.sesame('verify', 'f')).code).toBe(0);
  });

  test('with any other: v3', async () => {
    await using folder = await listing('both', other.port);
    const { code, events, stderr } = await folder.run();
    expect(code, stderr).toBe(0);
    expect(events[0]).toEqual({ event: 'registered', client: 'both' });
    await allStored(other, 'both', FILES);
    expect(existsSync(folder.meInfo)).toBe(true);
    expect(await filesBelow(server.file('both'))).toEqual([]);
  });

  test('--protocol 3 is v3, even with the server that it is enrolled with', async () => {
    await using folder = await listing('enrolled');
    await folder.list(server.port, 'in the field', [...FILES.keys()]);
    const { code, stderr } = await folder.send('--protocol', '3');
    expect(code, stderr).toBe(0);
    expect(await protocolOf('in the field')).toBe(3);
    await allStored(server, 'in the field', FILES);
  });

  test('a server without v3 refuses it, and v4 goes on', async () => {
    await using modern = await RunningServer.start('--v3', 'off');
    await using folder = await V4Folder.joined(modern, 'modern');
    await folder.writeAll(FILES);
    await folder.list(modern.port, 'modern', [...FILES.keys()]);
    expect((await folder.send('--protocol', '3', '--retries', '0')).code).not.toBe(0);
    expect((await folder.send()).code).toBe(0);
    await allStored(modern, 'modern', FILES);
  });
});
