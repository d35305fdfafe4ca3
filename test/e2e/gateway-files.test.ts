// Stored files over the API: looked through, fetched in parts and on condition, verified, deleted; and whose they are.
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileDetails, FilePage, Verification } from '../../src/gateway/api-types.ts';
import { sampleBytes } from '../support/native-client.ts';
import { until } from '../support/waiting.ts';
import { WebServer, type SignedIn, type WebAnswer, type WebRequest } from '../support/web.ts';

const CONTENT = sampleBytes(300_000);
const HOSTILE = '<script>alert(1)</script>\u202e\n"; filename="x.html.txt';

let web: WebServer;
let ada: SignedIn;
let laptop: { authorization: string };
let desktop: { authorization: string };

beforeAll(async () => {
  web = await WebServer.start('--conflict', 'version');
  ada = await web.operator();
  laptop = await ada.tokenFor('laptop');
  desktop = await ada.tokenFor('desktop');
  const dated = 'Sun, 06 Nov 1994 08:49:37 GMT';
  await put(laptop, 'docs/b.bin', CONTENT, { 'last-modified': dated });
  await put(laptop, 'docs/a%_1.txt', 'a');
  await put(laptop, encodeURIComponent(HOSTILE), 'boo');
  await put(desktop, 'docs/A.txt', 'bigger');
  await put(desktop, '=cmd()|x,"y".csv', 'formula');
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
});

async function put(
  who: { authorization: string },
  path: string,
  body: string | Buffer,
  headers: WebRequest['headers'] = {},
): Promise<void> {
  const url = `/upload/${path.includes('%') && !path.includes('%_') ? path : encodeURI(path)}`;
  const answer = await web.ask(url, { method: 'PUT', body, headers: { ...who, ...headers } });
  expect(answer.status).toBe(201);
}

const query = (params: Record<string, string | number>): string =>
  new URLSearchParams(params as Record<string, string>).toString();
const list = (params: Record<string, string | number> = {}): Promise<FilePage> =>
  ada.json<FilePage>(`/api/files?${query(params)}`);
const pathsOf = ({ rows }: FilePage): (string | undefined)[] => rows.map((row) => row?.path);
const content = (client: string, path: string, headers: WebRequest['headers'] = {}): Promise<WebAnswer> =>
  ada.ask(`/api/file/content?${query({ client, path })}`, { headers });

describe('a listing', () => {
  test('has every file, with what is known of it', async () => {
    const page = await list();
    expect(page.total).toBe(5);
    expect(page.rows.find((row) => row?.path === 'docs/b.bin')).toMatchObject({
      client: 'laptop',
      size: 300_000,
      modified: '1994-11-06T08:49:37.000Z',
      protocol: 4,
      form: 'plaintext',
      receipt: 1,
      crc32: null,
    });
  });

  test.for([
    [{ sort: 'size', order: 'desc', limit: 1 }, ['docs/b.bin']],
    [{ sort: 'time', order: 'asc', limit: 1 }, ['docs/b.bin']],
    [{ client: 'desktop', sort: 'path' }, ['=cmd()|x,"y".csv', 'docs/A.txt']],
    [{ client: 'DESKTOP', search: 'a.TXT' }, ['docs/A.txt']],
    [{ search: '%_' }, ['docs/a%_1.txt']],
    [{ search: "' OR 1=1 --" }, []],
    [{ search: 'laptop', sort: 'path' }, [HOSTILE, 'docs/a%_1.txt', 'docs/b.bin']],
    [{ offset: 2, limit: 2, sort: 'path', client: 'laptop' }, ['docs/b.bin']],
    [{ client: 'nobody' }, []],
  ] as const)('%j', async ([params, paths]) => {
    expect(pathsOf(await list(params))).toEqual(paths);
  });

  test.for(['sort=nonsense', 'order=up', 'limit=0', 'limit=201', 'offset=-1', 'offset=x'])(
    '?%s: 400 that says what is wrong',
    async (wrong) => {
      const answer = await ada.ask(`/api/files?${wrong}`);
      expect([answer.status, answer.code]).toEqual([400, 'bad-request']);
      expect(answer.json<{ detail: string }>().detail).toContain(wrong.split('=')[0]);
    },
  );

  test('a snapshot stays as it was; what was deleted since is null; a forgotten one is 410', async () => {
    await put(laptop, 'passing/one', '1');
    const before = await list({ search: 'passing' });
    await put(laptop, 'passing/two', '2');
    const gone = query({ client: 'laptop', path: 'passing/one' });
    expect((await ada.ask(`/api/file?${gone}`, { method: 'DELETE' })).status).toBe(204);
    const after = await list({ snapshot: before.snapshot });
    expect(after).toEqual({ snapshot: before.snapshot, total: 1, rows: [null] });
    expect(pathsOf(await list({ search: 'passing' }))).toEqual(['passing/two']);
    const answer = await ada.ask('/api/files?snapshot=nonsense');
    expect([answer.status, answer.code]).toEqual([410, 'snapshot-gone']);
  });

  test('as CSV, in which no cell is a formula', async () => {
    const answer = await ada.ask('/api/files.csv?client=desktop&sort=path');
    expect(answer.headers['content-type']).toMatch(/^text\/csv/);
    expect(answer.headers['content-disposition']).toBe('attachment; filename="files.csv"');
    const [head, first] = answer.text.split('\r\n');
    expect(head).toBe('client,path,size,modified,received,protocol,sha256,crc32,receipt');
    expect(first).toMatch(/^desktop,"'=cmd\(\)\|x,""y"".csv",7,/);
  });
});

