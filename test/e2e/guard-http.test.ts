// What the guard counts over HTTP, and what who is blocked gets (docs/GUARD.md 2 and 3).
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../src/gateway/api-types.ts';
import { askFrom, BEHIND_BALANCER, http2From, isReset, sayFrom, socketFrom } from '../support/from-source.ts';
import { TemporaryFolder } from '../support/running-server.ts';
import { block, isBlocked, scoreOf, suspect, untilBlocked } from '../support/suspects.ts';
import { operate } from '../support/operate.ts';
import { FileServer } from '../support/web-root.ts';
import { cookieOf, SignedIn, WebServer, type WebAnswer, type WebRequest } from '../support/web.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml' };

let web: WebServer;
let ada: SignedIn;
let folder: TemporaryFolder;
let sources = 0;

beforeAll(async () => {
  folder = await TemporaryFolder.create();
  await mkdir(join(folder.path, 'site'));
  await writeFile(join(folder.path, 'site', 'page.html'), '<p>hello</p>');
  web = await WebServer.start(
    ...[...BEHIND_BALANCER, '--web-root', join(folder.path, 'site'), '--join', 'open'],
  );
  const [, token = ''] = (await web.printedLink()).split('#sign-in=');
  const json = { token, name: 'ada', password: 'correct horse battery' };
  ada = new SignedIn(web.origin, await askFrom('192.0.2.1', web.origin, '/api/session/link', { json }));
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function stranger(): string {
  return `198.51.100.${++sources}`;
}

function asks(source: string, path: string, asked: WebRequest = {}): Promise<WebAnswer> {
  return askFrom(source, web.origin, path, asked);
}

function withSession({ headers, ...asked }: WebRequest = {}): WebRequest {
  return { ...asked, headers: { cookie: ada.cookie, 'x-csrf-token': ada.session.csrf, ...headers } };
}

describe('counted', () => {
  const authorization = (text: string): WebRequest => ({ headers: { authorization: text } });
  test.for<[string, number, (source: string) => Promise<unknown>]>([
    ['a path where nothing is', 1, (source) => asks(source, '/wp-login.php')],
    ['a type that is not served', 1, (source) => asks(source, '/config.php.bak')],
    ['a method that the path does not have', 1, (source) => asks(source, '/', { method: 'DELETE' })],
    ['a path that climbs', 5, (source) => asks(source, '/../../etc/passwd')],
    ['one in disguise', 5, (source) => asks(source, '/%2e%2e%2fetc%2fpasswd')],
    ['one with a NUL', 5, (source) => asks(source, '/page.html%00.png')],
    ['one that cannot be decoded', 2, (source) => asks(source, '/%c0%ae%c0%ae/etc')],
    ['a wrong token', 4, (source) => asks(source, '/upload/x', authorization('Bearer abc'))],
    ['a wrong password in Basic', 4, (source) => asks(source, '/upload/x', authorization('Basic YWRhOng='))],
    [
      'a wrong sign-in link',
      4,
      (source) => asks(source, '/api/session/link', { json: { token: 'x'.repeat(43) } }),
    ],
    [
      'a wrong password',
      4,
      (source) => asks(source, '/api/session', { json: { name: 'ada', password: 'wrong' } }),
    ],
    ['a Host that is not ours', 2, (source) => asks(source, '/', { headers: { host: 'evil.example' } })],
    [
      'a request from another site',
      2,
      (source) => asks(source, '/api/session', { json: {}, headers: { 'sec-fetch-site': 'cross-site' } }),
    ],
    ['a body that makes no sense', 2, (source) => asks(source, '/api/session', { json: { name: 7 } })],
    ['what is no HTTP at all', 2, (source) => sayFrom(web.port, source, 'EHLO mail.example\r\n\r\n')],
  ])('%s: %d', async ([, points, offend]) => {
    const source = stranger();
    await offend(source);
    expect(await scoreOf(web.server, source)).toBeCloseTo(points, 0);
  });

  test('with a warning in the problem, once, before the block', async () => {
    const source = stranger();
    const problems: Problem[] = [];
    await untilBlocked(web.server, source, async () =>
      problems.push((await asks(source, '/etc/../passwd')).json<Problem>()),
    );
    expect(problems.map(({ warning }) => warning !== undefined)).toEqual([false, false, true, false, false]);
    expect(web.server.stderr).toMatch(
      new RegExp(`blocked who=${source} by=score seconds=15 reason=traversal\n`),
    );
  });
});

describe('not counted', () => {
  test('a page with what a browser asks for, and quiet paths', async () => {
    const source = stranger();
    const page = await asks(source, '/', { headers: BROWSER });
    expect(page.status).toBe(200);
    const wanted = Array.from(page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g), ([, path = '']) => path);
    for (const path of [...wanted, '/page.html', '/favicon.ico', '/robots.txt', '/apple-touch-icon.png']) {
      await asks(source, path);
    }
    // The page asks who is signed in, and nobody is.
    expect((await asks(source, '/api/session')).status).toBe(401);
    expect((await asks(source, '/api/overview', { headers: { cookie: 'sesame-session=old' } })).status).toBe(
      401,
    );
    expect(await suspect(web.server, source)).toBeUndefined();
  });

  test("a signed-in person's wrong turns, for his address or for him", async () => {
    const source = stranger();
    for (let i = 0; i < 25; i++) {
      expect((await asks(source, `/api/file?client=nobody&path=${i}`, withSession())).status).toBe(404);
    }
    expect(await suspect(web.server, source)).toBeUndefined();
    expect(await suspect(web.server, 'user:ada')).toBeUndefined();
    // What another site has his browser send is counted for him, and his address is free.
    await asks(source, '/api/tokens', withSession({ json: {}, headers: { 'x-csrf-token': 'wrong' } }));
    expect(await scoreOf(web.server, 'user:ada')).toBeCloseTo(2, 0);
    expect(await suspect(web.server, source)).toBeUndefined();
  });
});

describe('blocked', () => {
  test('a browser gets a page with a form, under the same policy as every page', async () => {
    const source = stranger();
    await block(web.server, source, 90);
    const { status, headers, text } = await asks(source, '/', { headers: BROWSER });
    expect(status).toBe(403);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(Number(headers['retry-after'])).toBeGreaterThan(80);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("form-action 'self'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect(text).toMatch(/blocked for another \d\d seconds/);
    expect(text).toContain('<form method="post" action="/recover">');
  });

  test.for<[string, WebRequest]>([
    ['/', {}],
    ['/page.html', {}],
    ['/healthz', {}],
    ['/nothing', { method: 'HEAD' }],
    ['/%c0%ae', {}],
    ['/api/session', { json: { name: 'ada', password: 'correct horse battery' } }],
    ['/upload/a.txt', { method: 'PUT', body: 'content' }],
    ['/../../etc/passwd', {}],
  ])('a program gets a problem for %s', async ([path, asked]) => {
    const source = '198.51.100.250';
    if (!(await isBlocked(web.server, source))) await block(web.server, source);
    const answer = await asks(source, path, asked);
    expect(answer.status).toBe(403);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    if (asked.method !== 'HEAD') expect(answer.code).toBe('blocked');
  });

  test('over HTTPS and HTTP/2 as well', async () => {
    await using secure = await WebServer.start(...BEHIND_BALANCER, '--http-tls', 'on');
    const source = stranger();
    const session = await http2From(secure.origin, source);
    const stream = async (): Promise<[Record<string, unknown>, string]> => {
      const request = session.request({ ':path': '/', accept: 'text/html' });
      const [headers] = (await once(request, 'response')) as [Record<string, unknown>];
      return [headers, String(await buffer(request))];
    };
    expect((await stream())[0][':status']).toBe(200);
    const attack = async (): Promise<unknown> => askFrom(source, secure.origin, '/../etc');
    await untilBlocked(secure.server, source, attack);
    expect((await askFrom(source, secure.origin, '/')).code).toBe('blocked');
    const [headers, text] = await stream();
    expect(headers).toMatchObject({ ':status': 403, 'retry-after': expect.any(String) as string });
    expect(text).toContain('<form');
    session.close();
    expect(secure.server.stderr).not.toContain('UnsupportedWarning');
  });

  test('has four connections at most', async () => {
    const source = stranger();
    await block(web.server, source);
    const held = await Promise.all([1, 2, 3, 4].map(() => socketFrom(web.port, source)));
    const answered = await Promise.all(
      held.map(async (socket) => {
        socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n');
        return socket;
      }),
    );
    expect(await isReset(await socketFrom(web.port, source))).toBe(true);
    for (const socket of answered) socket.destroy();
    expect((await asks(source, '/')).status).toBe(403);
  });

  test('a person is, too, wherever he comes from, and nobody else there', async () => {
    await block(web.server, 'user:ada', 600);
    const source = stranger();
    const answer = await asks(source, '/api/overview', withSession());
    expect(answer).toMatchObject({ status: 403, code: 'blocked' });
    expect((await asks(source, '/')).status).toBe(200);
    await operate(web.server, { op: 'guard.unblock', who: 'user:ada' });
    expect((await asks(source, '/api/overview', withSession())).status).toBe(200);
    expect(cookieOf(answer)).toBe('');
  });
});

test('sesamed http blocks, too, and has no form', async () => {
  await using files = await FileServer.start({ 'a.txt': 'hello' }, ...BEHIND_BALANCER);
  const source = stranger();
  for (let i = 0; i < 5; i++) await askFrom(source, files.origin, '/../etc');
  const page = await askFrom(source, files.origin, '/a.txt', { headers: BROWSER });
  expect(page.status).toBe(403);
  expect(page.text).toMatch(/blocked for another/);
  expect(page.text).not.toContain('<form');
  expect((await askFrom(source, files.origin, '/recover', { body: 'pin=12345678' })).status).toBe(403);
  expect((await askFrom(stranger(), files.origin, '/a.txt')).text).toBe('hello');
});
