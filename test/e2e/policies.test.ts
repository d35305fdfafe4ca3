// Policies against whole servers (docs/FLEET.md 2): quotas raced for, what only grows, what is not read, how fast.
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientPolicyListing } from '../../src/control/policy-operations.ts';
import type { ClientPolicy, ListedPolicy } from '../../src/gateway/fleet-types.ts';
import { RunningServer } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';
import { SimulatedClient, ORDINARY } from '../support/simulated-client.ts';
import { V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest, Refused } from '../support/v4-errors.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { standsThere } from '../support/v4-uploads.ts';
import { until } from '../support/waiting.ts';
import { WebServer, type SignedIn } from '../support/web.ts';

const KIB = 1024;

let web: WebServer;
let server: RunningServer;
let ada: SignedIn;

beforeAll(async () => {
  web = await WebServer.start('--policies', 'file-*:max-file=2K;slow-*:max-rate=256K;old-*:max-bytes=10K');
  server = web.server;
  ada = await web.operator();
});
afterAll(() => web[Symbol.asyncDispose]());

async function policies(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sesamed(['policies', ...args, '--data-dir', server.dataDir]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

async function shown(client: string): Promise<ClientPolicyListing> {
  return JSON.parse(await policies('show', client, '--json')) as ClientPolicyListing;
}

describe('a quota', () => {
  test('is never passed by many connections at once, of v4 and HTTP', async () => {
    await policies('set', 'racer', '--max-bytes', '1M', '--max-files', '100');
    const identity = newIdentity();
    (await V4Client.joined(server.port, 'racer', identity))[Symbol.dispose]();
    const clients = await Promise.all(Array.from({ length: 6 }, () => V4Client.back(server.port, identity)));
    const token = await ada.tokenFor('racer');
    const overHttp = Array.from({ length: 8 }, async (_, index) => {
      const body = randomBytes(50 * KIB);
      const { status, code } = await web.ask(`/upload/web/${index}`, {
        ...{ method: 'PUT', body, headers: { ...token } },
      });
      return status === 201 ? 'ok' : code;
    });
    const overV4 = clients.flatMap((client, at) =>
      Array.from({ length: 8 }, (_, index) => {
        const [path, small] = [`${at}/${index}`, index % 2 === 0];
        const content = randomBytes(small ? 30 * KIB : 100 * KIB);
        const size = index % 4 === 1 ? null : content.length;
        const sent = small ? client.put(path, content) : client.upload(path, content, { size });
        return outcomeOfRequest(sent);
      }),
    );
    const outcomes = await Promise.all([...overV4, ...overHttp]);
    // What was refused while others had more than they needed has its turn now.
    const [last = expect.unreachable()] = clients;
    const fill = async (file: number): Promise<number> =>
      (await outcomeOfRequest(last.put(`fill/${file}`, randomBytes(30 * KIB)))) === 'ok'
        ? fill(file + 1)
        : file;
    const filled = await fill(0);
    for (const client of clients) client[Symbol.dispose]();
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'over-quota']));
    const { bytes, files, holds } = await shown('racer');
    expect(bytes).toBeLessThanOrEqual(1024 * KIB);
    expect(bytes, 'and all of it is used').toBeGreaterThan((1024 - 30) * KIB);
    expect(files).toBe(outcomes.filter((one) => one === 'ok').length + filled);
    expect(holds['max-bytes']).toEqual({ value: 1024 * KIB, from: 'racer' });
  });

  test('says what is stored, under way and left; a change holds for a connection that stands', async () => {
    using client = await V4Client.joined(server.port, 'told');
    await client.put('a', randomBytes(10 * KIB));
    await policies('set', 'told', '--max-bytes', '20K');
    const open = await client.open('b', { size: 6 * KIB });
    const refused = await client.put('c', randomBytes(5 * KIB)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect(String(refused)).toContain(
      'quota of 20 KiB for told: 10 KiB stored, 6 KiB under way, 4 KiB left; this file needs 5 KiB',
    );
    await client.cancel(open.stream, 'drop');
    await client.put('c', randomBytes(5 * KIB));
    await policies('rm', 'told');
    await client.put('d', randomBytes(50 * KIB));
  });

  test('gets back what was announced when the connection ends with little of it', async () => {
    await policies('set', 'silent', '--max-bytes', '1G');
    const identity = newIdentity();
    const client = await V4Client.joined(server.port, 'silent', identity);
    const { stream } = await client.open('a', { size: 1024 ** 3 });
    await client.data(stream, 0, Buffer.from('ten bytes!'));
    expect((await shown('silent')).claimed_bytes).toBe(1024 ** 3);
    client[Symbol.dispose]();
    await until('the rest is free', async () => (await shown('silent')).claimed_bytes === 10);
  });

  test('writes nothing for one whose last file was refused, until there is room again', async () => {
    await policies('set', 'full', '--max-bytes', '100K');
    using client = await V4Client.joined(server.port, 'full');
    await client.put('a', randomBytes(60 * KIB));
    const inJournal = async (content: Buffer): Promise<boolean> => {
      const folder = join(server.dataDir, 'journal');
      const segments = await readdir(folder);
      const read = await Promise.all(segments.map((name) => readFile(join(folder, name))));
      return read.some((segment) => segment.includes(content));
    };
    const [first, second] = [randomBytes(60 * KIB), randomBytes(60 * KIB)];
    expect(await outcomeOfRequest(client.put('b', first))).toBe('over-quota');
    expect(await outcomeOfRequest(client.put('b', second))).toBe('over-quota');
    expect([await inJournal(first), await inJournal(second)]).toEqual([true, false]);
    await client.put('a', randomBytes(30 * KIB));
    expect(await outcomeOfRequest(client.put('b', second))).toBe('ok');
  });

  test('refuses an upload of unknown size where it grows too large, and keeps nothing of it', async () => {
    await policies('set', 'growing', '--max-bytes', '100K');
    using client = await V4Client.joined(server.port, 'growing');
    expect(await outcomeOfRequest(client.upload('a', randomBytes(300 * KIB), { size: null }))).toBe(
      'over-quota',
    );
    await until('nothing is claimed', async () => (await shown('growing')).claimed_files === 0);
    await client.put('b', randomBytes(60 * KIB));
  });

  test('holds over HTTP: 413, with the numbers; metrics count it', async () => {
    await policies('set', 'laptop', '--max-bytes', '10K');
    const token = await ada.tokenFor('laptop');
    const put = (path: string, bytes: number) =>
      web.ask(`/upload/${path}`, { method: 'PUT', body: randomBytes(bytes), headers: { ...token } });
    expect((await put('a', 6 * KIB)).status).toBe(201);
    const refused = await put('b', 6 * KIB);
    expect([refused.status, refused.code]).toEqual([413, 'over-quota']);
    expect(refused.text).toContain('6 KiB stored, 0 B under way, 4 KiB left');
    expect((await put('a', 10 * KIB)).status, 'in the place of the first').toBe(201);
    const metrics = (await web.ask('/metrics')).text;
    expect(metrics).toMatch(/sesame_policy_refusals_total\{limit="max-bytes"\} [1-9]/);
  });

  test('holds for v3: 2107 before anything comes, and for what nobody has confirmed', async () => {
    const client = await new SimulatedClient(() => server.port, 'old-1', ORDINARY).enrol();
    expect(await client.sendFile('a', randomBytes(6 * KIB))).toMatchObject({ outcome: 'verified' });
    expect(await client.sendFile('b', randomBytes(6 * KIB))).toMatchObject({ outcome: 'refused' });
    expect(await shown('old-1')).toMatchObject({ bytes: 6 * KIB, claimed_bytes: 0 });
  });

  test('and its claims outlive a kill as far as there is something of them', async () => {
    await using killed = await RunningServer.start('--policies', '*:max-bytes=1M');
    const identity = newIdentity();
    using client = await V4Client.joined(killed.port, 'alice', identity);
    const { stream } = await client.open('a', { size: 1000 * KIB });
    await client.data(stream, 0, randomBytes(300 * KIB));
    await client.open('b', { size: 20 * KIB });
    await until('it is written', async () => client.taken > 0 || (await killed.incoming()).length === 2);
    await killed.stop('SIGKILL');
    await killed.again('--policies', '*:max-bytes=1M');
    using back = await V4Client.back(killed.port, identity);
    await back.upload('c', randomBytes(700 * KIB));
    expect(await outcomeOfRequest(back.open('a', { size: 1000 * KIB }))).toBe('over-quota');
  });
});

