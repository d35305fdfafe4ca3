// Where something else stands at the path already (docs/PROTOCOL.md, 2.4 and 2.8): the policies, files and folders.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { checkChain } from '../support/v4-receipts.ts';
import { standsThere } from '../support/v4-uploads.ts';

const LARGE = randomBytes(100_000);

type Send = (client: V4Client, path: string, content: Buffer) => Promise<unknown>;

const WAYS: readonly [string, Send][] = [
  ['a put', async (client, path, content) => client.put(path, content)],
  ['an upload', async (client, path, content) => client.upload(path, content)],
];

describe('--conflict version', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await RunningServer.start('--conflict', 'version');
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test.each(WAYS)('%s: the older one is kept beside it', async (way, send) => {
    using client = await V4Client.joined(server.port, way);
    for (const content of ['one', 'two', 'three']) await send(client, 'd/f.txt', Buffer.from(content));
    await standsThere(server, client, 'd/f.txt', Buffer.from('three'));
    await standsThere(server, client, 'd/f.txt.~1~', Buffer.from('one'));
    await standsThere(server, client, 'd/f.txt.~2~', Buffer.from('two'));
    checkChain(client.receipts);
    expect((await client.fetch('d/f.txt')).content.toString()).toBe('three');
  });

  test.each(WAYS)('%s of the same version keeps nothing', async (way, send) => {
    using client = await V4Client.joined(server.port, `same by ${way}`);
    for (let time = 0; time < 3; time++) await send(client, 'f', Buffer.from('same'));
    expect(client.receipts).toHaveLength(1);
    expect((await client.listAll()).filter(({ path }) => path.includes('~'))).toEqual([]);
  });

  test('names that are taken are not used for what is kept', async () => {
    using client = await V4Client.joined(server.port, 'taken names');
    await client.put('f.~1~', Buffer.from('mine'));
    await client.put('f', Buffer.from('one'));
    await client.put('f', Buffer.from('two'));
    await standsThere(server, client, 'f', Buffer.from('two'));
    await standsThere(server, client, 'f.~1~', Buffer.from('mine'));
    await standsThere(server, client, 'f.~2~', Buffer.from('one'));
  });

  test('a name so long that none can be made of it', async () => {
    using client = await V4Client.joined(server.port, 'long names');
    const path = 'n'.repeat(255);
    await client.put(path, Buffer.from('one'));
    await outcomeOfRequest(client.put(path, Buffer.from('two')));
    const { content } = await client.fetch(path);
    expect(['one', 'two'], 'whatever it does, it is one of the two').toContain(content.toString());
    await client.put('goes on', Buffer.from('x'));
  });

  test('twenty versions at once', async () => {
    using client = await V4Client.joined(server.port, 'twenty');
    const contents = Array.from({ length: 20 }, (_, i) => Buffer.from(`version ${i}`));
    await Promise.all(contents.map((content) => client.put('f', content)));
    for (const [i, content] of contents.entries()) {
      await standsThere(server, client, i === 19 ? 'f' : `f.~${i + 1}~`, content);
    }
  });
});

describe('--conflict refuse', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await RunningServer.start('--conflict', 'refuse');
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test.each(WAYS)('%s of another version: exists, and the first stands', async (way, send) => {
    using client = await V4Client.joined(server.port, way);
    await send(client, 'f', Buffer.from('first'));
    for (let time = 0; time < 2; time++) {
      expect(await outcomeOfRequest(send(client, 'f', Buffer.from(`later ${time}`)))).toBe('exists');
    }
    expect(await outcomeOfRequest(send(client, 'f', Buffer.from('first'))), 'the same').toBe('ok');
    await standsThere(server, client, 'f', Buffer.from('first'));
    expect(client.receipts).toHaveLength(1);
  });

  test('ten at once: one is first', async () => {
    using client = await V4Client.joined(server.port, 'ten');
    const puts = Array.from({ length: 10 }, (_, i) => outcomeOfRequest(client.put('f', Buffer.from(`${i}`))));
    const outcomes = await Promise.all(puts);
    expect(outcomes.toSorted()).toEqual([...Array<string>(9).fill('exists'), 'ok']);
  });
});

describe('files and folders in each other’s way', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await RunningServer.start();
  });

  afterAll(async () => {
    expect(server.running).toBe(true);
    await server[Symbol.asyncDispose]();
  });

  test.each(WAYS)('%s below a file, or over a folder: path-conflict', async (way, send) => {
    using client = await V4Client.joined(server.port, way);
    await client.put('file', Buffer.from('x'));
    await client.put('folder/file', Buffer.from('x'));
    await client.folder('made');
    for (const path of ['file/below', 'file/far/below', 'folder', 'made']) {
      expect(await outcomeOfRequest(send(client, path, LARGE.subarray(0, 60_000))), path).toBe(
        'path-conflict',
      );
    }
    await standsThere(server, client, 'file', Buffer.from('x'));
    await standsThere(server, client, 'folder/file', Buffer.from('x'));
  });

  test('a 1108 below a file, or over one: path-conflict', async () => {
    using client = await V4Client.joined(server.port, 'folders');
    await client.put('file', Buffer.from('x'));
    for (const path of ['file', 'file/below']) {
      expect(await outcomeOfRequest(client.folder(path))).toBe('path-conflict');
    }
  });

  test('a file below another that is still on its way', async () => {
    using client = await V4Client.joined(server.port, 'racing');
    const { stream } = await client.open('a', { size: LARGE.length });
    await client.data(stream, 0, LARGE);
    await client.put('a/b', Buffer.from('quicker'));
    expect(await outcomeOfRequest(client.commit(stream, LARGE))).toBe('path-conflict');
    await standsThere(server, client, 'a/b', Buffer.from('quicker'));
  });

  test('a hundred times at once, all through each other: whatever wins, every receipt holds', async () => {
    using client = await V4Client.joined(server.port, 'through each other');
    const paths = Array.from({ length: 100 }, (_, i) => ['a', 'a/b', 'a/b/c', 'a/d'][i % 4] ?? '');
    const outcomes = await Promise.all(
      paths.map((path, i) => outcomeOfRequest(client.put(path, Buffer.from(`${i}`)))),
    );
    expect(outcomes.filter((outcome) => outcome !== 'ok' && outcome !== 'path-conflict')).toEqual([]);
    checkChain(client.receipts);
    const stored = await client.listAll();
    for (const { path, sha256 } of stored) {
      const { content, facts } = await client.fetch(path);
      expect(facts.sha256).toEqual(sha256);
      await standsThere(server, client, path, content);
    }
    const acknowledged = new Set(paths.filter((_, i) => outcomes[i] === 'ok'));
    expect(new Set(stored.map(({ path }) => path))).toEqual(acknowledged);
  });
});
