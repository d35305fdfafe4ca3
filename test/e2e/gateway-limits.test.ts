// How many at once, how slowly, how often: what the gateway takes, and what it says when it takes no more.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { sampleBytes } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { until, within } from '../support/waiting.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { FileServer } from '../support/web-root.ts';
import { HAS_IPV6 } from '../support/network.ts';
import { CAN_HAVE_DISKS, SmallDisk } from '../support/small-disk.ts';
import { ask, WebServer } from '../support/web.ts';

const sockets: Socket[] = [];

afterAll(() => {
  for (const socket of sockets) socket.destroy();
});

/** Asks for something large, and does not read the answer. */
async function askAndWait(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').pause();
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return socket;
}

describe('requests at once', () => {
  test('two at work, one waits for its turn, the next is told to come again', async () => {
    const args = ['127.0.0.1', '2', '--http-max-waiting', '1', '--log-level', 'http=debug'];
    await using site = await FileServer.start(
      { 'big.png': sampleBytes(32 * 1024 * 1024), 'a.txt': 'a' },
      ...args,
    );
    const [first, second] = [
      await askAndWait(site.port, '/big.png'),
      await askAndWait(site.port, '/big.png'),
    ];
    await until('both are at work', async () => site.stderr.includes('nearly as many'));
    let answered = false;
    const third = site.ask('/a.txt').then((answer) => {
      answered = true;
      return answer;
    });
    await until('it waits, and it is full', async () => site.stderr.includes('no request more is taken'));
    const refused = await site.ask('/a.txt');
    expect([refused.status, refused.code]).toEqual([503, 'busy']);
    expect(refused.headers['retry-after']).toBe('1');
    expect((await site.ask('/healthz')).status, 'health checks wait in no row').toBe(200);
    expect(answered).toBe(false);
    first.destroy();
    expect((await third).text).toBe('a');
    expect(site.stderr).toMatch(/a request that waited gets its turn/);
    second.destroy();
    await until('there is room again', async () => (await site.ask('/a.txt')).status === 200);
  });

  test('who goes while it waits takes no turn', async () => {
    const args = ['127.0.0.1', '1', '--http-max-waiting', '2'];
    await using site = await FileServer.start(
      { 'big.png': sampleBytes(32 * 1024 * 1024), 'a.txt': 'a' },
      ...args,
    );
    const first = await askAndWait(site.port, '/big.png');
    await until('it is at work', async () => /nearly as many|no request more/.test(site.stderr));
    const second = await askAndWait(site.port, '/a.txt');
    second.destroy();
    first.destroy();
    await until('there is room again', async () => (await site.ask('/a.txt')).status === 200);
  });
});