test('a file that is too large is told so, with the limit and its policy', async () => {
  using client = await V4Client.joined(server.port, 'file-1');
  const refused = await client.put('a', randomBytes(2 * KIB + 1)).catch((error: unknown) => error);
  expect(String(refused)).toContain('too-large');
  expect(String(refused)).toContain('more than the 2 KiB that the policy "file-*" takes of one file');
  await client.put('a', randomBytes(2 * KIB));
});

describe('append-only', () => {
  const grown = (content: Buffer, more: string): Buffer => Buffer.concat([content, Buffer.from(more)]);

  test.for([
    { way: 'small', bytes: 1000 },
    { way: 'large', bytes: 200_000 },
  ])('of $way files: they grow, and stay otherwise', async ({ way, bytes }) => {
    const name = `log-${way}`;
    await policies('set', name, '--append-only', 'yes');
    using client = await V4Client.joined(server.port, name);
    const send = (content: Buffer) =>
      outcomeOfRequest(way === 'small' ? client.put('log', content) : client.upload('log', content));
    const first = randomBytes(bytes);
    expect(await send(first)).toBe('ok');
    const longer = grown(first, ' and more');
    expect(await send(longer)).toBe('ok');
    expect(await send(first), 'shorter').toBe('append-only');
    const changed = grown(longer, ' still more');
    changed[0] = (changed[0] ?? 0) ^ 1;
    expect(await send(changed), 'changed at its beginning').toBe('append-only');
    await standsThere(server, client, 'log', longer);
    expect(await send(longer), 'the same').toBe('ok');
    expect((await shown(name)).claimed_files).toBe(0);
  });

  test('across a resume', async () => {
    await policies('set', 'log-resumed', '--append-only', 'yes');
    const identity = newIdentity();
    const first = randomBytes(300_000);
    const longer = grown(first, 'x'.repeat(1000));
    {
      using client = await V4Client.joined(server.port, 'log-resumed', identity);
      await client.upload('log', first);
      const { stream } = await client.open('log', { size: longer.length });
      await client.data(stream, 0, longer.subarray(0, 200_000));
    }
    using client = await V4Client.back(server.port, identity);
    await client.upload('log', longer);
    await standsThere(server, client, 'log', longer);
  });

  test('over HTTP, and by v3', async () => {
    await policies('set', 'log-*', '--append-only', 'yes');
    const token = await ada.tokenFor('log-web');
    const put = async (body: string) =>
      (await web.ask('/upload/log', { method: 'PUT', body, headers: { ...token } })).status;
    expect([await put('one'), await put('one two'), await put('two')]).toEqual([201, 201, 409]);
    const old = await new SimulatedClient(() => server.port, 'log-v3', ORDINARY).enrol();
    await old.sendFile('log', Buffer.from('one'));
    expect(await old.sendFile('log', Buffer.from('one two'))).toMatchObject({ outcome: 'verified' });
    expect(await old.sendFile('log', Buffer.from('two'))).toMatchObject({ outcome: 'refused' });
  });
});

