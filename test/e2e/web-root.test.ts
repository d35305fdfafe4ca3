// `sesamed http`: pages and files out of a folder, and nothing that is not in it.
import { link, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileServer } from '../support/web-root.ts';
import { sampleBytes } from '../support/native-client.ts';
import { sesamed } from '../support/sesamed.ts';
import { until } from '../support/waiting.ts';
import { ask, WebServer } from '../support/web.ts';

const PAGE = '<!doctype html><title>Hello</title>';
const TEXT = 'a line of text, again and again\n'.repeat(1000);
const PICTURE = sampleBytes(200_000);

let site: FileServer;

beforeAll(async () => {
  site = await FileServer.start(
    {
      'index.html': PAGE,
      'about.HTML': PAGE,
      'notes.txt': TEXT,
      'logo.png': PICTURE,
      'photo.jpeg': PICTURE,
      'sub/index.html': 'sub',
      'ünï code/ä b.txt': 'umlauts',
      'secret.key': 'no',
      'script.js': 'no',
      '.hidden.txt': 'no',
      '.git/config.txt': 'no',
      noextension: 'no',
      '../outside.txt': 'outside',
      '../mapped/m.txt': 'mapped',
    },
    ...[
      '127.0.0.1',
      '7',
      '--http-static',
      '/docs=./mapped',
      '--http-redirects',
      '/old=/notes.txt,/away=https://example.org/',
    ],
  );
  await symlink('../outside.txt', join(site.root, 'leads-out.txt'));
  await symlink('notes.txt', join(site.root, 'leads-in.txt'));
  await link(join(site.root, 'notes.txt'), join(site.root, 'hard.txt'));
  await symlink('/etc', join(site.root, 'etc'));
  await mkdir(join(site.root, 'folder.txt'));
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
});

