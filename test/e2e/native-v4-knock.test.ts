// `sesame knock` and `--knock`: what the client keeps of its server, and what it sends to the knock port. There is no gate
// here: the knock port is the test's, which reads knocks as the server does.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, rm, stat, unlink } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clientKnockKey, isAuthentic, joinKnockId, joinKnockKey } from '../../src/crypto/knock-key.ts';
import { decodeKnock, type Knock } from '../../src/protocol/knock.ts';
import { RunningServer } from '../support/running-server.ts';
import { hash } from '../support/v4-frames.ts';
import { enrol } from '../support/v4-enrolment.ts';
import { V4Folder } from '../support/v4-folder.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

interface Kept {
  readonly port: number;
  readonly client_id: string;
  readonly key: string;
}

const knockJson = (folder: V4Folder): string => join(folder.config, 'knock.json');

async function kept(folder: V4Folder): Promise<Kept> {
  return JSON.parse(await readFile(knockJson(folder), 'utf8')) as Kept;
}

/** What the server makes for a client. */
async function keyOf(clientId: string): Promise<Buffer> {
  const secret = await readFile(join(server.dataDir, 'keys', 'knock.key'));
  return Buffer.from(clientKnockKey(secret, Buffer.from(clientId, 'hex')));
}

describe('the knock key', () => {
  test('comes with an enrolment, for its owner alone, and is the one that the server makes', async () => {
    await using folder = await V4Folder.joined(server, 'new one');
    const { key, client_id: id, port } = await kept(folder);
    expect(Buffer.from(key, 'base64url')).toEqual(await keyOf(id));
    expect(port, 'the gate is off').toBe(0);
    expect((await stat(knockJson(folder))).mode & 0o777).toBe(0o600);
  });

  test.each([['put', 'f'], ['ls'], ['get', 'f', '-o', 'copy'], ['status']])(
    'comes to a client from before there was one: %s',
    async (...args) => {
      await using folder = await V4Folder.joined(server, `old one, ${args[0]}`);
      await folder.write('f', 'content');
      expect((await folder.sesame('put', 'f')).code).toBe(0);
      const before = await kept(folder);
      await unlink(knockJson(folder));
      const { code, stderr } = await folder.sesame(...args);
      expect(code, stderr).toBe(0);
      expect(stderr).not.toContain('warning');
      expect(await kept(folder)).toEqual(before);
      expect((await stat(knockJson(folder))).mode & 0o777).toBe(0o600);
    },
  );

  test('is not written again where it is there', async () => {
    await using folder = await V4Folder.joined(server, 'steady');
    await folder.write('f', 'content');
    const { ino } = await stat(knockJson(folder));
    for (const args of [['put', 'f'], ['ls'], ['status']]) {
      expect((await folder.sesame(...args)).code).toBe(0);
      expect((await stat(knockJson(folder))).ino).toBe(ino);
    }
  });

  test('status tells of it', async () => {
    await using folder = await V4Folder.joined(server, 'asks');
    expect((await folder.sesame('status')).stdout).toMatch(/^knock key +kept/m);
    await rm(knockJson(folder));
    expect((await folder.sesame('status', '--offline')).stdout).toMatch(/^knock key +none/m);
  });
});

