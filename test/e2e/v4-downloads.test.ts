// What a client can see of what it stored (docs/PROTOCOL.md, 2.6), and of nobody else's.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { FACTS, V4Client, type Facts } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { enrol } from '../support/v4-enrolment.ts';
import { hash } from '../support/v4-frames.ts';
import { factsOnDisk, standsThere } from '../support/v4-uploads.ts';
import { until } from '../support/waiting.ts';

const CONTENT = randomBytes(1_000_000);

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

/** Resolves when a folder has the mtime that was said: a file placed in it late may have touched it for a moment. */
async function hasOwnTime(client: V4Client, path: string, facts: Facts): Promise<void> {
  await until(`${path} has its own mtime`, async () => {
    return (await factsOnDisk(server, client, path, facts)).mtime === facts.mtime;
  });
}

/** Small files with their paths as content. */
async function putAll(client: V4Client, paths: readonly string[]): Promise<void> {
  await client.putAll(paths.map((path) => [path, Buffer.from(path)]));
}

async function paths(client: V4Client, path?: string): Promise<string[]> {
  return (await client.listAll(path)).map((entry) => entry.path);
}

describe('a list', () => {
  test('of nothing', async () => {
    using client = await V4Client.joined(server.port, 'nothing');
    expect(await client.list()).toMatchObject({ more: false, entries: [] });
    expect(await client.list('no/such/folder')).toMatchObject({ more: false, entries: [] });
  });

  test('says of each file what was sent, and which receipt it has', async () => {
    using client = await V4Client.joined(server.port, 'facts');
    await client.upload('large', CONTENT);
    await client.put('small', Buffer.from('x'), { mtime: -5n, mode: 0o7777 });
    expect(await client.listAll()).toEqual([
      { type: 'file', path: 'large', size: CONTENT.length, sha256: hash(CONTENT), seq: 1, ...FACTS },
      {
        type: 'file',
        path: 'small',
        size: 1,
        sha256: hash(Buffer.from('x')),
        seq: 2,
        mtime: -5n,
        mode: 0o7777,
      },
    ]);
  });

  test('is in byte order of the paths, which is not that of UTF-16', async () => {
    using client = await V4Client.joined(server.port, 'ordered');
    const sent = ['🎈', '\uffff', 'é', 'z', 'a/b', 'a!b', 'a', 'A', 'a0', 'B/c', '漢/字', 'e\u0301'].filter(
      (path) => path !== 'a',
    );
    await putAll(client, sent);
    const inOrder = sent.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(await paths(client)).toEqual(inOrder);
  });

  test('of one folder or one file, and of nothing that only begins like it', async () => {
    using client = await V4Client.joined(server.port, 'parts');
    await putAll(client, ['d/a', 'd/e/b', 'd0', 'd!', 'dd/a', 'other', 'D/a', 'd%/x', 'd_/x']);
    expect(await paths(client, 'd')).toEqual(['d/a', 'd/e/b']);
    expect(await paths(client, 'd/e')).toEqual(['d/e/b']);
    expect(await paths(client, 'd/a')).toEqual(['d/a']);
    expect(await paths(client, 'd%')).toEqual(['d%/x']);
    expect(await paths(client, 'd_')).toEqual(['d_/x']);
    expect(await paths(client, 'nothing')).toEqual([]);
  });

  test('of 1,100 files has two pages', { timeout: 30_000 }, async () => {
    using client = await V4Client.joined(server.port, 'pages');
    const sent = Array.from({ length: 1100 }, (_, i) => `f${String(i).padStart(4, '0')}`);
    await putAll(client, sent);
    const first = await client.list();
    expect({ more: first.more, length: first.entries.length }).toEqual({ more: true, length: 1000 });
    expect(await paths(client)).toEqual(sent);
    const last = await client.list('', 'f0099');
    expect({ more: last.more, length: last.entries.length }, 'exactly a page').toEqual({
      more: false,
      length: 1000,
    });
    expect(
      (await client.list('', 'f1098x')).entries.map(({ path }) => path),
      'behind none of them',
    ).toEqual(['f1099']);
    expect((await client.list('', 'g')).entries).toEqual([]);
  });

  test('a page has at most 1 MiB, however long the paths', { timeout: 30_000 }, async () => {
    using client = await V4Client.joined(server.port, 'long pages');
    const folder = Array<string>(19).fill('n'.repeat(199)).join('/');
    const sent = Array.from({ length: 300 }, (_, i) => `${folder}/${String(i).padStart(4, '0')}`);
    await putAll(client, sent);
    const first = await client.list();
    expect(first.more).toBe(true);
    expect(first.entries.length).toBeGreaterThan(200);
    expect(await paths(client)).toEqual(sent);
  });

  test.each(['../other', '/', 'a/', 'a//b', '..', 'C:', 'a\\b'])('of %j: bad-path', async (path) => {
    using client = await V4Client.joined(server.port, `list ${Buffer.from(path).toString('hex')}`);
    expect(await outcomeOfRequest(client.list(path))).toBe('bad-path');
    expect(await outcomeOfRequest(client.fetch(path))).toBe('bad-path');
    expect(await outcomeOfRequest(client.list())).toBe('ok');
  });
});

test('a page behind a path that is none: bad-path', async () => {
  using client = await V4Client.joined(server.port, 'bad cursor');
  for (const path of ['../other', '/', 'a/', '..']) {
    expect(await outcomeOfRequest(client.list('', path)), path).toBe('bad-path');
  }
});