describe('files', () => {
  test('index.html stands for the folder, and is a page', async () => {
    const { status, headers, text } = await site.ask('/');
    expect([status, text]).toEqual([200, PAGE]);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers).not.toHaveProperty('content-disposition');
    expect((await site.ask('/sub/')).text).toBe('sub');
    const moved = await site.ask('/sub');
    expect([moved.status, moved.headers.location]).toEqual([308, '/sub/']);
  });

  test.for([
    ['/notes.txt', 'text/plain; charset=utf-8', 'notes.txt'],
    ['/logo.png', 'image/png', 'logo.png'],
    ['/photo.jpeg', 'image/jpeg', 'photo.jpeg'],
    ['/leads-in.txt', 'text/plain; charset=utf-8', 'leads-in.txt'],
    ['/hard.txt', 'text/plain; charset=utf-8', 'hard.txt'],
  ])('%s is an attachment of type %s', async ([path = '', type, name]) => {
    const { status, headers } = await site.ask(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(type);
    expect(headers['content-disposition']).toBe(`attachment; filename=${String(name)}`);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  test('favicon.ico, which every browser asks for: one of our own, or the folder’s', async () => {
    const ours = await site.ask('/favicon.ico');
    expect([ours.status, ours.headers['content-type']]).toEqual([200, 'image/vnd.microsoft.icon']);
    await using other = await FileServer.start({ 'favicon.ico': 'icon' });
    expect((await other.ask('/favicon.ico')).text).toBe('icon');
  });

  test('names in any script, encoded', async () => {
    const { status, text } = await site.ask(encodeURI('/ünï code/ä b.txt'));
    expect([status, text]).toEqual([200, 'umlauts']);
  });

  test.for(['/secret.key', '/script.js', '/noextension', '/not-there.php', '/index.html.bak'])(
    '%s: 415, whether it is there or not',
    async (path) => {
      const answer = await site.ask(path);
      expect([answer.status, answer.code]).toEqual([415, 'unsupported-type']);
    },
  );

  test.for([
    '/not-there.txt',
    '/.hidden.txt',
    '/.git/config.txt',
    '/leads-out.txt',
    '/etc/hostname.txt',
    '/folder.txt',
    '/notes.txt/',
    '/notes.txt/x.txt',
    '/%20.txt',
    '/outside.txt',
  ])('%s: 404', async (path) => {
    expect((await site.ask(path)).status).toBe(404);
  });

  test.for([
    '/../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/sub/../../outside.txt',
    '/..%5coutside.txt',
    '/docs/../../outside.txt',
    '/docs/%2e%2e/%2e%2e/outside.txt',
    '/%252e%252e/outside.txt',
    '/notes.txt%00.html',
    '/./notes.txt',
  ])('%s: 403 or 404', async (path) => {
    const answer = await site.ask(path);
    expect([403, 404]).toContain(answer.status);
    expect(answer.text).not.toContain('outside');
  });

  test('a folder that is mapped to a path; a table of redirects', async () => {
    expect((await site.ask('/docs/m.txt')).text).toBe('mapped');
    const old = await site.ask('/old');
    expect([old.status, old.headers.location]).toEqual([308, '/notes.txt']);
    expect((await site.ask('/away?x=1')).headers.location).toBe('https://example.org/');
  });

  test.for(['POST', 'PUT', 'DELETE', 'PATCH'])('%s: 405', async (method) => {
    const answer = await site.ask('/notes.txt', { method });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  test('uploads are not for this server', async () => {
    expect((await site.ask('/upload', { json: {} })).status).toBe(401);
  });
});

describe('answers', () => {
  test('have what RFC 9110 says of conditions and ranges', async () => {
    const { headers } = await site.ask('/logo.png');
    const etag = headers.etag ?? '';
    expect(headers['last-modified']).toMatch(/GMT$/);
    expect(headers['cache-control']).toContain('max-age=0');
    expect((await site.ask('/logo.png', { headers: { 'if-none-match': etag } })).status).toBe(304);
    const since = { 'if-modified-since': headers['last-modified'] };
    expect((await site.ask('/logo.png', { headers: since })).status).toBe(304);
    const part = await site.ask('/logo.png', { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 10-19/200000']);
    expect(part.body).toEqual(PICTURE.subarray(10, 20));
    const changed = { range: 'bytes=10-19', 'if-range': 'Sun, 06 Nov 1994 08:49:37 GMT' };
    expect((await site.ask('/logo.png', { headers: changed })).status).toBe(200);
    expect((await site.ask('/logo.png', { headers: { range: 'bytes=200000-' } })).status).toBe(416);
  });

  test('HEAD: the same headers, and no body', async () => {
    const [head, get] = [await site.ask('/logo.png', { method: 'HEAD' }), await site.ask('/logo.png')];
    expect(head.body).toHaveLength(0);
    expect(head.headers['content-length']).toBe('200000');
    expect(head.headers.etag).toBe(get.headers.etag);
  });

  test.for([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
    ['zstd', zstdDecompressSync],
  ] as const)('text is compressed: %s', async ([encoding, expand]) => {
    const { headers, body } = await site.ask('/notes.txt', { headers: { 'accept-encoding': encoding } });
    expect(headers['content-encoding']).toBe(encoding);
    expect(headers.vary).toMatch(/accept-encoding/i);
    expect(headers.etag, 'it is not the same bytes').toMatch(/^W\//);
    expect(body.length).toBeLessThan(TEXT.length / 10);
    expect(expand(body).toString()).toBe(TEXT);
  });

  test('a picture, a part, a small file and who did not ask get the bytes as they are', async () => {
    const headers = { 'accept-encoding': 'gzip, br, zstd' };
    for (const asked of [
      site.ask('/logo.png', { headers }),
      site.ask('/notes.txt', { headers: { ...headers, range: 'bytes=0-4999' } }),
      site.ask('/index.html', { headers }),
      site.ask('/notes.txt'),
    ]) {
      expect((await asked).headers).not.toHaveProperty('content-encoding');
    }
  });

  test('a page of its own may run its own scripts; beside the console it runs none', async () => {
    const alone = (await site.ask('/')).headers['content-security-policy'];
    expect(alone).toContain("script-src 'self'");
    await using web = await WebServer.start('--web-root', site.root);
    const beside = (await web.ask('/index.html')).headers['content-security-policy'];
    expect(beside).toContain('sandbox');
    expect(beside).not.toContain('script-src');
    expect((await web.ask('/')).text, 'the console keeps /').not.toBe(PAGE);
    expect((await web.ask('/notes.txt')).status).toBe(200);
  });
});

test('the extensions, the folder, and who may see it, as settings have them', async () => {
  await using other = await FileServer.start({ 'a.md': '# a', 'b.txt': 'b' }, '--web-extensions', 'md,.CSS');
  expect((await other.ask('/a.md')).text).toBe('# a');
  expect((await other.ask('/b.txt')).status).toBe(415);
  await writeFile(join(other.root, 'b.css'), 'x');
  expect((await other.ask('/b.css')).status).toBe(200);
  await using web = await WebServer.start('--web-root', site.root, '--web-access', 'sign-in');
  expect((await web.ask('/notes.txt')).status).toBe(401);
  const ada = await web.operator();
  expect((await ada.ask('/notes.txt')).status).toBe(200);
});

test('a file that changes is seen as changed a second later', async () => {
  await using other = await FileServer.start({ 'a.txt': 'one' });
  const first = await other.ask('/a.txt');
  await writeFile(join(other.root, 'a.txt'), 'another');
  await until('it is seen', async () => (await other.ask('/a.txt')).text === 'another');
  const second = await other.ask('/a.txt');
  expect(second.headers.etag).not.toBe(first.headers.etag);
  await rm(join(other.root, 'a.txt'));
  await until('it is gone', async () => (await other.ask('/a.txt')).status === 404);
});

test('on a network it is plain HTTP, unless told otherwise', async () => {
  await using wide = await FileServer.start({ 'a.txt': 'a' }, '0.0.0.0');
  expect((await wide.ask('/a.txt')).text).toBe('a');
  await using secure = await FileServer.start({ 'a.txt': 'a' }, '0.0.0.0', '--http-tls', 'on');
  expect((await ask(`https://127.0.0.1:${secure.port}`, '/a.txt')).text).toBe('a');
});

test('a gate, which nobody could open: says so, exit code 2', async () => {
  const { code, stderr } = await sesamed(['http', '0', '--gate', 'simple']);
  expect(code).toBe(2);
  expect(stderr).toContain('no clients that could knock');
});

test('a folder that is not there: says so, exit code 2', async () => {
  const { code, stderr } = await sesamed(['http', '0', '--web-root', '/no/such/folder']);
  expect(code).toBe(2);
  expect(stderr).toContain('/no/such/folder');
});

test('the log says at the start how many requests it takes', () => {
  expect(site.stderr).toMatch(/requests at once active=7 waiting=50/);
});