describe('a knock', () => {
  let door: Socket;
  let port: string;
  let folder: V4Folder;
  let heard: Buffer[];

  beforeEach(async () => {
    heard = [];
    door = createSocket('udp4', (message) => heard.push(message));
    door.bind(0, '127.0.0.1');
    await once(door, 'listening');
    port = String(door.address().port);
    folder = await V4Folder.joined(server, `knocks at ${port}`);
    await folder.write('f', 'content');
  });
  afterEach(async () => {
    door.close();
    await folder[Symbol.asyncDispose]();
  });

  /** The knock that must have come: what it says, once its MAC has been checked. */
  async function knock(key?: Uint8Array): Promise<Knock> {
    if (heard.length === 0) await once(door, 'message', { signal: AbortSignal.timeout(5000) });
    const message = heard.shift() ?? Buffer.alloc(0);
    const { key: own } = await kept(folder);
    expect(isAuthentic(message, key ?? Buffer.from(own, 'base64url'))).toBe(true);
    const said = decodeKnock(message);
    expect(Math.abs(Date.now() - said.time)).toBeLessThan(30_000);
    return said;
  }

  const sourceOf = ({ source }: Knock): string | null => source && Buffer.from(source).toString('hex');

  test.each(['open', 'close'] as const)('%s: by this client, from its own address', async (action) => {
    const { code, stdout, stderr } = await folder.sesame('knock', action, '--knock-port', port);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(`knocked at 127.0.0.1:${port} (UDP): ${action} for 127.0.0.1`);
    expect(stderr).toContain('never answers');
    const said = await knock();
    expect(said.action).toBe(action);
    expect(Buffer.from(said.id).toString('hex')).toBe((await kept(folder)).client_id);
    expect(sourceOf(said)).toBe('00000000000000000000ffff7f000001');
  });

  test('with --from, --any-source, --json, -q', async () => {
    const named = await folder.sesame(
      'knock',
      'open',
      '--knock-port',
      port,
      '--from',
      '203.0.113.9',
      '--json',
    );
    expect(
      named.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      {
        ...{ event: 'knock', action: 'open', to: `127.0.0.1:${port}`, over: 'udp', from: '203.0.113.9' },
        nat_likely: false,
      },
      { event: 'summary', knocks: 1, exit: 0 },
    ]);
    expect(sourceOf(await knock())).toBe('00000000000000000000ffffcb007109');
    const any = await folder.sesame('knock', 'open', '--knock-port', port, '--any-source', '-q');
    expect(any).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(sourceOf(await knock())).toBeNull();
  });

  test('over TCP, and a word', async () => {
    const said: Promise<string>[] = [];
    const tcp = createServer({ allowHalfOpen: true }, (socket) => {
      socket.setEncoding('latin1');
      said.push(text(socket).then((words) => (socket.end('open for 30 s\n'), words)));
    });
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const where = ['--knock-port', String((tcp.address() as AddressInfo).port)];
    expect((await folder.sesame('knock', 'open', '--tcp', ...where)).code).toBe(0);
    const { key } = await kept(folder);
    expect(isAuthentic(Buffer.from((await said[0]) ?? '', 'latin1'), Buffer.from(key, 'base64url'))).toBe(
      true,
    );
    const word = await folder.sesame('knock', 'open', '--word', 'open_sesame', ...where);
    expect(word).toMatchObject({ code: 0, stdout: 'open for 30 s\n' });
    expect(await said[1]).toBe('open_sesame\n');
    // A word needs no key, and no enrolment.
    await using stranger = await V4Folder.fresh();
    const place = ['--server', '127.0.0.1:1', ...where];
    expect((await stranger.sesame('knock', 'close', '--word', 'close_sesame', ...place)).code).toBe(0);
    expect(await said[2]).toBe('close_sesame\n');
    tcp.close();
  });

  test('before put, get and ls, one for each connection', async () => {
    const how = ['--knock', '--knock-port', port];
    for (const args of [['put', 'f'], ['ls']]) {
      const { code, stderr } = await folder.sesame(...args, ...how);
      expect(code, stderr).toBe(0);
      expect((await knock()).action).toBe('open');
      expect(heard).toEqual([]);
    }
  });

  test('with a join line, before the machine is known', async () => {
    const { line, token } = await enrol(server, `by knock ${port}`);
    await using machine = await V4Folder.fresh();
    const { code, stderr } = await machine.sesame('enroll', '--knock', '--knock-port', port, line);
    expect(code, stderr).toBe(0);
    const tokenHash = hash(token);
    const said = await knock(joinKnockKey(tokenHash));
    expect(Buffer.from(said.id)).toEqual(Buffer.from(joinKnockId(tokenHash)));
    const { key, client_id: id } = await kept(machine);
    expect(Buffer.from(key, 'base64url')).toEqual(await keyOf(id));
  });

  test.each([
    ['knock', 'open'],
    ['put', 'f', '--knock'],
    ['ls', '--knock'],
    ['get', 'f', '--knock'],
  ])('without a key: exit 1, and what to do: %s %s', async (...args) => {
    await unlink(knockJson(folder));
    const { code, stderr } = await folder.sesame(...args, '--knock-port', port);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no knock key.*sesame status.*sesame enroll --knock/);
    expect(heard).toEqual([]);
  });

  test.each([
    ['knock'],
    ['knock', 'ajar'],
    ['knock', 'open', '--from', 'localhost'],
    ['knock', 'open', '--from', '0.0.0.0'],
    ['knock', 'open', '--from', '1.2.3.4', '--any-source'],
    ['knock', 'open', '-6', '--from', '1.2.3.4'],
    ['knock', 'open', '--word', 'two\nlines'],
    ['put', 'f', '--from', '1.2.3.4'],
    ['enroll', '127.0.0.1', '--trust', '--knock'],
    ['knock', 'recover', '12345678'],
  ])('usage: %s %s %s %s', async (...args) => {
    const { code, stdout } = await folder.sesame(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });
});
