// `sesamed clients`, of a server that runs and of a data folder on which none does.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientFolder, sampleBytes } from '../support/native-client.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { listClients, sesamed } from '../support/sesamed.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import type { Ending } from '../support/program.ts';

const STRANGE_NAME = 'red \x1b[31m';
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown;

describe.for(['with a running server', 'without one'])('%s', (way) => {
  let server: RunningServer;
  let folder: ClientFolder;
  beforeAll(async () => {
    server = await RunningServer.start();
    folder = await ClientFolder.create(server.port, 'native', ['a', 'b']);
    await folder.write('a', sampleBytes(1000));
    await folder.write('b', sampleBytes(2000));
    expect((await folder.send()).code).toBe(0);
    using keyless = new SimulatedClient(() => server.port, STRANGE_NAME);
    await keyless.register();
    if (way === 'without one') await server.stop('SIGKILL');
  });
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const clients = (...args: string[]): Promise<Ending> =>
    sesamed(['clients', ...args, '--data-dir', server.dataDir]);

  test('ls --json: who there is, and what they have sent', async () => {
    const listed = await listClients(server.dataDir);
    expect(listed).toHaveLength(2);
    expect(listed.find(({ name }) => name === 'native')).toEqual({
      name: 'native',
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
      protocol: 3,
      state: 'keyed',
      joined_by: null,
      registered: TIME,
      last_seen: TIME,
      crc: 'zlib-ciphertext',
      receipts: 0,
      files: 2,
      bytes: 3000,
      quota: { bytes: null, files: null },
      watch: null,
    });
    expect(listed.find(({ name }) => name === STRANGE_NAME)).toMatchObject({
      state: 'registered',
      files: 0,
      bytes: 0,
    });
  });

  test('ls: a table for people, with nothing in it that could steer a terminal', async () => {
    const { code, stdout, stderr } = await clients('ls');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^NAME +PROTOCOL +STATE +LAST SEEN \(UTC\) +FILES +SIZE +QUOTA +WAITING +ID$/m);
    expect(stdout).toMatch(/^native +v3 +keyed +\d{4}-\d\d-\d\d [\d:]+ +2 +2\.9 KiB +[0-9a-f]{32}$/m);
    expect(stdout).toContain('red \\u{1b}[31m');
    expect(stdout).not.toContain('\x1b');
  });

  test('reset of a name that nobody has: exit code 3', async () => {
    const { code, stdout, stderr } = await clients('reset', 'nobody');
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^sesamed: .*"nobody".*\n$/);
    expect((await clients('reset')).code, 'no name at all').toBe(2);
  });

  test('reset --json: the key is gone, the files stay, and the name can be had', async () => {
    const { code, stdout } = await clients('reset', 'NATIVE', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ reset: 'NATIVE' });
    const native = (await listClients(server.dataDir)).find(({ name }) => name === 'native');
    expect(native).toMatchObject({ state: 'registered', files: 2, bytes: 3000 });
    expect(existsSync(server.file('native', 'a'))).toBe(true);

    if (!server.running) await server.again();
    using heir = await new SimulatedClient(() => server.port, 'native').enrol();
    expect((await heir.sendFile('c', Buffer.from('content'))).outcome).toBe('verified');
    expect((await listClients(server.dataDir)).find(({ name }) => name === 'native')).toMatchObject({
      id: heir.id.toString('hex'),
      protocol: 3,
      state: 'keyed',
      files: 3,
    });
  });
});

test('the control socket is for the owner alone, and gone with the server', async () => {
  await using server = await RunningServer.start();
  const socket = join(server.dataDir, 'control.sock');
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  await server.stop();
  expect(existsSync(socket)).toBe(false);
});

test('a data folder that is not there is not made: exit code 3', async () => {
  await using folder = await TemporaryFolder.create();
  const nowhere = join(folder.path, 'nowhere');
  for (const args of [['ls'], ['reset', 'x']]) {
    const { code, stderr } = await sesamed(['clients', ...args, '--data-dir', nowhere]);
    expect(code).toBe(3);
    expect(stderr).toContain(nowhere);
  }
  expect(existsSync(nowhere)).toBe(false);
});

test('SESAME_DATA_DIR says which folder, where --data-dir does not', async () => {
  await using server = await RunningServer.start();
  using client = await new SimulatedClient(() => server.port, 'client').enrol();
  const env = { SESAME_DATA_DIR: server.dataDir };
  const { stdout } = await sesamed(['clients', 'ls', '--json'], { env });
  expect(JSON.parse(stdout)).toMatchObject([{ name: client.name }]);
});
