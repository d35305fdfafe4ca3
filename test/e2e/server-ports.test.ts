// On which port a server listens, and what it does about one that is taken.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort, HAS_IPV6, occupy } from '../support/network.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { firstLine, listening, sesamed, startSesamed } from '../support/sesamed.ts';

const DEFAULT_PORT = 1357;

test('the default one taken: the next free one, which is said', async () => {
  await using folder = await TemporaryFolder.create();
  await using _inTheWay = await occupy(DEFAULT_PORT);
  await using server = startSesamed(['serve', '--no-http'], { cwd: folder.path });
  await server.says('which port', () => /listening on .*\n/.test(server.stderr));
  const port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(server.stderr)?.[1]);
  expect(port).toBeGreaterThan(DEFAULT_PORT);
  expect(port).toBeLessThanOrEqual(DEFAULT_PORT + 100);
  expect(server.stderr.split('\n')[0], 'the first line').toBe(listening(port));
  await server.says('that it is another', () => server.stderr.includes(`taken=${DEFAULT_PORT} port=${port}`));
});

test.for(['127.0.0.1', '::1'])(
  'an explicit one taken on %s: refused, by its number',
  async (host, context) => {
    if (host === '::1' && !HAS_IPV6) return context.skip('no IPv6');
    const port = await freePort();
    await using _inTheWay = await occupy(port, host);
    const { code, stderr } = await RunningServer.failing('--port', `${port}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${port} is taken`);
    expect(stderr).not.toContain('listening');
  },
);

test('port.info in the working folder is honoured, and --port wins over it', async () => {
  await using folder = await TemporaryFolder.create();
  const [port, other] = [await freePort(), await freePort()];
  await writeFile(join(folder.path, 'port.info'), `${port}\r\n`);
  expect(await firstLine(folder.path)).toBe(listening(port));
  expect(await firstLine(folder.path, '--port', `${other}`)).toBe(listening(other));
  await using _inTheWay = await occupy(port);
  const { code, stderr } = await sesamed(['serve'], { cwd: folder.path });
  expect(code, 'no other one will do').toBe(1);
  expect(stderr).toContain(`port ${port} is taken`);
});

test('port.info that is none: an error that names it', async () => {
  await using folder = await TemporaryFolder.create();
  const path = join(folder.path, 'port.info');
  for (const text of ['', 'abc', '0', '65536', '1357 1358']) {
    await writeFile(path, text);
    const { code, stderr } = await sesamed(['serve'], { cwd: folder.path });
    expect({ text, code }).toEqual({ text, code: 2 });
    expect(stderr).toContain('port.info');
  }
});

test('a host that is none: refused', async () => {
  const { code, stderr } = await RunningServer.failing('--host', '192.0.2.200');
  expect(code).toBe(2);
  expect(stderr).toContain('192.0.2.200');
});
