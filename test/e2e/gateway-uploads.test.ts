// Files that come by HTTP: whole, in parts, in forms, as JSON; and what is refused.
import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileDetails } from '../../src/gateway/api-types.ts';
import { sampleBytes } from '../support/native-client.ts';
import { Program } from '../support/program.ts';
import { sesamed } from '../support/sesamed.ts';
import { until } from '../support/waiting.ts';
import type { SignedIn } from '../support/web.ts';
import { WebServer, type WebAnswer, type WebRequest } from '../support/web.ts';

const MIB = 1024 * 1024;

let web: WebServer;
let ada: SignedIn;
let laptop: { authorization: string };

beforeAll(async () => {
  web = await WebServer.start('--max-upload', '8M');
  ada = await web.operator();
  laptop = await ada.tokenFor('laptop');
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
});

interface Stored {
  readonly status: string;
  readonly message: string;
  readonly filepath: string;
  readonly size: number;
  readonly sha256: string;
  readonly receipt: { readonly seq: number; readonly text: string; readonly signature: string };
}

const as = (path: string, asked: WebRequest): Promise<WebAnswer> =>
  web.ask(path, { ...asked, headers: { ...laptop, ...asked.headers } });
const put = (
  path: string,
  body: WebRequest['body'],
  headers: WebRequest['headers'] = {},
): Promise<WebAnswer> => as(`/upload/${path}`, { method: 'PUT', body: body ?? '', headers });
const head = (path: string): Promise<WebAnswer> => as(`/upload/${path}`, { method: 'HEAD' });
const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const stored = (path: string, client = 'laptop'): Promise<Buffer> => readFile(web.server.file(client, path));

describe('a whole file', () => {
  test('is stored below its client, with a receipt', async () => {
    const content = sampleBytes(3 * MIB + 17);
    const answer = await put('2026/report.bin', content);
    expect(answer.status).toBe(201);
    const said = answer.json<Stored>();
    expect(said).toMatchObject({
      status: 'success',
      message: 'File stored',
      filepath: '/2026/report.bin',
      size: content.length,
      sha256: sha256(content),
    });
    expect(await stored('2026/report.bin')).toEqual(content);
    expect((await stat(web.server.file('laptop', '2026/report.bin'))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(said.receipt.text)).toMatchObject({
      type: 'sesame-receipt/1',
      name: 'laptop',
      spki: null,
      path: '2026/report.bin',
      seq: said.receipt.seq,
    });
  });

  test.for([
    ['empty', ''],
    ['one byte', 'x'],
    ['64 KiB and one', sampleBytes(65_537)],
  ] as const)('%s', async ([, content]) => {
    const path = `sizes/${content.length}`;
    expect((await put(path, content)).status).toBe(201);
    expect(await stored(path)).toEqual(Buffer.from(content));
  });

  test('in chunks, its length unknown', async () => {
    const pieces = [sampleBytes(100_000, 1), sampleBytes(1, 2), sampleBytes(200_000, 3)];
    const answer = await put('chunks', Readable.from(pieces), { 'transfer-encoding': 'chunked' });
    expect(answer.status).toBe(201);
    expect(await stored('chunks')).toEqual(Buffer.concat(pieces));
  });

  test('whatever it says its type is', async () => {
    for (const type of ['application/json', 'multipart/form-data', 'text/html', 'application/x-none']) {
      expect((await put('typed', '{"a":', { 'content-type': type })).status).toBeLessThan(300);
    }
    expect((await stored('typed')).toString()).toBe('{"a":');
  });

  test('names: decoded once, and as v4 has them', async () => {
    expect((await put('r%C3%A9sum%C3%A9%20%26%20co;v=1.txt', 'x')).status).toBe(201);
    expect((await stored('résumé & co;v=1.txt')).toString()).toBe('x');
    expect((await put('100%2525', 'y')).status).toBe(201);
    expect((await stored('100%25')).toString()).toBe('y');
  });

  test.for([
    '../escape',
    'a/../../escape',
    '%2e%2e/escape',
    'a%5c..%5cb',
    'a%00b',
    'C:/windows',
    'trailing./x',
    'a//b',
    '',
    'a/',
    'CON',
    'x'.repeat(256),
  ])('a name that is not safe: "%s" is refused', async (name) => {
    const answer = await put(name, 'x');
    expect([400, 403]).toContain(answer.status);
  });

  test('Last-Modified is its time: the same again is there already', async () => {
    const when = 'Sun, 06 Nov 1994 08:49:37 GMT';
    const first = await put('dated', 'x', { 'last-modified': when });
    const again = await put('dated', 'x', { 'last-modified': when });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json<Stored>().receipt).toEqual(first.json<Stored>().receipt);
    expect((await stat(web.server.file('laptop', 'dated'))).mtime.toUTCString()).toBe(when);
    expect((await put('dated', 'y', { 'last-modified': when })).status).toBe(201);
  });

  test('Repr-Digest is held against the content', async () => {
    const digest = (of: string): string => `sha-256=:${Buffer.from(sha256(of), 'hex').toString('base64')}:`;
    expect((await put('digest', 'right', { 'repr-digest': digest('right') })).status).toBe(201);
    const wrong = await put('digest', 'wrong', { 'repr-digest': digest('other') });
    expect([wrong.status, wrong.code]).toEqual([422, 'wrong-hash']);
    expect((await stored('digest')).toString()).toBe('right');
    expect((await head('digest')).headers['upload-complete']).toBe('?1');
    expect((await put('digest', 'x', { 'repr-digest': 'md5=:x:' })).code).toBe('bad-request');
  });

  test('larger than max-upload: 413, said or found out on the way', async () => {
    // Who asks to close is closed upon, with what is still on its way.
    const stays = { connection: 'keep-alive' };
    const said = await put('large', sampleBytes(8 * MIB + 1), stays);
    expect([said.status, said.code]).toEqual([413, 'too-large']);
    const chunked = Readable.from([sampleBytes(8 * MIB), Buffer.from('x')]);
    expect((await put('large', chunked, { ...stays, 'transfer-encoding': 'chunked' })).status).toBe(413);
    expect((await head('large')).headers['upload-complete']).not.toBe('?1');
  });

  test('without a length, and not in chunks: 411', async () => {
    const socket = connect(web.port, '127.0.0.1').setEncoding('utf8');
    const lines = [
      'PUT /upload/x HTTP/1.1',
      'Host: localhost',
      `Authorization: ${laptop.authorization}`,
      'Connection: close',
      '',
      '',
    ];
    socket.write(lines.join('\r\n'));
    const text = (await Array.fromAsync(socket as AsyncIterable<string>)).join('');
    expect(text).toMatch(/^HTTP\/1\.1 411/);
  });
});

