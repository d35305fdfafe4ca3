// 1111 and 2210 (docs/PROTOCOL.md, 2.3): each client gets a knock key of its own, and the same one each time.
import { hkdfSync } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { V4_REQUEST, v4Payload } from '../support/v4-frames.ts';

async function knockKey(
  client: V4Client,
  stream = client.newStream(),
): Promise<{ key: string; port: number }> {
  await client.request(V4_REQUEST['knock-key'], v4Payload.knockKey(stream));
  const { key, port } = await client.next(stream, 'knock-key');
  return { key: key.toString('hex'), port };
}

test('a key for each client, the same over connections and restarts, made of the secret in keys/', async () => {
  await using server = await RunningServer.start();
  using alice = await V4Client.joined(server.port, 'alice');
  using bob = await V4Client.joined(server.port, 'bob');
  expect(alice.welcome.hasKnockKeys).toBe(true);
  const { key, port } = await knockKey(alice);
  expect(port, 'the gate is off').toBe(0);
  expect((await knockKey(bob)).key).not.toBe(key);
  using again = await V4Client.back(server.port, alice.identity);
  expect((await knockKey(again)).key).toBe(key);
  const stream = again.newStream();
  expect([await knockKey(again, stream), await knockKey(again, stream)], 'the stream is free again').toEqual([
    { key, port },
    { key, port },
  ]);

  const path = join(server.dataDir, 'keys', 'knock.key');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const info = Buffer.concat([Buffer.from('sesame-knock/1 client'), alice.id]);
  const made = hkdfSync('sha256', await readFile(path), Buffer.alloc(0), info, 32);
  expect(Buffer.from(made).toString('hex')).toBe(key);

  await server.stop();
  await server.again();
  using later = await V4Client.back(server.port, alice.identity);
  expect((await knockKey(later)).key).toBe(key);
  await server.stop();
  await rm(path);
  await server.again();
  using last = await V4Client.back(server.port, alice.identity);
  expect((await knockKey(last)).key, 'another secret, another key').not.toBe(key);
});

test('refused: before the welcome, under another id, on stream 0 and on one that is in use', async () => {
  await using server = await RunningServer.start();
  using stranger = await V4Client.connect(server.port);
  await stranger.request(V4_REQUEST['knock-key'], v4Payload.knockKey(1));
  expect(await outcomeOfRequest(stranger.next(0, 'done'))).toBe('not-joined');

  using liar = await V4Client.joined(server.port, 'liar');
  await liar.request(V4_REQUEST['knock-key'], v4Payload.knockKey(1), Buffer.alloc(16, 7));
  expect(await outcomeOfRequest(liar.next(0, 'done'))).toBe('wrong-client-id');

  using zero = await V4Client.joined(server.port, 'zero');
  await zero.request(V4_REQUEST['knock-key'], v4Payload.knockKey(0));
  expect(await outcomeOfRequest(zero.next(0, 'done'))).toBe('bad-stream');

  using busy = await V4Client.joined(server.port, 'busy');
  const { stream } = await busy.open('a');
  await busy.request(V4_REQUEST['knock-key'], v4Payload.knockKey(stream));
  expect(await outcomeOfRequest(busy.next(0, 'done'))).toBe('bad-stream');
});

test('a trace shows that a key was given, and not which', async () => {
  await using server = await RunningServer.start('--trace', '--log-level', 'debug');
  using client = await V4Client.joined(server.port, 'traced');
  const { key } = await knockKey(client);
  await server.stop();
  expect(server.stderr).toContain('KnockKeyHandler return');
  expect(server.stderr).not.toContain(key.slice(0, 8));
});