describe('a folder', () => {
  test('is made, gets its mode and mtime, and is listed', async () => {
    using client = await V4Client.joined(server.port, 'folders');
    const facts = { mtime: 1_000_000_000_000_000_000n, mode: 0o750 };
    await client.folder('empty', facts);
    await client.put('d/e/f', Buffer.from('x'));
    await client.folder('d/e', facts);
    await client.folder('d', { ...facts, mode: 0o700 });
    const entries = await client.listAll();
    const shown = { type: 'folder', size: 0, sha256: Buffer.alloc(32), seq: 0 };
    expect(entries.map(({ path, type }) => ({ path, type }))).toEqual([
      { path: 'd', type: 'folder' },
      { path: 'd/e', type: 'folder' },
      { path: 'd/e/f', type: 'file' },
      { path: 'empty', type: 'folder' },
    ]);
    expect(entries.at(-1)).toEqual({ ...shown, ...facts, path: 'empty' });
    expect(await factsOnDisk(server, client, 'empty', facts)).toMatchObject({ mtime: facts.mtime });
    await hasOwnTime(client, 'd/e', facts);
  });

  test('has its mtime at last when it comes right behind the files in it', async () => {
    using client = await V4Client.joined(server.port, 'right behind');
    const facts = { mtime: 1_000_000_000_000_000_000n, mode: 0o755 };
    const files = Array.from({ length: 300 }, (_, i) => `d/${i}`);
    await putAll(client, files);
    await client.folder('d', facts);
    for (const path of files) await standsThere(server, client, path, Buffer.from(path));
    await hasOwnTime(client, 'd', facts);
    expect(await factsOnDisk(server, client, 'd', facts)).toEqual(facts);
  });

  test('again, with other facts: the last ones count', async () => {
    using client = await V4Client.joined(server.port, 'refolding');
    for (const mode of [0o700, 0o755]) await client.folder('d', { mode, mtime: BigInt(mode) });
    expect(await client.listAll()).toMatchObject([{ path: 'd', mode: 0o755, mtime: BigInt(0o755) }]);
  });

  test('cannot be fetched', async () => {
    using client = await V4Client.joined(server.port, 'fetching folders');
    await client.folder('d');
    expect(await outcomeOfRequest(client.fetch('d'))).toBe('not-found');
  });
});

describe('a fetch', () => {
  test.each([0, 1, 262_143, 262_144, 262_145, 999_999, 1_000_000])('from offset %d on', async (offset) => {
    using client = await V4Client.joined(server.port, `from ${offset}`);
    await client.upload('f', CONTENT);
    const { facts, content } = await client.fetch('f', offset);
    expect(facts).toMatchObject({ size: CONTENT.length, sha256: hash(CONTENT), seq: 1, ...FACTS });
    expect(content.equals(CONTENT.subarray(offset))).toBe(true);
  });

  test('of an empty file', async () => {
    using client = await V4Client.joined(server.port, 'empty');
    await client.put('f', Buffer.alloc(0));
    expect((await client.fetch('f')).content).toHaveLength(0);
  });

  test.each([1_000_001, 2 ** 53 - 1])(
    'from offset %d on, which is beyond the end: bad-offset',
    async (offset) => {
      using client = await V4Client.joined(server.port, `beyond ${offset}`);
      await client.upload('f', CONTENT);
      expect(await outcomeOfRequest(client.fetch('f', offset))).toBe('bad-offset');
      expect((await client.fetch('f')).content.equals(CONTENT)).toBe(true);
    },
  );

  test('twenty at once are served whole, one after another, and uploads go on', async () => {
    using client = await V4Client.joined(server.port, 'twenty');
    await client.upload('f', CONTENT);
    const fetches = Array.from({ length: 20 }, () => client.fetch('f'));
    await client.put('meanwhile', Buffer.from('x'));
    for (const { content } of await Promise.all(fetches)) expect(content.equals(CONTENT)).toBe(true);
  });

  test('while the file is replaced: one version or the other', async () => {
    using client = await V4Client.joined(server.port, 'replacing');
    const versions = [CONTENT, randomBytes(900_000)] as const;
    await client.upload('f', versions[0]);
    for (let round = 1; round <= 4; round++) {
      const next = versions[round % 2 === 0 ? 0 : 1];
      const [fetched] = await Promise.all([
        client.fetch('f'),
        client.upload('f', next, { mtime: BigInt(round) }),
      ]);
      expect(hash(fetched.content)).toEqual(fetched.facts.sha256);
    }
  });
});

describe('nobody else’s', () => {
  test('another client’s files do not exist', async () => {
    using alice = await V4Client.joined(server.port, 'alice');
    using bob = await V4Client.joined(server.port, 'bob');
    await alice.put('secret', Buffer.from('x'));
    await alice.folder('private');
    await bob.put('mine', Buffer.from('y'));
    expect(await paths(bob)).toEqual(['mine']);
    for (const path of ['secret', 'private', 'alice/secret']) {
      expect(await outcomeOfRequest(bob.fetch(path))).toBe('not-found');
      expect(await paths(bob, path)).toEqual([]);
    }
    await bob.put('secret', Buffer.from('bob’s own'));
    expect((await alice.fetch('secret')).content.toString()).toBe('x');
  });

  test('a write-only client sees nothing, not even its own', async () => {
    const { token } = await enrol(server, 'sensor', { writeOnly: true });
    using client = await V4Client.connect(server.port);
    expect((await client.join({ token })).writeOnly).toBe(true);
    await client.put('f', Buffer.from('x'));
    expect((await client.put('f', Buffer.from('x'))).wasThere).toBe(true);
    await client.upload('g', CONTENT);
    for (const request of [client.list(), client.list('f'), client.fetch('f'), client.fetch('nothing')]) {
      expect(await outcomeOfRequest(request)).toBe('write-only');
    }
    await client.folder('d');
  });
});