test('write-only, and no longer, for a connection that stands', async () => {
  const identity = newIdentity();
  using client = await V4Client.joined(server.port, 'blind', identity);
  expect(client.welcome.writeOnly).toBe(false);
  await client.put('a', Buffer.from('a'));
  await policies('set', 'BLIND', '--write-only', 'yes');
  expect(await outcomeOfRequest(client.list())).toBe('write-only');
  expect(await outcomeOfRequest(client.fetch('a'))).toBe('write-only');
  using again = await V4Client.back(server.port, identity);
  expect(again.welcome.writeOnly).toBe(true);
  await policies('rm', 'blind');
  expect((await client.fetch('a')).content.toString()).toBe('a');
});

test('conflict is as the policy of each client says', async () => {
  await policies('set', 'keeps', '--conflict', 'version');
  await policies('set', 'refuses', '--conflict', 'refuse');
  using keeps = await V4Client.joined(server.port, 'keeps');
  using refuses = await V4Client.joined(server.port, 'refuses');
  for (const content of ['one', 'two']) await keeps.put('f', Buffer.from(content));
  await standsThere(server, keeps, 'f.~1~', Buffer.from('one'));
  await refuses.put('f', Buffer.from('one'));
  expect(await outcomeOfRequest(refuses.put('f', Buffer.from('two')))).toBe('exists');
});

test('a rate is held, by two connections together, small files and large', { timeout: 60_000 }, async () => {
  const identity = newIdentity();
  using first = await V4Client.joined(server.port, 'slow-1', identity);
  using second = await V4Client.back(server.port, identity);
  const began = performance.now();
  // 1 MiB where 256 KiB may come at once, and 256 KiB in each second after that.
  await Promise.all([
    first.upload('large', randomBytes(512 * KIB)),
    ...Array.from({ length: 8 }, (_, index) => second.put(`small/${index}`, randomBytes(64 * KIB))),
  ]);
  const seconds = (performance.now() - began) / 1000;
  expect(seconds).toBeGreaterThan(2.8);
  expect(second.taken, 'the window was credited').toBeGreaterThan(0);
});

test.for([
  ['HTTP', sendOverHttp],
  ['v3', sendByV3],
] as const)('a rate is held over %s', { timeout: 60_000 }, async ([, send]) => {
  const began = performance.now();
  await send(randomBytes(768 * KIB));
  expect((performance.now() - began) / 1000).toBeGreaterThan(1.8);
});

