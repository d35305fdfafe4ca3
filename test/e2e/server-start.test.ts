// How a server starts: what it says, what it leaves for others, and when it refuses.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HAS_IPV6 } from '../support/network.ts';
import { Program } from '../support/program.ts';
import { MAIN, RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { listening, startSesamed } from '../support/sesamed.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { encrypt } from '../support/v3-cryptography.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { until } from '../support/waiting.ts';

describe('its first line says where it listens', () => {
  test.for(['debug', 'info', 'warning', 'error', 'critical', 'storage=debug,critical'])(
    '--log-level %s',
    async (level) => {
      await using server = await RunningServer.start('--log-level', level);
      await until('the line', async () => server.stderr.includes('\n'));
      expect(server.stderr.split('\n')[0]).toBe(listening(server.port));
      if (!level.endsWith('critical')) return;
      await until('the PIN', async () => server.stderr.includes('recovery PIN'));
      expect(server.stderr.split('\n').slice(1)).toEqual([
        expect.stringMatching(/^recovery PIN \d{8}: /),
        '',
      ]);
    },
  );

  test('also where there is something to say about the last run', async () => {
    await using server = await RunningServer.start();
    using client = await new SimulatedClient(() => server.port, 'client').enrol();
    using upload = await V3Connection.open(server.port);
    const frame = client.fileRequest(nameField('f'), encrypt(client.aesKey, Buffer.alloc(500_000)));
    await upload.send(frame.subarray(0, 100_000));
    await until('the upload is under way', async () => (await server.incoming()).length === 1);
    await server.stop('SIGKILL');
    const before = server.stderr.length;
    await server.again();
    await until('the leftover', async () => server.stderr.includes('removed a leftover'));
    await until('the line', async () => server.stderr.slice(before).includes('listening on '));
    expect(server.stderr.slice(before)).toMatch(/^listening on /);
  });
});

test('the ready file: addresses and process, there as long as the server runs', async () => {
  await using folder = await TemporaryFolder.create();
  const path = join(folder.path, 'ready.json');
  await using server = startSesamed(['--port', '0', '--ready-file', path], { cwd: folder.path });
  await until('the file', async () => existsSync(path), 10_000);
  const ready = JSON.parse(await readFile(path, 'utf8')) as Record<'transfer' | 'http', { port: number }>;
  const { port } = ready.transfer;
  const places = {
    transfer: { host: '127.0.0.1', port },
    http: { host: '127.0.0.1', port: ready.http.port },
  };
  expect(ready).toEqual({ ...places, pid: server.pid });
  expect((await fetch(`http://127.0.0.1:${ready.http.port}/readyz`)).status).toBe(200);
  using connection = await V3Connection.open(port);
  connection.end();
  expect((await server.stop('SIGTERM')).code).toBe(0);
  expect(existsSync(path)).toBe(false);
});

test('without --host it is reached on both loopbacks, on the same port', async () => {
  await using server = await RunningServer.start();
  for (const host of HAS_IPV6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
    using connection = await V3Connection.open(server.port, host);
    await connection.send(request(REQUEST.reconnect, nameField('nobody')));
    expect((await connection.response()).code).toBe(RESPONSE.reconnectRefused);
  }
});

test('a second server on the same data folder is told to try elsewhere, or later', async () => {
  await using server = await RunningServer.start();
  const { code, stderr } = await RunningServer.failing('--data-dir', server.dataDir);
  expect(code).toBe(5);
  expect(stderr).toContain(`another sesamed uses ${server.dataDir}`);
  await server.stop('SIGKILL');
  await server.again();
});

test('a data folder that is open to others is refused', async () => {
  await using folder = await TemporaryFolder.create();
  const data = join(folder.path, 'open');
  await mkdir(data, { mode: 0o755 });
  await writeFile(join(data, 'planted'), '');
  const { code, stderr } = await RunningServer.failing('--data-dir', data);
  expect(code).toBe(1);
  expect(stderr).toContain(`chmod 700 ${data}`);
});

test('an older Node: one line that says what to do', async (context) => {
  const node = '/usr/bin/node';
  const version = existsSync(node) ? execFileSync(node, ['--version'], { encoding: 'utf8' }) : 'v999';
  if (Number(/^v(\d+)/.exec(version)?.[1]) >= 22) return context.skip('no older Node here');
  await using folder = await TemporaryFolder.create();
  const { code, stdout, stderr } = await Program.run(node, [MAIN, 'serve'], { cwd: folder.path });
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^sesamed needs Node 22 or newer, this is [\d.]+\. .*npm start.*\n$/);
});

test('a ready file that cannot be written: exit code 2 and one line', async () => {
  const { code, stderr } = await RunningServer.failing('--ready-file', '/does/not/exist/ready.json');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^sesamed: --ready-file: .*\n$/);
});