describe('a file in parts', () => {
  test('by Content-Range, from where it stopped', async () => {
    const content = sampleBytes(2 * MIB);
    const part = (from: number, to: number) =>
      put('parts.bin', content.subarray(from, to), {
        'content-range': `bytes ${from}-${to - 1}/${content.length}`,
      });
    const first = await part(0, MIB);
    expect([first.status, first.headers['upload-offset']]).toEqual([202, String(MIB)]);
    expect((await head('parts.bin')).headers).toMatchObject({
      'upload-offset': String(MIB),
      'upload-complete': '?0',
    });
    const gap = await part(MIB + 1, 2 * MIB);
    expect([gap.status, gap.code, gap.headers['upload-offset']]).toEqual([409, 'bad-offset', String(MIB)]);
    const last = await part(MIB, 2 * MIB);
    expect(last.status).toBe(201);
    expect(last.json<Stored>().sha256).toBe(sha256(content));
    expect(await stored('parts.bin')).toEqual(content);
    expect((await head('parts.bin')).headers['upload-complete']).toBe('?1');
  });

  test('in the shape of resumable uploads, its length unknown until the end', async () => {
    const patch = (from: number, body: string, complete: string) =>
      as('/upload/ietf.txt', {
        method: 'PATCH',
        body,
        headers: {
          'content-type': 'application/partial-upload',
          'upload-offset': from,
          'upload-complete': complete,
        },
      });
    const first = await put('ietf.txt', 'one ', { 'upload-complete': '?0' });
    expect([first.status, first.headers['upload-offset']]).toEqual([202, '4']);
    expect((await patch(4, 'two ', '?0')).status).toBe(202);
    expect((await patch(4, 'two ', '?0')).headers['upload-offset'], 'again by mistake').toBe('8');
    expect((await patch(8, 'three', '?1')).status).toBe(201);
    expect((await stored('ietf.txt')).toString()).toBe('one two three');
  });

  test.for([
    ['bytes 0-0/0', 'x'],
    ['bytes 5-4/10', 'x'],
    ['bytes 0-9/10', 'x'],
    ['bytes 0-0/99999999999999999999', 'x'],
    ['bytes */10', 'x'],
    ['items 0-0/1', 'x'],
    ['bytes 0-0/*', 'x'],
  ])('Content-Range "%s": 400', async ([range = '', body]) => {
    expect((await put('bad-range', body, { 'content-range': range })).code).toBe('bad-request');
  });

  test('a PATCH that says nothing of where, or is of another type', async () => {
    const patch = (headers: Record<string, string>) =>
      as('/upload/x', { method: 'PATCH', body: 'x', headers });
    expect((await patch({ 'content-type': 'application/partial-upload' })).code).toBe('bad-request');
    const told = { 'upload-offset': '0', 'upload-complete': '?1' };
    expect((await patch({ ...told, 'content-type': 'text/plain' })).status).toBe(415);
    expect((await patch({ ...told, 'upload-offset': '-1' })).code).toBe('bad-request');
  });

  test('a body that is cut off leaves what came, and the rest goes on from there', async () => {
    const content = sampleBytes(4 * MIB, 7);
    const socket = connect(web.port, '127.0.0.1');
    socket.write(
      `PUT /upload/cut.bin HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${laptop.authorization}\r\n` +
        `Content-Length: ${content.length}\r\n\r\n`,
    );
    socket.write(content.subarray(0, 3 * MIB));
    await until(
      'most of it is there',
      async () => Number((await head('cut.bin')).headers['upload-offset']) > MIB,
    );
    socket.destroy();
    await until('it waits for the rest', async () => web.server.stderr.includes('aborted=true'));
    const offset = Number((await head('cut.bin')).headers['upload-offset']);
    expect(offset).toBeGreaterThan(MIB);
    const range = `bytes ${offset}-${content.length - 1}/${content.length}`;
    const answer = await put('cut.bin', content.subarray(offset), { 'content-range': range });
    expect(answer.status).toBe(201);
    expect(await stored('cut.bin')).toEqual(content);
  });

  test('what is unfinished outlives the server, and can be forgotten', async () => {
    const before = await web.server.incoming();
    await put('left', 'abc', { 'content-range': 'bytes 0-2/6' });
    await web.server.stop('SIGKILL');
    await web.server.again('--http-port', String(web.port), '--max-upload', '8M');
    expect((await head('left')).headers['upload-offset']).toBe('3');
    expect((await as('/upload/left', { method: 'DELETE' })).status).toBe(204);
    expect((await head('left')).status).toBe(404);
    expect((await as('/upload/left', { method: 'DELETE' })).status).toBe(404);
    expect((await web.server.incoming()).toSorted()).toEqual(before.toSorted());
  });

  test('two at once: the newer one has the file', async () => {
    const slow = new Readable({ read: () => undefined });
    slow.push('old');
    const older = put('contested', slow, { 'transfer-encoding': 'chunked' }).catch((error: unknown) => error);
    await until('it is under way', async () => (await head('contested')).headers['upload-complete'] === '?0');
    expect((await put('contested', 'new')).status).toBe(201);
    slow.push(null);
    const ending = await older;
    if (ending instanceof Error) expect(ending.message).toMatch(/ECONNRESET|hang up/);
    else expect(ending).toMatchObject({ status: 409 });
    expect((await stored('contested')).toString()).toBe('new');
  });
});

