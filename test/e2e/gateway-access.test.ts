// Who gets what from the gateway before anybody has signed in, and what no request gets past.
import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/waiting.ts';
import { WebServer } from '../support/web.ts';

let web: WebServer;

beforeAll(async () => {
  web = await WebServer.start('--http-names', 'files.example.org', '--log-level', 'http=debug');
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
});

/** What comes back for these bytes until the server closes. */
async function raw(text: string): Promise<string> {
  const socket = connect(web.port, '127.0.0.1');
  socket.write(text);
  return (await buffer(socket)).toString();
}

/** A request of which the connection is not kept. */
const rawGet = (path: string, headers: string): Promise<string> =>
  raw(`GET ${path} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

describe('without sign-in', () => {
  test.for([
    ['/healthz', 200],
    ['/readyz', 200],
    ['/metrics', 200],
    ['/', 200],
    ['/upload', 401],
    ['/upload/a.txt', 401],
    ['/api/overview', 401],
    ['/api/live', 401],
    ['/api/files', 401],
    ['/api/openapi.json', 401],
    ['/api/nothing', 401],
    ['/nothing', 404],
    ['/data/sesame.db', 404],
  ] as const)('%s: %i', async ([path, status]) => {
    expect((await web.ask(path)).status).toBe(status);
  });

  test.for([
    ['POST', '/upload'],
    ['PUT', '/upload/a.txt'],
    ['DELETE', '/api/file?client=a&path=b'],
    ['POST', '/api/clients'],
  ])('%s %s: 401, and no browser opens a window of its own', async ([method = '', path = '']) => {
    const answer = await web.ask(path, { method, json: {} });
    expect([answer.status, answer.code]).toEqual([401, 'not-signed-in']);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="sesame"');
  });

  test.for(['Bearer x', 'Bearer', 'Basic eDp5', 'Basic !!!', 'Negotiate x', ''])(
    'Authorization "%s" is nobody',
    async (authorization) => {
      expect((await web.ask('/api/files', { headers: { authorization } })).status).toBe(401);
    },
  );

  test('a refusal is a problem of RFC 9457, with the request’s id', async () => {
    const { headers, ...answer } = await web.ask('/api/overview');
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.body.toString())).toEqual({
      type: 'urn:sesame:problem:not-signed-in',
      title: 'Unauthorized',
      status: 401,
      detail: expect.any(String) as string,
      code: 'not-signed-in',
      request_id: headers['x-request-id'],
    });
    const logged = `id=${String(headers['x-request-id'])}`;
    await until('it is in the log', async () => web.server.stderr.includes(logged));
  });

  test.for(['/', '/healthz', '/nothing', '/api/overview', '/..%2f', '/%zz', '/upload/%'])(
    'the answer to %s carries the security headers',
    async (path) => {
      const { headers } = await web.ask(path);
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers).not.toHaveProperty('server');
    },
  );
});

describe('Host', () => {
  test.for(['127.0.0.1:1', '[::1]:8357', 'localhost', 'LocalHost.:80', '10.1.2.3', 'files.example.org'])(
    '%s is ours',
    async (host) => {
      expect((await web.ask('/healthz', { headers: { host } })).status).toBe(200);
    },
  );

  test.for(['evil.example', 'localhost.evil.example', 'a b', '127.0.0.1.evil.example', 'xn--1', ':80', '@'])(
    '%s is not',
    async (host) => {
      expect(statusOf(await rawGet('/healthz', `Host: ${host}\r\n`))).toBe(421);
    },
  );

  test('missing, empty or doubled: 400', async () => {
    expect(statusOf(await rawGet('/healthz', ''))).toBe(400);
    expect(statusOf(await rawGet('/healthz', 'Host:\r\n'))).toBe(400);
    expect(statusOf(await rawGet('/healthz', 'Host: localhost\r\nHost: localhost\r\n'))).toBe(400);
  });
});

describe('paths', () => {
  test.for([
    '/../etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/etc/passwd',
    '/%2E%2E%2Fetc%2Fpasswd',
    '/%252e%252e/etc/passwd',
    '/..\\etc\\passwd',
    '/%5c..%5cetc',
    '/a/%2e/b',
    '/etc/passwd%00.txt',
    '/..;/etc/passwd',
    '/....//etc/passwd',
    '/%c0%ae%c0%ae/etc/passwd',
    '//etc/passwd',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/index.html.map',
  ])('%s climbs nowhere', async (path) => {
    const answer = await web.ask(path);
    expect([400, 403, 404]).toContain(answer.status);
    expect(answer.text).not.toMatch(/root:|"name"/);
  });

  test('a method that a path does not have: 405 with those that it has', async () => {
    const answer = await web.ask('/healthz', { method: 'DELETE' });
    expect([answer.status, answer.code, answer.headers.allow]).toEqual([
      405,
      'method-not-allowed',
      'GET, HEAD',
    ]);
  });

  test('HEAD is GET without a body', async () => {
    const [head, get] = [await web.ask('/', { method: 'HEAD' }), await web.ask('/')];
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect(head.headers.etag).toBe(get.headers.etag);
  });
});

describe('bytes that are no sound HTTP', () => {
  test.for([
    [
      'two lengths',
      'POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    ],
    [
      'a length and chunks',
      'POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n'],
    ['a length that is none', 'POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1x\r\n\r\n'],
    ['a negative length', 'POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n'],
    ['noise', '\x00\x01\x02\x03\r\n\r\n'],
    ['an unknown method', 'FROB / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ])('%s: 400, and the connection ends', async ([, text = '']) => {
    const answer = await raw(text);
    expect(statusOf(answer)).toBe(400);
    expect(answer).toMatch(/Connection: close/i);
  });

  test('more than 16 KiB of headers: 431', async () => {
    const answer = await rawGet('/', `Host: localhost\r\nX-Long: ${'a'.repeat(17_000)}\r\n`);
    expect(statusOf(answer)).toBe(431);
  });

  test('a bad chunk ends its request, and no other', async () => {
    const head = 'PUT /upload/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
    await raw(`${head}zz\r\nabc\r\n`);
    expect((await web.ask('/healthz')).status).toBe(200);
  });
});

describe('connections', () => {
  test('are good for 100 requests', async () => {
    const socket = connect(web.port, '127.0.0.1').setEncoding('utf8');
    const ended = once(socket, 'end');
    const answers: string[] = [];
    for (let request = 1; request <= 100; request++) {
      socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
      answers.push(String(await once(socket, 'data')));
    }
    await ended;
    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200'))).toHaveLength(100);
    expect(answers.filter((answer) => /connection: close/i.test(answer))).toEqual([answers[99]]);
  });

  test('say how long they may rest', async () => {
    const { headers } = await web.ask('/healthz', { headers: { connection: 'keep-alive' } });
    expect(headers['keep-alive']).toBe('timeout=30, max=100');
  });
});
