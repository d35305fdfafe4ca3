// A helper that runs by itself, for a server without privileges (docs/GATE.md 3).
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeRequest } from '../../src/gate/helper-message.ts';
import { GateClient } from '../support/gate-client.ts';
import { GateServer, PORTS } from '../support/gate-server.ts';
import { NamespacePair, whyNoNamespaces, type Namespace } from '../support/namespaces.ts';
import type { Program } from '../support/program.ts';
import { until } from '../support/waiting.ts';

const lack = whyNoNamespaces('nft');
const PROGRAM = fileURLToPath(new URL('../support/gate-helper-process.ts', import.meta.url));
const DAEMON = ['setpriv', '--reuid', '1', '--regid', '1', '--clear-groups'];
const kind = 'nftables';
const [PORT = 0] = PORTS;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A path in a folder that is not there yet. */
function newSocket(): string {
  const folder = mkdtempSync('/run/sesame-test-');
  folders.push(folder);
  rmSync(folder, { recursive: true });
  return join(folder, 'gate.sock');
}

async function startHelper(server: Namespace, socket: string, ...more: readonly string[]): Promise<Program> {
  const args = ['--driver', kind, '--ports', '1357,8357', '--socket', socket, '--user', 'daemon', ...more];
  const helper = server.start(process.execPath, [PROGRAM, ...args]);
  await helper.says('its rules stand', () => helper.stderr.includes('The rules stand.'));
  return helper;
}

describe.skipIf(lack !== undefined)(`a helper by itself${lack === undefined ? '' : ` (${lack})`}`, () => {
  test('serves the user that it is for, one server after the other, and leaves the ports shut', async () => {
    using pair = new NamespacePair();
    const socket = newSocket();
    await using helper = await startHelper(pair.server, socket);
    expect(statSync(socket)).toMatchObject({ uid: 1 });
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const worker = childOf(helper.pid);
    expect(readFileSync(`/proc/${worker}/status`, 'utf8')).toMatch(/^CapPrm:\t0000000000001000$/m);
    expect(readFileSync(`/proc/${worker}/status`, 'utf8')).toMatch(/^Uid:\t65534\t/m);

    const client = new GateClient(pair.client, pair.server);
    const settings = { kind, helperSocket: socket } as const;
    const first = await GateServer.start(pair.server, settings, ...DAEMON);
    expect(await client.connect(pair.server.ipv4, PORT)).toBe('nothing');
    await first.open(pair.client.ipv4, 600);
    expect(await client.connect(pair.server.ipv4, PORT)).toBe('echo');
    await first.kill();
    await using second = await GateServer.start(pair.server, settings, ...DAEMON);
    expect(await client.connect(pair.server.ipv4, PORT)).toBe('nothing');

    // Gone, and there again: the server finds it.
    const { code } = await helper.stop('SIGTERM');
    expect(code).toBe(0);
    expect(() => statSync(socket)).toThrow('ENOENT');
    expect(await pair.server.output('nft', 'list', 'table', 'inet', 'sesame')).toContain('drop');
    await expect(second.open(pair.client.ipv4, 600)).rejects.toThrow('gate’s helper');
    expect(await second.fault()).toContain(socket);
    await using _again = await startHelper(pair.server, socket);
    await second.restarted();
    await second.open(pair.client.ipv4, 600);
    expect(await second.fault()).toBe('');
  });

  test('takes its rules away at its end where it is told to', async () => {
    using pair = new NamespacePair();
    await using helper = await startHelper(pair.server, newSocket(), '--on-stop', 'remove');
    expect((await helper.stop('SIGTERM')).code).toBe(0);
    expect(await pair.server.output('nft', 'list', 'ruleset')).toBe('');
  });

  test('that is killed leaves the rules, and the next one takes its place', async () => {
    using pair = new NamespacePair();
    const socket = newSocket();
    const helper = await startHelper(pair.server, socket, '--on-stop', 'remove');
    await helper.stop('SIGKILL');
    await until('nobody listens', async () => !(await pair.server.output('ss', '-Hlx')).includes(socket));
    expect(await pair.server.output('nft', 'list', 'table', 'inet', 'sesame')).toContain('drop');
    await using _next = await startHelper(pair.server, socket);
    await using server = await GateServer.start(pair.server, { kind, helperSocket: socket }, ...DAEMON);
    await server.open(pair.client.ipv4, 5);
  });

  test('a server with other ports, another user, and a second helper get nowhere', async () => {
    using pair = new NamespacePair();
    const helperSocket = newSocket();
    await using helper = await startHelper(pair.server, helperSocket);
    const other = GateServer.start(pair.server, { kind, helperSocket, ports: [1357, 9000] }, ...DAEMON);
    await expect(other).rejects.toThrow('protects the ports 1357, 8357, and the server has 1357, 9000');
    const wrong = GateServer.start(pair.server, { kind: 'iptables', helperSocket }, ...DAEMON);
    await expect(wrong).rejects.toThrow('drives nftables, the server wants iptables');
    const stranger = ['setpriv', '--reuid', '2', '--regid', '2', '--clear-groups'];
    await expect(GateServer.start(pair.server, { kind, helperSocket }, ...stranger)).rejects.toThrow(
      'EACCES',
    );
    const second = await pair.server.run(process.execPath, [
      ...[PROGRAM, '--driver', kind, '--ports', '1357', '--socket', helperSocket],
    ]);
    expect(second.stderr).toContain('runs at');
    expect(helper.running).toBe(true);
  });

  test('what is no message ends the connection, and “remove” is refused', async () => {
    using pair = new NamespacePair();
    const path = newSocket();
    await using _helper = await startHelper(pair.server, path);
    const refused = connect(path).end(encodeRequest({ command: 'remove' }));
    const [answer] = (await once(refused, 'data')) as [Buffer];
    expect(answer).toHaveLength(64);
    expect(answer[2]).toBe(1);
    const bad = connect(path).resume();
    bad.write(Buffer.alloc(32));
    await once(bad, 'close');
    expect(await pair.server.output('nft', 'list', 'table', 'inet', 'sesame')).toContain('drop');
  });
});

/** `ip netns exec` becomes the program, whose only child is the worker. */
function childOf(parent: number): number {
  const child = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/status`, 'utf8').includes(`\nPPid:\t${parent}\n`);
      } catch {
        return false;
      }
    });
  return Number(child);
}
