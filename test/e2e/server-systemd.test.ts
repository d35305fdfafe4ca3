// The server as a service of systemd: its units, sockets that are held for it, what it reports.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { Activator } from '../support/activator.ts';
import { sampleBytes } from '../support/native-client.ts';
import { HAS_IPV6 } from '../support/network.ts';
import { Program } from '../support/program.ts';
import { TemporaryFolder } from '../support/running-server.ts';
import { V4Client } from '../support/v4-client.ts';
import { ask } from '../support/web.ts';

const UNITS = fileURLToPath(new URL('../../packaging/systemd/', import.meta.url));
/** What systemd-analyze calls OK begins below 3; a service without any of this has 9.6. */
const MOST_EXPOSED = 2.5;
const LOOPBACK = ['127.0.0.1', ...(HAS_IPV6 ? ['::1'] : [])];
const NO_HTTP = ['--no-http', '--idle-exit', '60'];

describe('the units', () => {
  let folder: TemporaryFolder;
  const units: string[] = [];
  beforeAll(async () => {
    folder = await TemporaryFolder.create();
    await mkdir(join(folder.path, 'units'));

    // Those of a user's own systemd are in a folder of their own.
    const files = (await readdir(UNITS, { withFileTypes: true })).filter((entry) => entry.isFile());
    for (const { name } of files) {
      const path = join(folder.path, 'units', name);
      // Where they are checked, nothing is installed.
      await writeFile(
        path,
        (await readFile(join(UNITS, name), 'utf8')).replaceAll('/usr/bin/sesamed', '/bin/true'),
      );
      units.push(path);
    }
    return () => folder[Symbol.asyncDispose]();
  });

  test('systemd has nothing to say about them', async () => {
    expect(units.length).toBeGreaterThanOrEqual(4);
    const { code, stdout, stderr } = await Program.run('systemd-analyze', ['verify', '--man=no', ...units]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test.for(['sesamed.service', 'sesamed-gate-helper.service'])('%s can do little harm', async (name) => {
    const path = join(folder.path, 'units', name);
    const { stdout } = await Program.run('systemd-analyze', [
      'security',
      '--offline=true',
      '--no-pager',
      path,
    ]);
    expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(MOST_EXPOSED);
  });

  test('the flags and the settings that they give are those of the program; there is time for grace', async () => {
    const unit = await readFile(join(UNITS, 'sesamed.service'), 'utf8');
    const [, args = ''] = /^ExecStart=\/usr\/bin\/sesamed serve (.*)$/m.exec(unit) ?? [];
    const config = join(folder.path, 'sesame.toml');
    await writeFile(config, '');
    const given = args.replace('/etc/sesame/sesame.toml', config).split(' ');
    const checked = await Program.run(process.execPath, [
      'dist/main.js',
      'config',
      'check',
      '--json',
      ...given,
    ]);
    expect(checked.code, checked.stderr).toBe(0);
    const rows = JSON.parse(checked.stdout) as { key: string; value: unknown }[];
    const grace = Number(rows.find(({ key }) => key === 'grace-time')?.value);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(grace);
  });
});

describe('socket activation', () => {
  const both = LOOPBACK.map((host) => ['transfer', 'tcp', host] as const);

  test('serves on the sockets that it is given, of both families, and says so; no child has them', async () => {
    const http = LOOPBACK.map((host) => ['http', 'tcp', host] as const);
    await using activator = await Activator.start({
      sockets: [...both, ...http],
      args: ['--idle-exit', '60'],
    });
    await activator.listening();
    const [transfer = 0] = activator.ports;
    const [first = ''] = activator.program.stderr.split('\n');
    expect(first).toMatch(/^listening on .* \(sockets of systemd\), http on .* \(sockets of systemd\)$/);
    for (const [index, port] of activator.ports.entries()) {
      const host = LOOPBACK[index % LOOPBACK.length] ?? '';
      expect(first).toContain(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
    }
    using client = await V4Client.joined(transfer, 'machine');
    await client.put('a', sampleBytes(1000));
    await client.leave();
    const origin = `http://127.0.0.1:${activator.ports[LOOPBACK.length] ?? 0}`;
    expect((await ask(origin, '/readyz')).status).toBe(200);
  });

  test('while it is away, connections wait: none is refused', async () => {
    await using activator = await Activator.start({ sockets: both, args: NO_HTTP });
    await activator.listening();
    const [port = 0] = activator.ports;
    using before = await V4Client.joined(port, 'machine');
    await before.put('a', sampleBytes(1000));
    await before.leave();
    await activator.stopServer();
    expect(activator.exits).toEqual([0]);
    // The kernel takes it; who answers comes later.
    const between = V4Client.joined(port, 'another');
    activator.startServer();
    using client = await between;
    await client.put('b', sampleBytes(1000));
    await client.leave();
    await activator.listening(2);
  });

  test.for([
    [['transfer', 'udp', '127.0.0.1'], /socket 3 of systemd \(transfer\) is no TCP socket that is bound/],
    [['transfer', 'connected', '127.0.0.1'], /socket 3 of systemd \(transfer\) (does not listen|is no TCP)/],
    [['http', 'file', '127.0.0.1'], /socket 3 of systemd \(http\) is no socket/],
    [
      ['sesamed.socket', 'tcp', '127.0.0.1'],
      /is called "sesamed\.socket": set FileDescriptorName=transfer or http/,
    ],
  ] as const)('%j: refused, and said why', async ([socket, why]) => {
    await using activator = await Activator.start({ sockets: [socket], args: NO_HTTP });
    await activator.program.says('it is gone', () => activator.exits.length > 0);
    expect(activator.exits).toEqual([2]);
    expect(activator.program.stderr).toMatch(why);
  });

  test('sockets for somebody else are left alone; a port that is asked for and is not theirs is said', async () => {
    await using activator = await Activator.start({ sockets: both, args: [...NO_HTTP, '--port', '1'] });
    await activator.listening();
    await activator.program.says('what is not used', () =>
      /port that was asked for is not used.*--port=1 port=\d+/.test(activator.program.stderr),
    );
    const env = { LISTEN_PID: '1', LISTEN_FDS: '1', LISTEN_FDNAMES: 'transfer' };
    await using other = await Activator.start({ env, args: [...NO_HTTP, '--port', '0'] });
    await other.listening();
    expect(other.program.stderr).not.toContain('systemd');
  });
});

describe('what systemd is told', () => {
  test('ready, alive, reloading, ready again, stopping: in this order', async () => {
    const env = { WATCHDOG_USEC: '3000000' };
    const args = [...NO_HTTP, '--port', '0', '--config', 'sesame.toml'];
    const folder = await TemporaryFolder.create();
    await writeFile(join(folder.path, 'sesame.toml'), '');
    const config = join(folder.path, 'sesame.toml');
    await using activator = await Activator.start({
      env,
      args: [...args, '--config', config],
      notifies: true,
    });
    await activator.reports('READY=1');
    expect(activator.messages[0]).toMatch(/^READY=1\nSTATUS=listening on 127\.0\.0\.1:\d+/);
    await activator.reports('WATCHDOG=1');
    activator.hangUp();
    await activator.program.says('ready again', () => {
      const [, after = ''] = activator.messages.join('\n').split('RELOADING=1');
      return after.includes('READY=1');
    });
    const reloading = activator.messages.find((message) => message.startsWith('RELOADING=1')) ?? '';
    const [, time = ''] = /^MONOTONIC_USEC=(\d+)$/m.exec(reloading) ?? [];
    const now = process.hrtime.bigint() / 1000n;
    expect(now - BigInt(time)).toBeGreaterThanOrEqual(0n);
    expect(now - BigInt(time)).toBeLessThan(60_000_000n);
    await activator.stopServer();
    expect(activator.messages.at(-1)).toMatch(/^STOPPING=1\nSTATUS=stopping: SIGTERM/);
    expect(activator.exits).toEqual([0]);
    await folder[Symbol.asyncDispose]();
  });

  test('nobody there, or no tool to tell it with: the server serves all the same, and says it once', async () => {
    const env = { NOTIFY_SOCKET: '/nowhere/notify', WATCHDOG_USEC: '300000', PATH: '/nowhere' };
    await using activator = await Activator.start({ env, args: [...NO_HTTP, '--port', '0'] });
    await activator.listening();
    await activator.program.says('it is said', () =>
      activator.program.stderr.includes('systemd cannot be told'),
    );
    await activator.stopServer();
    expect(activator.program.stderr.match(/systemd cannot be told/g)).toHaveLength(1);
    expect(activator.exits).toEqual([0]);
  });
});