describe('forms', () => {
  /** As a browser or curl -F sends it. */
  function form(files: readonly (readonly [name: string, content: string | Uint8Array])[]): WebRequest {
    const boundary = randomBytes(12).toString('hex');
    const parts = files.flatMap(([name, content]) => [
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n` +
          'Content-Type: application/octet-stream\r\n\r\n',
      ),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]);
    const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
    return { method: 'POST', body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
  }

  test('each file is stored under its name, or below a folder', async () => {
    const [one, two] = [sampleBytes(MIB, 1), sampleBytes(5, 2)];
    const answer = await as(
      '/upload?to=forms/today',
      form([
        ['one.bin', one],
        ['two.bin', two],
      ]),
    );
    expect(answer.status).toBe(201);
    const said = answer.json<Stored & { files: Stored[] }>();
    expect(said).toMatchObject({ status: 'success', filepath: '/forms/today/one.bin' });
    expect(said.files.map(({ filepath }) => filepath)).toEqual([
      '/forms/today/one.bin',
      '/forms/today/two.bin',
    ]);
    expect(await stored('forms/today/one.bin')).toEqual(one);
    expect(await stored('forms/today/two.bin')).toEqual(two);
  });

  test('by curl -F, as people do', async () => {
    const token = laptop.authorization.split(' ')[1] ?? '';
    const args = ['-s', '-u', `laptop:${token}`, '-F', 'f=@package.json', `${web.origin}/upload`];
    await using curl = new Program('curl', args, { cwd: process.cwd() });
    const { code, stdout } = await curl.ended;
    expect([code, (JSON.parse(stdout) as Stored).filepath]).toEqual([0, '/package.json']);
    expect(await stored('package.json')).toEqual(await readFile('package.json'));
  });

  test('a name with folders in it is only a name; one that is not safe is refused', async () => {
    const answer = await as('/upload', form([['../../etc/passwd', 'x']]));
    expect(answer.json<Stored>().filepath).toBe('/passwd');
    expect((await as('/upload?to=../..', form([['a', 'x']]))).status).toBe(400);
    expect((await as('/upload?to=a&to=b', form([['a', 'x']]))).code).toBe('bad-request');
  });

  test('no file, no boundary, no end: 400', async () => {
    expect((await as('/upload', form([]))).status).toBe(400);
    const headers = { 'content-type': 'multipart/form-data' };
    expect((await as('/upload', { method: 'POST', body: 'x', headers })).status).toBe(400);
    const { body, ...cut } = form([['cut', sampleBytes(1000)]]);
    const answer = await as('/upload', { ...cut, body: (body as Buffer).subarray(0, 500) });
    expect(answer.status).toBe(400);
  });
});

describe('JSON', () => {
  const json = (body: string, type = 'application/json'): Promise<WebAnswer> =>
    as('/upload', { method: 'POST', body, headers: { 'content-type': type } });

  test('is checked, and stored just as it came', async () => {
    const body = '{ "a": 1,\n "b": [1.0, 1e2] }';
    const answer = await json(body, 'application/json; charset=utf-8');
    expect(answer.status).toBe(201);
    const { status, message, filepath } = answer.json<Stored>();
    expect([status, message]).toEqual(['success', 'File stored']);
    expect(filepath).toMatch(/^\/uploads\/upload_\d{8}_\d{6}_[0-9a-f]{8}\.json$/);
    expect((await stored(filepath.slice(1))).toString()).toBe(body);
  });

  test.for(['{"a":1', '', 'undefined', '{a:1}', "{'a':1}"])('%j is none: 400', async (body) => {
    const answer = await json(body);
    expect(answer.status).toBe(400);
  });

  test.for(['text/plain', 'application/xml', 'application/jsonx', 'application/x-www-form-urlencoded'])(
    '%s: 415',
    async (type) => {
      const answer = await json('{"a":1}', type);
      expect([answer.status, answer.code]).toEqual([415, 'unsupported-type']);
    },
  );

  test('more than 1 MiB: 413', async () => {
    const answer = await json(JSON.stringify('x'.repeat(MIB)));
    expect([answer.status, answer.code]).toEqual([413, 'too-large']);
  });
});

describe('whose space it is', () => {
  test('a client’s own: curl -u with its name, and no other’s', async () => {
    const token = laptop.authorization.split(' ')[1] ?? '';
    const basic = (name: string) => ({
      authorization: `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}`,
    });
    const upload = (name: string) =>
      web.ask('/upload/basic', { method: 'PUT', body: 'x', headers: basic(name) });
    expect((await upload('laptop')).status).toBe(201);
    expect((await upload('other')).status).toBe(401);
  });

  test('an operator’s own, under the same name', async () => {
    const answer = await ada.ask('/upload/notes.txt', { method: 'PUT', body: 'mine' });
    expect(answer.status).toBe(201);
    expect((await stored('notes.txt', 'ada')).toString()).toBe('mine');
  });

  test('a write-only client sends, and reads nothing', async () => {
    const headers = await ada.tokenFor('sensor', { write_only: true });
    expect((await web.ask('/upload/data', { method: 'PUT', body: 'x', headers })).status).toBe(201);
    for (const path of ['/api/files', '/api/file?client=sensor&path=data']) {
      const answer = await web.ask(path, { headers });
      expect([answer.status, answer.code]).toEqual([403, 'write-only']);
    }
  });

  test('a token that was taken back, and a client that was revoked, are out', async () => {
    const headers = await ada.tokenFor('gone');
    const upload = () => web.ask('/upload/x', { method: 'PUT', body: 'x', headers });
    expect((await upload()).status).toBe(201);
    expect((await ada.ask('/api/clients/revoke', { json: { name: 'gone' } })).status).toBe(204);
    expect((await upload()).status).toBe(401);
    const again = await ada.ask('/api/tokens', { json: { client: 'gone' } });
    expect(again.code).toBe('revoked');
  });

  test('its receipts are a chain that sesamed checks, and ssh-keygen takes', async () => {
    const details = await ada.json<FileDetails>('/api/file?client=laptop&path=dated');
    expect(details.receipt?.signature).toMatch(/^-----BEGIN SSH SIGNATURE-----\n/);
    const { code, stderr } = await sesamed(['files', 'verify', '--data-dir', web.server.dataDir]);
    expect(stderr).toContain('0 problems found');
    expect(code).toBe(0);
  });
});