describe('who does not get on', () => {
  const STALL = ['--http-stall-time', '1'];

  test('a reader that stops reading is cut off', async () => {
    await using site = await FileServer.start({ 'big.png': sampleBytes(32 * 1024 * 1024) }, ...STALL);
    const socket = await askAndWait(site.port, '/big.png');
    const closed = once(socket, 'close');
    expect(await within(closed, 1000)).toBe(false);
    await until('the server lets go', async () => site.stderr.includes('aborted=true'), 10_000);
    socket.resume();
    expect(await within(closed, 5000)).toBe(true);
  });

  test('a sender that stops sending is cut off, and what came stays', async () => {
    await using web = await WebServer.start(...STALL);
    const ada = await web.operator();
    const headers = await ada.tokenFor('stalling');
    const socket = connect(web.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    const head = `PUT /upload/f HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${headers.authorization}\r\n`;
    socket.write(`${head}Content-Length: 1000000\r\n\r\n`);
    socket.write(sampleBytes(100_000));
    expect(await within(once(socket, 'close'), 10_000)).toBe(true);
    await until('what came is there', async () => {
      const { headers: said } = await web.ask('/upload/f', { method: 'HEAD', headers });
      return Number(said['upload-offset']) === 100_000;
    });
  });

  test('a header at one byte a second is cut off after 10 s, however it drips', async () => {
    await using site = await FileServer.start({ 'a.txt': 'a' });
    const socket = connect(site.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.resume().write('GET / HTTP/1.1\r\nX: ');
    const drip = setInterval(() => socket.write('x'), 1000);
    try {
      expect(await within(closed, 8000)).toBe(false);
      expect(await within(closed, 6000)).toBe(true);
    } finally {
      clearInterval(drip);
    }
  });

  test('a connection that rests is closed', async () => {
    await using site = await FileServer.start({ 'a.txt': 'a' }, '--http-keep-alive', '1');
    const socket = connect(site.port, '127.0.0.1');
    const closed = once(socket.resume(), 'close');
    socket.write('GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await within(closed, 500)).toBe(false);
    expect(await within(closed, 6000)).toBe(true);
  });
});

test('requests per minute of one user: 429 with Retry-After, and others go on', async () => {
  await using web = await WebServer.start('--http-rate', '20');
  const ada = await web.operator();
  const [one, two] = [await ada.tokenFor('one'), await ada.tokenFor('two')];
  const statuses: number[] = [];
  for (let n = 0; n < 21; n++) statuses.push((await web.ask('/api/files', { headers: one })).status);
  expect(statuses).toEqual([...Array<number>(20).fill(200), 429]);
  const limited = await web.ask('/api/files', { headers: one });
  expect(limited.code).toBe('too-many-requests');
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
  expect((await web.ask('/api/files', { headers: two })).status).toBe(200);
});

test('other sites: only those that are named may read, and never with a cookie', async () => {
  await using web = await WebServer.start('--http-origins', 'https://app.example');
  const ada = await web.operator();
  const headers = { ...(await ada.tokenFor('app')), origin: 'https://app.example' };
  const named = await web.ask('/api/files', { headers });
  expect([named.status, named.headers['access-control-allow-origin']]).toEqual([200, 'https://app.example']);
  expect(named.headers).not.toHaveProperty('access-control-allow-credentials');
  const preflight = { origin: 'https://app.example', 'access-control-request-method': 'PUT' };
  const asked = await web.ask('/upload/x', { method: 'OPTIONS', headers: preflight });
  expect(asked.status).toBe(204);
  const stranger = await web.ask('/api/files', { headers: { ...headers, origin: 'https://evil.example' } });
  expect(stranger.headers).not.toHaveProperty('access-control-allow-origin');
});

test('a flood of connections is bounded, and ends by itself', async () => {
  await using web = await WebServer.start();
  const flood = Array.from({ length: 1300 }, () => connect(web.port, '127.0.0.1').on('error', () => {}));
  sockets.push(...flood);
  const closed = () => flood.filter((socket) => socket.destroyed).length;
  for (const socket of flood) socket.resume();
  // 2048 for both loopbacks together.
  await until('what is too many is closed', async () => closed() >= 1300 - 1024);
  using transfer = await V3Connection.open(web.server.port);
  await transfer.send(request(REQUEST.reconnect, nameField('nobody')));
  expect((await transfer.response()).code, 'the transfer port goes on').toBe(RESPONSE.reconnectRefused);
  await until('those that say nothing go', async () => closed() === 1300, 15_000);
  expect((await web.ask('/healthz')).status).toBe(200);
});

test('a port that was asked for and is taken: an error that says which', async () => {
  await using web = await WebServer.start();
  const { code, stderr } = await RunningServer.failing('--http-port', String(web.port));
  expect(code).toBe(1);
  expect(stderr).toContain(`port ${web.port} is taken: give another with --http-port`);
});

test.skipIf(!HAS_IPV6)(':: takes IPv4, too, unless it is told not to', async () => {
  const args = ['--http-host', '::', '--http-tls', 'off'];
  await using both = await WebServer.start(...args);
  expect((await ask(`http://127.0.0.1:${both.port}`, '/healthz')).status).toBe(200);
  await using six = await WebServer.start(...args, '--http-dual-stack', 'off');
  expect((await ask(`http://[::1]:${six.port}`, '/healthz')).status).toBe(200);
  await expect(ask(`http://127.0.0.1:${six.port}`, '/healthz')).rejects.toThrow('ECONNREFUSED');
});

test.skipIf(!CAN_HAVE_DISKS)('a disk that is full: 507, and room is found again', async () => {
  await using disk = SmallDisk.mount('40m');
  await using web = await WebServer.startBelow(disk.path);
  const ada = await web.operator();
  const headers = await ada.tokenFor('large');
  const put = (name: string, mib: number) =>
    web.ask(`/upload/${name}`, { method: 'PUT', body: sampleBytes(mib * 1024 * 1024), headers });
  const refused = await put('too-large', 60);
  expect([refused.status, refused.code]).toEqual([507, 'disk-full']);
  expect((await put('fits', 2)).status).toBe(201);
});

test('a restart binds the same port at once', async () => {
  await using web = await WebServer.start();
  const { port } = web;
  await web.ask('/healthz', { headers: { connection: 'keep-alive' } });
  await web.server.stop();
  await web.server.again('--http-port', String(port));
  expect((await web.ask('/healthz')).status).toBe(200);
});
