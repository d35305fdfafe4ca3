// Every path of the vectors, sent to the real server: taken as it stands, or refused; never mended.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { FACTS, V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { V4_REQUEST, v4Payload } from '../support/v4-frames.ts';
import { standsThere } from '../support/v4-uploads.ts';
import { v4Vectors } from '../support/v4-vectors.ts';

const CONTENT = Buffer.from('content');
const VECTORS = v4Vectors('paths').map((vector) => ({
  ...vector,
  bytes: Buffer.from(vector.path_hex, 'hex'),
}));
const BAD = VECTORS.filter(({ expect }) => expect !== 'ok');
const GOOD = VECTORS.flatMap((vector) => (vector.expect === 'ok' ? [vector] : []));
const FITTING = BAD.filter(({ bytes }) => bytes.length > 0 && bytes.length <= 4096);

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start('--log-level', 'debug');
});

afterAll(async () => {
  expect(server.running).toBe(true);
  expect(server.stderr, 'what terminals obey is escaped in logs').not.toMatch(
    /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]/,
  );
  await server.stop();
  // Node cannot remove a path that is longer than the kernel takes at once.
  await Program.run('rm', ['-rf', server.dataDir]);
  await server[Symbol.asyncDispose]();
});

describe('bad paths: refused, and the connection goes on', () => {
  const requests: Record<string, [code: number, payload: (stream: number, path: Buffer) => Buffer]> = {
    put: [V4_REQUEST.put, (stream, path) => v4Payload.put(stream, { path, content: CONTENT, ...FACTS })],
    open: [V4_REQUEST.open, (stream, path) => v4Payload.open(stream, { path, size: 7, ...FACTS })],
    folder: [V4_REQUEST.folder, (stream, path) => v4Payload.folder(stream, { path, ...FACTS })],
    list: [V4_REQUEST.list, (stream, path) => v4Payload.list(stream, path)],
    fetch: [V4_REQUEST.fetch, (stream, path) => v4Payload.fetch(stream, 0, path)],
  };

  test.each(Object.entries(requests))('%s', async (title, [code, payload]) => {
    using client = await V4Client.joined(server.port, `bad ${title}`);
    const outcomes: Record<string, string> = {};
    for (const { name, bytes } of code === V4_REQUEST.put
      ? BAD.filter(({ bytes }) => bytes.length < 5000)
      : FITTING) {
      const stream = client.newStream();
      await client.request(code, payload(stream, bytes));
      const answer = client
        .nextAnswer(stream)
        .catch((error: unknown) => ({ type: 'gone', error: String(error) }));
      const { type, error } = { error: '', ...(await answer) };
      if (type !== 'refused' || error !== 'bad-path') outcomes[name] = `${type} ${error}`;
    }
    expect(outcomes).toEqual({});
    await client.put('goes on', CONTENT);
    expect((await client.listAll()).map(({ path }) => path)).toEqual(['goes on']);
  });

  test('nothing lies outside the folders of the clients', async () => {
    const entries = await readdir(join(server.dataDir, '..'));
    expect(entries.toSorted()).toEqual(['data', 'ready.json']);
    const clients = await readdir(join(server.dataDir, 'files'));
    expect(clients.filter((name) => !/^(bad|good) \w+$/.test(name))).toEqual([]);
  });
});

describe('good paths: stored as they stand', () => {
  test.each(GOOD)('$name, by a put and by an upload', async ({ path }) => {
    using client = await V4Client.joined(
      server.port,
      `good ${Buffer.from(path).toString('hex').slice(0, 50)}${path.length}`,
    );
    await client.put(path, CONTENT);
    if (Buffer.byteLength(path) <= 3500) await standsThere(server, client, path, CONTENT);
    expect((await client.listAll()).map((entry) => entry.path)).toEqual([path]);
    expect((await client.fetch(path)).content.toString()).toBe('content');
    const { wasThere } = await client.upload(path, Buffer.from('a later version'));
    expect(wasThere).toBe(false);
    expect((await client.fetch(path)).content.toString()).toBe('a later version');
    expect(await client.list(path), 'and can be listed alone').toMatchObject({ entries: [{ path }] });
  });

  test('names that differ in case or composition are different files', async () => {
    using client = await V4Client.joined(server.port, 'good spelling');
    const paths = ['readme', 'README', 'é', 'e\u0301', 'ß', 'ss'];
    await Promise.all(paths.map((path) => client.put(path, Buffer.from(path))));
    for (const path of paths) expect((await client.fetch(path)).content.toString()).toBe(path);
    expect(await client.listAll()).toHaveLength(paths.length);
  });

  test('a path of 4,096 control characters: stored with its receipt, or refused', async () => {
    using client = await V4Client.joined(server.port, 'good control');
    const path = `${Array<string>(15).fill('\x01'.repeat(255)).join('/')}/${'\x01'.repeat(250)}`;
    const outcome = await outcomeOfRequest(client.put(path, CONTENT));
    expect(outcome).toMatch(/^(ok|bad-path)$/);
    expect(await client.listAll()).toHaveLength(outcome === 'ok' ? 1 : 0);
  });
});
