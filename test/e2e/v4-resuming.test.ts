// An unfinished upload survives connections and restarts (docs/PROTOCOL.md, 2.4), and has one holder at a time.
import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { FACTS, V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { checkChain } from '../support/v4-receipts.ts';
import { standsThere, storedFile } from '../support/v4-uploads.ts';
import { FlakyProxy } from '../support/flaky-proxy.ts';
import { until } from '../support/waiting.ts';

const CONTENT = randomBytes(3_000_000);
const { length: SIZE } = CONTENT;

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

describe('after a cut', () => {
  test('at ten random bytes: it goes on, and nothing before the offset is sent twice', async () => {
    const cuts = Array.from({ length: 10 }, () => randomInt(5000, 500_000));
    await using proxy = await FlakyProxy.cutting(
      () => server.port,
      (connection) => {
        const after = cuts[connection - 1];
        return after === undefined
          ? undefined
          : { direction: 'up', after, how: connection % 2 ? 'reset' : 'end' };
      },
    );
    const identity = newIdentity();
    (await V4Client.joined(proxy.port, 'cut off', identity))[Symbol.dispose]();
    let reached = 0;
    for (let attempt = 0; attempt <= cuts.length; attempt++) {
      try {
        using client = await V4Client.back(proxy.port, identity);
        const { stream, state, offset } = await client.open('f', { size: SIZE });
        expect(offset).toBeGreaterThanOrEqual(reached);
        expect(offset).toBeLessThanOrEqual(SIZE);
        if (state === 'new') expect(offset).toBe(0);
        reached = offset;
        await client.data(stream, offset, CONTENT.subarray(offset), 20_000);
        await client.commit(stream, CONTENT);
        break;
      } catch (error) {
        if (attempt === cuts.length) throw error;
      }
    }
    expect(reached, 'the cuts did not always begin anew').toBeGreaterThan(0);
    using client = await V4Client.back(server.port, identity);
    await standsThere(server, client, 'f', CONTENT);
    expect((await client.listAll()).map(({ path, seq }) => ({ path, seq }))).toEqual([{ path: 'f', seq: 1 }]);
  });

  test('what the server has taken by then is where it goes on', async () => {
    const identity = newIdentity();
    using first = await V4Client.joined(server.port, 'leaving', identity);
    const { stream } = await first.open('f', { size: SIZE });
    await first.data(stream, 0, CONTENT.subarray(0, 1_000_000));
    await first.leave();
    using second = await V4Client.back(server.port, identity);
    const again = await second.open('f', { size: SIZE });
    expect(again).toMatchObject({ state: 'resumed', offset: 1_000_000 });
    await second.data(again.stream, 1_000_000, CONTENT.subarray(1_000_000));
    await second.commit(again.stream, CONTENT);
    await standsThere(server, second, 'f', CONTENT);
  });

  test.each([
    ['another size', { size: SIZE + 1 }],
    ['a size that is no longer known', { size: null }],
    ['another mtime', { mtime: FACTS.mtime - 1n }],
    ['another mode', { mode: 0o400 }],
    ['start over', { startOver: true }],
  ])('%s: it begins anew, and the old one is gone', async (title, change) => {
    const identity = newIdentity();
    using first = await V4Client.joined(server.port, title, identity);
    const { stream } = await first.open('f', { size: SIZE });
    await first.data(stream, 0, CONTENT.subarray(0, 100_000));
    await first.cancel(stream, 'keep');
    const left = (await server.incoming()).length;
    const again = await first.open('f', { size: SIZE, ...change });
    expect(again).toMatchObject({ state: 'new', offset: 0 });
    await until('one file for the two', async () => (await server.incoming()).length === left);
    await first.cancel(again.stream, 'drop');
    expect(await first.open('f', { size: SIZE }), 'nor is the first one back').toMatchObject({
      state: 'new',
    });
  });

  test('each path has its own', async () => {
    using client = await V4Client.joined(server.port, 'two paths');
    for (const [path, bytes] of [
      ['a', 1000],
      ['b', 2000],
    ] as const) {
      const { stream } = await client.open(path, { size: SIZE });
      await client.data(stream, 0, CONTENT.subarray(0, bytes));
      await client.cancel(stream, 'keep');
    }
    expect(await client.open('a', { size: SIZE })).toMatchObject({ state: 'resumed', offset: 1000 });
    expect(await client.open('b', { size: SIZE })).toMatchObject({ state: 'resumed', offset: 2000 });
    expect(await client.open('c', { size: SIZE })).toMatchObject({ state: 'new', offset: 0 });
  });

  test('and each client', async () => {
    using alice = await V4Client.joined(server.port, 'alice');
    using bob = await V4Client.joined(server.port, 'bob');
    const { stream } = await alice.open('f', { size: SIZE });
    await alice.data(stream, 0, CONTENT.subarray(0, 1000));
    await alice.cancel(stream, 'keep');
    expect(await bob.open('f', { size: SIZE })).toMatchObject({ state: 'new', offset: 0 });
  });
});

describe('after a kill -9 of the server', () => {
  test(
    'it goes on from somewhere, three times, and the chain of receipts too',
    { timeout: 60_000 },
    async () => {
      await using mortal = await RunningServer.start();
      const identity = newIdentity();
      const receipts: Buffer[] = [];
      {
        using client = await V4Client.joined(mortal.port, 'phoenix', identity);
        receipts.push((await client.put('before', Buffer.from('x'))).receipt);
      }
      const { receiptKey } = await welcomeOf(mortal, identity);
      for (let life = 1; life <= 3; life++) {
        using client = await V4Client.back(mortal.port, identity);
        const { stream, offset } = await client.open('f', { size: SIZE });
        const next = Math.max(offset, life * 500_000);
        await client.data(stream, offset, CONTENT.subarray(offset, next));
        await client.put(`life ${life}`, Buffer.from('y')).then(({ receipt }) => receipts.push(receipt));
        await mortal.stop('SIGKILL');
        await mortal.again();
      }
      using client = await V4Client.back(mortal.port, identity);
      expect(client.welcome.receiptKey).toEqual(receiptKey);
      const last = await client.upload('f', CONTENT);
      checkChain([...receipts, last.receipt]);
      await standsThere(mortal, client, 'f', CONTENT);
      await until('nothing is left behind', async () => (await mortal.incoming()).length === 0);
    },
  );

  async function welcomeOf(mortal: RunningServer, identity: ReturnType<typeof newIdentity>) {
    using client = await V4Client.back(mortal.port, identity);
    return client.welcome;
  }
});

describe('one holder', () => {
  test('a second connection takes over within a second: superseded, and it goes on', async () => {
    const identity = newIdentity();
    using older = await V4Client.joined(server.port, 'holder', identity);
    const held = await older.open('f', { size: SIZE });
    await older.data(held.stream, 0, CONTENT.subarray(0, 1_000_000));
    using newer = await V4Client.back(server.port, identity);
    const start = performance.now();
    const taken = await newer.open('f', { size: SIZE });
    expect(performance.now() - start).toBeLessThan(1000);
    expect(await older.nextAnswer(held.stream, 1000)).toMatchObject({ type: 'refused', error: 'superseded' });
    await older.data(held.stream, 1_000_000, randomBytes(100_000));
    await newer.data(taken.stream, taken.offset, CONTENT.subarray(taken.offset));
    await newer.commit(taken.stream, CONTENT);
    await older.put('other', Buffer.from('the older goes on with other things'));
    expect(older.hasNews(held.stream), 'what was on its way is skipped').toBe(false);
    await standsThere(server, newer, 'f', CONTENT);
  });

  test('another stream of the same connection', async () => {
    using client = await V4Client.joined(server.port, 'two streams');
    const older = await client.open('f', { size: SIZE });
    await client.data(older.stream, 0, CONTENT.subarray(0, 1000));
    const newer = await client.open('f', { size: SIZE });
    expect(await client.nextAnswer(older.stream, 1000)).toMatchObject({
      type: 'refused',
      error: 'superseded',
    });
    expect(newer).toMatchObject({ state: 'resumed', offset: 1000 });
  });

  test('a put for a path that is being uploaded', async () => {
    using client = await V4Client.joined(server.port, 'put over');
    const older = await client.open('f', { size: SIZE });
    await client.data(older.stream, 0, CONTENT.subarray(0, 1000));
    await client.put('f', Buffer.from('small'));
    expect(await client.nextAnswer(older.stream, 1000)).toMatchObject({
      type: 'refused',
      error: 'superseded',
    });
    await standsThere(server, client, 'f', Buffer.from('small'));
  });

  test('thirty takeovers in a row, sending all the while: never interleaved', async () => {
    const identity = newIdentity();
    (await V4Client.joined(server.port, 'contended', identity))[Symbol.dispose]();
    const versions = Array.from({ length: 30 }, (_, i) => Buffer.alloc(400_000, `version ${i} `));
    const outcomes = await Promise.all(
      versions.map(async (content, i) => {
        using client = await V4Client.back(server.port, identity);
        return await outcomeOfRequest(client.upload('f', content, { mtime: BigInt(i) }));
      }),
    );
    expect(outcomes.filter((outcome) => outcome !== 'ok' && outcome !== 'superseded')).toEqual([]);
    expect(outcomes).toContain('ok');
    using client = await V4Client.back(server.port, identity);
    const stored = await storedFile(server, client, 'f');
    const winner = versions.findIndex((content) => stored?.equals(content));
    expect(outcomes[winner]).toBe('ok');
  });
});
