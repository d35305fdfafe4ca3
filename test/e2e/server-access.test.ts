// Who may speak v3, `--v3`: by the address that a connection comes from.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientFolder, SESAME } from '../support/native-client.ts';
import { CAN_HAVE_NAMESPACES, NetworkNamespace } from '../support/network-namespace.ts';
import { HAS_IPV6 } from '../support/network.ts';
import type { Program } from '../support/program.ts';
import { MAIN, RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, request, REQUEST } from '../support/v3-frames.ts';
import { until } from '../support/waiting.ts';

const NAME = nameField('client');

test('--v3 off: connections are closed without a word', async () => {
  await using server = await RunningServer.start('--v3', 'off');
  using connection = await V3Connection.open(server.port);
  await connection.send(request(REQUEST.register, NAME));
  expect(await connection.rest()).toBe('');
  await using folder = await ClientFolder.create(server.port, 'client', ['f']);
  await folder.write('f', 'content');
  expect((await folder.run('--retries', '1')).code).toBe(5);
  expect(server.running).toBe(true);
  expect(server.stderr, 'nothing to warn of').not.toContain('WARNING');
});

test('the weakness of v3 is said at every start', async () => {
  await using server = await RunningServer.start('--v3', '10.1.0.0/16');
  const warning = /WARNING +server +v3 proves neither server nor client .*allowed=10\.1\.0\.0\/16/;
  await until('the warning', async () => warning.test(server.stderr));
});

describe.skipIf(!CAN_HAVE_NAMESPACES)('addresses that are not loopback', () => {
  const V4 = '10.77.1.1';
  const OTHER_V4 = '10.78.1.1';
  const V6 = 'fd77::1';
  let network: NetworkNamespace;
  let folder: ClientFolder;

  beforeAll(async () => {
    network = await NetworkNamespace.create(`${V4}/32`, `${OTHER_V4}/32`, ...(HAS_IPV6 ? [`${V6}/128`] : []));
    folder = await ClientFolder.create('127.0.0.1:1357', 'client', ['f']);
    await folder.write('f', 'content');
  });
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
  });

  /** Which of these addresses get a file through, to a server on all of them. */
  async function admitted(flags: readonly string[], addresses: readonly string[]): Promise<string[]> {
    await using data = await TemporaryFolder.create();
    const args = [MAIN, 'serve', '--host', HAS_IPV6 ? '::' : '0.0.0.0', ...flags];
    await using server: Program = network.start(process.execPath, args, { cwd: data.path });
    await server.says('where it listens', () => server.stderr.includes('listening on '));
    const through: string[] = [];
    for (const address of addresses) {
      const host = address.includes(':') ? `[${address}]` : address;
      const sent = ['send', '--retries', '0', '--server', `${host}:1357`];
      const { code } = await network.run(SESAME, sent, { cwd: folder.path });
      if (code === 0) through.push(address);
      else expect(code).toBe(5);
    }
    expect((await server.stop('SIGTERM')).code).toBe(0);
    return through;
  }

  const loopback = ['127.0.0.1', ...(HAS_IPV6 ? ['::1'] : [])];
  const all = [...loopback, V4, OTHER_V4, ...(HAS_IPV6 ? [V6] : [])];

  test('loopback alone, where nothing else is said', async () => {
    expect(await admitted([], all)).toEqual(loopback);
  });

  test('a network: its addresses and loopback', async () => {
    expect(await admitted(['--v3', '10.77.0.0/16'], all)).toEqual([...loopback, V4]);
  });

  test.skipIf(!HAS_IPV6)('networks of both families', async () => {
    expect(await admitted(['--v3', `${OTHER_V4}, fd77::/64`], all)).toEqual([...loopback, OTHER_V4, V6]);
  });
});
