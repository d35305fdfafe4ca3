// `sesamed guard` with and without a server, and what is left of it after a kill (docs/GUARD.md 3 and 7).
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BEHIND_BALANCER, isReset, sayFrom, socketFrom, v4From } from '../support/from-source.ts';
import type { Ending } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';
import { isBlocked, suspect, untilBlocked } from '../support/suspects.ts';
import type { SuspectListing } from '../../src/guard/suspect-listing.ts';
import { until } from '../support/waiting.ts';

const GARBAGE = 'GET / HTTP/1.1\r\nHost: files.example.org\r\n\r\n';

function guard(server: RunningServer, ...args: readonly string[]): Promise<Ending> {
  return sesamed(['guard', ...args, '--data-dir', server.dataDir]);
}

async function listed(server: RunningServer): Promise<SuspectListing[]> {
  return JSON.parse((await guard(server, 'ls', '--json')).stdout) as SuspectListing[];
}

describe('the commands', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await RunningServer.start(...BEHIND_BALANCER);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('do the same with a server and without one', async () => {
    for (const runs of [true, false]) {
      if (!runs) await server.stop();
      expect((await guard(server, 'ls')).stdout).toBe('Nobody has misbehaved of late.\n');
      const blocked = await guard(server, 'block', '192.0.2.7', '--for', '2h', '--reason', 'too loud');
      expect(blocked).toMatchObject({ code: 0, stdout: '192.0.2.7 is blocked for 2 h.\n' });
      const asJson = await guard(server, 'block', 'client:laptop', '--json');
      expect(JSON.parse(asJson.stdout)).toEqual({ blocked: 'client:laptop', seconds: 3600 });
      expect((await guard(server, 'block', '2001:db8::17', '--for', '90s')).stdout).toMatch('2001:db8::/64');

      expect(await listed(server)).toMatchObject([
        { who: '192.0.2.7', state: 'blocked', by: 'operator', reason: 'too loud', score: 0, blocks: 0 },
        { who: 'client:laptop', state: 'blocked', by: 'operator', reason: null },
        { who: '2001:db8::/64', state: 'blocked' },
      ]);
      expect((await guard(server, 'ls')).stdout).toMatch(
        /^192\.0\.2\.7 +blocked +\S+ \w+ +0\.0 +0 +operator +too loud/m,
      );

      for (const who of ['192.0.2.7', 'client:laptop', '2001:db8:0:0:9::1']) {
        expect(await guard(server, 'unblock', who), who).toMatchObject({ code: 0 });
      }
      expect(await guard(server, 'unblock', '192.0.2.7')).toMatchObject({ code: 3 });
      expect((await guard(server, 'pin')).stdout).toMatch(/^\d{8}\n$/);
      expect((await guard(server, 'pin', '--json')).stdout).toMatch(/^\{"pin":"\d{8}"\}\n$/);
    }
  }, 60_000);

  test.for([
    [['block', '127.0.0.1'], 'loopback is never blocked'],
    [['block', '::1'], 'loopback is never blocked'],
    [['block', '::ffff:127.0.0.1'], 'loopback is never blocked'],
    [['block', '10.0.0.0/8'], 'is nobody'],
    [['block', 'laptop'], 'is nobody'],
    [['block', '192.0.2.7', '--for', 'ever'], 'a time is wanted'],
    [['block', '192.0.2.7', '--for', '0s'], 'a time is wanted'],
    [['unblock', '192.0.2.256'], 'is nobody'],
  ] as const)('%j is misuse', async ([args, why]) => {
    const { code, stderr } = await guard(server, ...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(why) as string });
  });

  test('a block for longer than anything lasts is refused, with a server and without', async () => {
    if (!server.running) await server.again(...BEHIND_BALANCER);
    for (const runs of [true, false]) {
      if (!runs) await server.stop();
      const { code, stderr } = await guard(server, 'block', '192.0.2.7', '--for', '366d');
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--for') as string });
    }
    await server.again(...BEHIND_BALANCER);
    expect(await listed(server)).toEqual([]);
  });
});