describe('content', () => {
  test('is an attachment that nobody takes for anything else', async () => {
    const { status, headers, body } = await content('laptop', 'docs/b.bin');
    expect(status).toBe(200);
    expect(body).toEqual(CONTENT);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename=b.bin',
      'content-length': '300000',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT',
    });
    expect(headers['content-security-policy']).toContain('sandbox');
  });

  test('HEAD: the same headers, and no body', async () => {
    const path = `/api/file/content?${query({ client: 'laptop', path: 'docs/b.bin' })}`;
    const { status, headers, body } = await ada.ask(path, { method: 'HEAD' });
    expect([status, headers['content-length'], body.length]).toEqual([200, '300000', 0]);
  });

  test('a hostile name is one header, and its own name (RFC 8187)', async () => {
    const { status, headers } = await content('laptop', HOSTILE);
    expect(status).toBe(200);
    const disposition = headers['content-disposition'] ?? '';
    expect(disposition).toMatch(
      /^attachment; filename="[^"\n]*(\\"[^"\n]*)*"; filename\*=UTF-8''[\w%.!~*()'-]+$/,
    );
    const [, encoded = ''] = /filename\*=UTF-8''(.*)$/.exec(disposition) ?? [];
    expect(decodeURIComponent(encoded)).toBe(HOSTILE.slice(HOSTILE.lastIndexOf('/') + 1));
  });

  test.for([
    ['bytes=0-9', 206, [0, 10]],
    ['bytes=299990-', 206, [299_990, 300_000]],
    ['bytes=-5', 206, [299_995, 300_000]],
    ['bytes=0-999999999', 206, [0, 300_000]],
    ['bytes=0-0', 206, [0, 1]],
    ['bytes=0-1,5-6', 200, [0, 300_000]],
    ['items=0-1', 200, [0, 300_000]],
    ['bytes=nonsense', 200, [0, 300_000]],
  ] as const)('Range: %s', async ([range, status, [start, end]]) => {
    const answer = await content('laptop', 'docs/b.bin', { range });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(CONTENT.subarray(start, end));
    if (status === 206) expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/300000`);
  });

  test('a range beyond the end: 416 with the size', async () => {
    const answer = await content('laptop', 'docs/b.bin', { range: 'bytes=300000-' });
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */300000']);
  });

  test('conditions: 304 for what has not changed, and no range of what has', async () => {
    const { headers } = await content('laptop', 'docs/b.bin');
    const etag = headers.etag ?? '';
    expect((await content('laptop', 'docs/b.bin', { 'if-none-match': etag })).status).toBe(304);
    expect((await content('laptop', 'docs/b.bin', { 'if-none-match': '"other"' })).status).toBe(200);
    const since = { 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' };
    expect((await content('laptop', 'docs/b.bin', since)).status).toBe(304);
    const range = 'bytes=0-9';
    expect((await content('laptop', 'docs/b.bin', { range, 'if-range': etag })).status).toBe(206);
    expect((await content('laptop', 'docs/b.bin', { range, 'if-range': '"other"' })).status).toBe(200);
  });

  test('of a file that is gone from the disk: no bytes, and no 200', async () => {
    await put(laptop, 'lost', 'content');
    await rm(web.server.file('laptop', 'lost'));
    expect((await content('laptop', 'lost')).status).toBeGreaterThanOrEqual(400);
  });

  test('of an empty file', async () => {
    await put(laptop, 'empty', '');
    const answer = await content('laptop', 'empty');
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  });

  test('a reader who goes leaves no file open', async () => {
    await put(laptop, 'long.bin', sampleBytes(8 * 1024 * 1024));
    const open = async (): Promise<number> => Number((await metric('sesame_process_open_files')) ?? 0);
    const before = await open();
    const path = `/api/file/content?${query({ client: 'laptop', path: 'long.bin' })}`;
    for (let n = 0; n < 5; n++) {
      const gone = new AbortController();
      const answer = await fetch(`${web.origin}${path}`, { headers: laptop, signal: gone.signal });
      await answer.body?.getReader().read();
      gone.abort();
    }
    await until('all are closed', async () => (await open()) <= before + 1);
    expect((await content('laptop', 'long.bin')).body).toHaveLength(8 * 1024 * 1024);
  });
});

async function metric(name: string): Promise<string | undefined> {
  const { text } = await web.ask('/metrics');
  return new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1];
}

describe('one file', () => {
  test('has its receipt, and the versions beside it', async () => {
    await put(laptop, 'versions/f.txt', 'one');
    await put(laptop, 'versions/f.txt', 'two');
    await put(laptop, 'versions/f.txt', 'three');
    const details = await ada.json<FileDetails>(
      `/api/file?${query({ client: 'laptop', path: 'versions/f.txt' })}`,
    );
    expect(details.size).toBe(5);
    expect(JSON.parse(details.receipt?.text ?? '')).toMatchObject({ path: 'versions/f.txt', size: 5 });
    expect(details.versions.map(({ path }) => path)).toEqual(['versions/f.txt.~2~', 'versions/f.txt.~1~']);
  });

  test('that is not there: 404', async () => {
    for (const path of ['/api/file', '/api/file/content']) {
      const answer = await ada.ask(`${path}?${query({ client: 'laptop', path: 'none' })}`);
      expect([answer.status, answer.code]).toEqual([404, 'not-found']);
    }
  });
});

describe('verify now', () => {
  const verify = (path: string): Promise<Verification> =>
    ada.json<Verification>('/api/file/verify', { json: { client: 'laptop', path } });

  test('intact, changed, missing', async () => {
    await put(laptop, 'verify/f', 'content');
    expect(await verify('verify/f')).toMatchObject({ verdict: 'intact', bytes: 7 });
    const stored = web.server.file('laptop', 'verify/f');
    await writeFile(stored, 'c0ntent');
    expect(await verify('verify/f')).toMatchObject({ verdict: 'changed' });
    await appendFile(stored, 'more');
    expect(await verify('verify/f')).toMatchObject({ verdict: 'changed' });
    await rm(stored);
    expect(await verify('verify/f')).toMatchObject({ verdict: 'missing' });
    expect((await ada.ask('/api/file/verify', { json: { client: 'laptop', path: 'none' } })).status).toBe(
      404,
    );
  });
});

describe('deleting', () => {
  const remove = (client: string, path: string): Promise<WebAnswer> =>
    ada.ask(`/api/file?${query({ client, path })}`, { method: 'DELETE' });

  test('takes the file from disk, and leaves its receipt', async () => {
    await put(laptop, 'delete/f', 'x');
    expect((await readFile(web.server.file('laptop', 'delete/f'))).toString()).toBe('x');
    expect((await remove('laptop', 'delete/f')).status).toBe(204);
    await expect(stat(web.server.file('laptop', 'delete/f'))).rejects.toThrow('ENOENT');
    expect((await remove('laptop', 'delete/f')).status).toBe(404);
    await put(laptop, 'delete/f', 'y');
    const details = await ada.json<FileDetails>(`/api/file?${query({ client: 'laptop', path: 'delete/f' })}`);
    expect(JSON.parse(details.receipt?.text ?? '')).toMatchObject({ prev: expect.any(String) as string });
  });
});

describe('a client’s token', () => {
  const as = (path: string): Promise<WebAnswer> => web.ask(path, { headers: desktop });

  test('sees its own files only', async () => {
    const page = (await as('/api/files')).json<FilePage>();
    expect(new Set(page.rows.map((row) => row?.client))).toEqual(new Set(['desktop']));
    expect((await as('/api/file?client=desktop&path=docs/A.txt')).status).toBe(200);
    expect((await as('/api/file/content?client=Desktop&path=docs/A.txt')).text).toBe('bigger');
  });

  test.for([
    '/api/files?client=laptop',
    '/api/files.csv?client=laptop',
    '/api/file?client=laptop&path=docs/b.bin',
    '/api/file/content?client=laptop&path=docs/b.bin',
  ])('%s: for it there is none', async (path) => {
    const answer = await as(path);
    expect([answer.status, answer.code]).toEqual([404, 'not-found']);
  });

  test('another’s snapshot shows it nothing', async () => {
    const { snapshot } = await list({ client: 'laptop' });
    const page = (await as(`/api/files?snapshot=${snapshot}`)).json<FilePage>();
    expect(new Set(page.rows.map((row) => row?.client))).toEqual(new Set(['desktop']));
  });

  test.for(['/api/overview', '/api/clients', '/api/audit', '/api/settings', '/api/users', '/api/live'])(
    '%s is for people',
    async (path) => {
      expect((await as(path)).code).toBe('not-allowed');
    },
  );
});
