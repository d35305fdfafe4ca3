// `sesamed enroll`: the line, how long and for whom it is good, and what is refused.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ending } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { listClients, sesamed } from '../support/sesamed.ts';
import { V4Client } from '../support/v4-client.ts';
import { parseJoinLine } from '../support/v4-enrolment.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { newIdentity } from '../support/v4-identity.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start('--join', 'token');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const enroll = (...args: string[]): Promise<Ending> =>
  sesamed(['enroll', ...args, '--data-dir', server.dataDir]);

/** What comes of joining by this line with a new key. */
async function joiningBy(line: string): Promise<string> {
  using client = await V4Client.connect(server.port);
  return await outcomeOfRequest(client.join({ token: parseJoinLine(line).token }));
}

describe('the line', () => {
  test('is all of stdout, and names this server by its address and pin', async () => {
    const { code, stdout, stderr } = await enroll('laptop');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sesame:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}\.[\w-]{43}\n$/);
    const { port, pin, token } = parseJoinLine(stdout.trim());
    expect(port).toBe(server.port);
    expect(stderr).toContain(`sesame enroll '${stdout.trim()}'`);
    expect(stderr).toContain('24 h');
    using client = await V4Client.connect(server.port, newIdentity(), { host: '127.0.0.1' });
    expect(client.connection.pin).toBe(pin);
    expect(await client.join({ token })).toMatchObject({ name: 'laptop', writeOnly: false });
    expect(await joiningBy(stdout.trim()), 'it works once').toBe('token-refused');
    expect(server.stderr, 'and is in no log').not.toContain(token.toString('base64url'));
  });

  test('--json, --expires, --write-only, --advertise', async () => {
    const flags = ['--expires', '1.5', '--write-only', '--advertise', 'files.example.org:4711'];
    const { code, stdout, stderr } = await enroll('sensor', ...flags, '--json');
    expect([code, stderr]).toEqual([0, '']);
    const { line, ...rest } = JSON.parse(stdout) as { line: string };
    expect(rest).toEqual({ name: 'sensor', expires_in_seconds: 5400 });
    const { host, port, token } = parseJoinLine(line);
    expect([host, port]).toEqual(['files.example.org', 4711]);
    using client = await V4Client.connect(server.port);
    expect(await client.join({ token })).toMatchObject({ name: 'sensor', writeOnly: true });
  });

  test('of a server that is not running: made by the folder, good from the next start on', async () => {
    const { stdout: before } = await enroll('before');
    await server.stop();
    const { code, stdout } = await enroll('meanwhile');
    expect(code).toBe(0);
    expect(parseJoinLine(stdout.trim()).pin).toBe(parseJoinLine(before.trim()).pin);
    await server.again('--join', 'token');
    for (const line of [before, stdout]) expect(await joiningBy(line.trim())).toBe('ok');
    const names = (await listClients(server.dataDir)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['before', 'meanwhile']));
  });

  test('expires, and frees the name again', async () => {
    const { stdout } = await enroll('late', '--expires', '0.0001', '--json');
    await sleep(500);
    expect(await joiningBy((JSON.parse(stdout) as { line: string }).line)).toBe('token-refused');
    const again = await enroll('Late');
    expect(again.code).toBe(0);
    expect(await joiningBy(again.stdout.trim())).toBe('ok');
  });
});

describe('refused', () => {
  test('a name that is taken, or kept for somebody', async () => {
    expect((await enroll('kept')).code).toBe(0);
    const { code, stdout, stderr } = await enroll('KEPT');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^sesamed: a client, or a join line, has the name "KEPT" already\n$/);
  });

  test.for(['../x', 'a/b', '..', 'nul', 'trailing.', 'n'.repeat(101), ''])('the name %j', async (name) => {
    const { code, stdout, stderr } = await enroll(name);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^sesamed: ".*" cannot be the name of a client\n$/);
  });

  test.for(['0', '-1', 'soon', '8761', 'Infinity'])('--expires %s: usage', async (hours) => {
    const { code, stdout, stderr } = await enroll('x', `--expires=${hours}`);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--expires');
  });

  test('no name at all, and an address that is none: usage', async () => {
    expect((await enroll()).code).toBe(2);
    for (const address of ['nowhere', 'host:0', 'host:99999', 'a b:1', 'host:1/#x']) {
      expect((await enroll('x', '--advertise', address)).code, address).toBe(2);
    }
  });
});