async function sendOverHttp(body: Buffer): Promise<void> {
  const headers = { ...(await ada.tokenFor('slow-web')) };
  expect((await web.ask('/upload/large', { method: 'PUT', body, headers })).status).toBe(201);
}

async function sendByV3(content: Buffer): Promise<void> {
  const client = await new SimulatedClient(() => server.port, 'slow-v3', ORDINARY).enrol();
  expect(await client.sendFile('large', content)).toMatchObject({ outcome: 'verified' });
}

describe('the operator', () => {
  test('has policies over the API, as over the command line', async () => {
    const change = { pattern: 'api-*', max_bytes: 5000, conflict: 'version', max_rate: 'none' };
    const made = await ada.ask('/api/policies', { method: 'PUT', json: change });
    expect([made.status, made.json<ListedPolicy>()]).toEqual([
      200,
      {
        ...{ pattern: 'api-*', origin: 'operator', max_bytes: 5000, max_files: null, max_file: null },
        ...{ max_rate: 'none', write_only: null, append_only: null, conflict: 'version' },
      },
    ]);
    await ada.ask('/api/policies', {
      method: 'PUT',
      json: { pattern: 'API-*', conflict: null, max_files: 7 },
    });
    expect(await policies('ls', '--json')).toContain('"max-files":7');
    const { policies: all } = await ada.json<{ policies: ListedPolicy[] }>('/api/policies');
    expect(all.find(({ pattern }) => pattern === 'API-*')).toMatchObject({ conflict: null, max_files: 7 });
    expect(all.find(({ pattern }) => pattern === 'file-*')).toMatchObject({ origin: 'file', max_file: 2048 });
    using client = await V4Client.joined(server.port, 'api-1');
    await client.put('a', Buffer.from('12345'));
    expect(await ada.json<ClientPolicy>('/api/clients/policy?name=api-1')).toMatchObject({
      ...{ name: 'api-1', files: 1, bytes: 5, claimed_files: 0, claimed_bytes: 0 },
      max_bytes: { value: 5000, pattern: 'API-*', origin: 'operator' },
      max_rate: { value: null, pattern: 'API-*', origin: 'operator' },
      conflict: { value: 'replace', pattern: null, origin: null },
    });
    const gone = await ada.ask('/api/policy?pattern=api-*', { method: 'DELETE' });
    expect(gone.status).toBe(204);
    const { entries } = await ada.json<{
      entries: { action: string; target: string; detail: string | null }[];
    }>('/api/audit?search=policy');
    expect(entries[0]).toMatchObject({ action: 'policy.remove', target: 'API-*' });
    expect(entries.find(({ target }) => target === 'api-*')?.detail).toContain('max-bytes=5000');
  });

  test.for([
    { what: 'a pattern that is none', json: { pattern: 'a/b', max_bytes: 1 }, status: 400 },
    { what: 'nothing said', json: { pattern: 'nothing' }, status: 400 },
    { what: 'a negative size', json: { pattern: 'a', max_bytes: -1 }, status: 400 },
    { what: 'a size above 2^53', json: { pattern: 'a', max_bytes: 2 ** 53 }, status: 400 },
    { what: 'a field that there is not', json: { pattern: 'a', max_byte: 1 }, status: 400 },
  ])('is told of $what', async ({ json, status }) => {
    expect((await ada.ask('/api/policies', { method: 'PUT', json })).status).toBe(status);
  });

  test('has them on a folder without a server, too', { timeout: 60_000 }, async () => {
    await using other = await RunningServer.start();
    (await V4Client.joined(other.port, 'alice'))[Symbol.dispose]();
    await other.stop();
    const on = (...args: string[]) => sesamed(['policies', ...args, '--data-dir', other.dataDir]);
    expect((await on('set', 'a*', '--max-bytes', '3', '--append-only', 'yes')).stdout).toContain(
      'max-bytes 3 B',
    );
    expect((await on('show', 'alice')).stdout).toMatch(/max-bytes +3 B +a\*/);
    expect((await on('show', 'nobody')).code).toBe(3);
    expect((await on('set', 'a*', '--max-bytes', 'much')).code).toBe(2);
    expect((await on('set', 'a*', '--unset', 'nix')).code).toBe(2);
    await other.again();
    expect((await on('ls')).stdout).toMatch(/a\* +operator +max-bytes 3 B, append-only yes/);
    expect((await on('rm', 'b*')).code).toBe(3);
  });

  test('is told of policies of the file that make no sense', async () => {
    const { code, stderr } = await RunningServer.failing('--policies', 'a:max-bytes=lots');
    expect([code, stderr]).toEqual([2, expect.stringContaining('a: max-bytes: ')]);
  });
});