test('each block lasts twice as long as the one before, up to the longest', async () => {
  await using server = await RunningServer.start(
    ...[...BEHIND_BALANCER, '--guard-block-time', '1', '--guard-max-block-time', '3'],
  );
  const source = '198.51.100.1';
  for (let block = 0; block < 3; block++) {
    await untilBlocked(server, source, () => sayFrom(server.port, source, GARBAGE));
    await until('it is over', async () => !(await isBlocked(server, source)), 10_000);
  }
  const seconds = Array.from(server.stderr.matchAll(/blocked who=\S+ by=score seconds=(\d+)/g), ([, s]) => s);
  expect(seconds).toEqual(['1', '2', '3']);
  expect(await suspect(server, source)).toMatchObject({ blocks: 3 });
});

test('off, it counts nobody', async () => {
  await using server = await RunningServer.start(...BEHIND_BALANCER, '--guard', 'off');
  for (let i = 0; i < 30; i++) await sayFrom(server.port, '198.51.100.1', GARBAGE);
  expect(await listed(server)).toEqual([]);
  expect(server.stderr).not.toContain('recovery PIN');
  using client = await v4From(server.port, '198.51.100.1');
  await expect(client.hello()).rejects.toMatchObject({ error: 'not-joined' });
});

test('who is allowed is never counted', async () => {
  await using server = await RunningServer.start(
    ...[...BEHIND_BALANCER, '--guard-allow', '198.51.100.0/24,2001:db8::/32'],
  );
  for (const source of ['198.51.100.1', '2001:db8::1']) {
    for (let i = 0; i < 25; i++) await sayFrom(server.port, source, GARBAGE);
  }
  expect(await listed(server)).toEqual([]);
});

describe('after a kill', () => {
  const source = '198.51.100.1';

  test('a block has left what it had', async () => {
    await using server = await RunningServer.start(...BEHIND_BALANCER, '--guard-block-time', '60');
    await untilBlocked(server, source, () => sayFrom(server.port, source, GARBAGE));
    await guard(server, 'block', 'client:laptop', '--for', '1h');
    await server.stop('SIGKILL');
    await server.again(...BEHIND_BALANCER, '--guard-block-time', '60');
    expect(await isReset(await socketFrom(server.port, source))).toBe(true);
    const { seconds_left: left = 0, blocks } = (await suspect(server, source)) ?? {};
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60);
    expect(blocks).toBe(1);
    expect(await isBlocked(server, 'client:laptop')).toBe(true);
    // No PIN is made where there is one.
    expect(server.stderr.match(/recovery PIN/g)).toHaveLength(1);
  });

  test.for([
    ['a source that is none', '999.1.1.1', 5],
    ['a score below 0', '192.0.2.1', -5],
    ['an identity with a score beyond all', `client:it's me`, 1e9],
  ] as const)(
    '%s keeps the server from starting, until it is forgotten as the message says',
    async ([, who, score]) => {
      await using server = await RunningServer.start();
      await server.stop();
      const db = new Database(join(server.dataDir, 'sesame.db'));
      for (const [name, points] of [
        [who, score],
        ['192.0.2.99', -1],
      ]) {
        db.prepare(
          `INSERT INTO guard_suspects (who, score, scored_ago, strikes, struck_ago, block_left, saved_at)
         VALUES (?, ?, 0, 0, 0, 0, ?)`,
        ).run(name, points, Date.now());
      }
      db.close();
      const forgotten = new Set<string>();
      while (forgotten.size < 2) {
        const { code, stderr } = await sesamed([
          'serve',
          '--no-http',
          '--port',
          '0',
          '--data-dir',
          server.dataDir,
        ]);
        expect(code, stderr).toBe(1);
        const [, name = ''] = /makes no sense: .* guard unblock "([^\n]+)" forgets it$/m.exec(stderr) ?? [];
        expect(await guard(server, 'unblock', name), name).toMatchObject({ code: 0, stderr: '' });
        forgotten.add(name);
      }
      expect(forgotten).toEqual(new Set([who, '192.0.2.99']));
      await server.again();
      expect(await listed(server)).toEqual([]);
    },
  );
});
