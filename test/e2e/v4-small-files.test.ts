// Small files, whole in one request (docs/PROTOCOL.md, 2.4, 1106): hundreds travel and are acknowledged together.
import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { FACTS, V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { hash, MAX_PUT, V4_REQUEST, v4Payload, v4Request } from '../support/v4-frames.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { checkChain } from '../support/v4-receipts.ts';
import { standsThere, storedFile } from '../support/v4-uploads.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

describe('many', () => {
  test('500 of them before the first answer: all stand there within a second, and no receipt is missing', async () => {
    using client = await V4Client.joined(server.port, 'many');
    const files = Array.from({ length: 500 }, (_, i) => ({
      path: `folder ${i % 7}/${i}`,
      content: randomBytes(i % 50 === 0 ? MAX_PUT : randomInt(4000)),
    }));
    const answers = await Promise.all(files.map(({ path, content }) => client.put(path, content)));
    await Promise.all(files.map(({ path, content }) => standsThere(server, client, path, content)));
    expect(answers.every(({ wasThere }) => !wasThere)).toBe(true);
    expect(client.receipts).toHaveLength(500);
    checkChain(client.receipts);
  });

  test('their content counts in the window', async () => {
    using client = await V4Client.joined(server.port, 'window');
    const { window } = client.welcome;
    const count = Math.ceil(window / 8 / MAX_PUT) + 1;
    await client.putAll(Array.from({ length: count }, (_, i) => [`${i}`, Buffer.alloc(MAX_PUT, i)]));
    expect(client.taken).toBeGreaterThanOrEqual(window / 8);
  });

  test('from ten clients at once: each has a chain of its own', async () => {
    const clients = await Promise.all(
      Array.from({ length: 10 }, (_, i) => V4Client.joined(server.port, `of ten ${i}`)),
    );
    await Promise.all(
      clients.flatMap((client, c) =>
        Array.from({ length: 50 }, (_, i) => client.put(`${i}`, Buffer.from(`${c}/${i}`))),
      ),
    );
    for (const [c, client] of clients.entries()) {
      checkChain(client.receipts);
      expect(client.receipts).toHaveLength(50);
      await standsThere(server, client, '49', Buffer.from(`${c}/49`));
      client[Symbol.dispose]();
    }
  });

  test('over five connections of one client: one chain', async () => {
    const identity = newIdentity();
    (await V4Client.joined(server.port, 'five', identity))[Symbol.dispose]();
    const clients = await Promise.all(Array.from({ length: 5 }, () => V4Client.back(server.port, identity)));
    await Promise.all(
      clients.flatMap((client, c) =>
        Array.from({ length: 40 }, (_, i) => client.put(`${c}/${i}`, Buffer.from(`${i}`))),
      ),
    );
    checkChain(clients.flatMap(({ receipts }) => receipts));
    for (const client of clients) client[Symbol.dispose]();
  });

  test('a hundred versions of one path: the last one stays', async () => {
    using client = await V4Client.joined(server.port, 'versions');
    const contents = Array.from({ length: 100 }, (_, i) => Buffer.from(`version ${i}`));
    await Promise.all(contents.map((content) => client.put('f', content)));
    expect(client.receipts).toHaveLength(100);
    checkChain(client.receipts);
    await standsThere(server, client, 'f', Buffer.from('version 99'));
    expect((await client.listAll()).map(({ path, seq }) => ({ path, seq }))).toEqual([
      { path: 'f', seq: 100 },
    ]);
  });
});

describe('one', () => {
  test.each([0, 1, MAX_PUT - 1, MAX_PUT])('of %d bytes', async (size) => {
    using client = await V4Client.joined(server.port, `size ${size}`);
    const content = randomBytes(size);
    await client.put('f', content);
    await standsThere(server, client, 'f', content);
  });

  test('again: the same receipt, byte for byte, and no second version', async () => {
    using client = await V4Client.joined(server.port, 'again');
    const first = await client.put('f', Buffer.from('x'));
    const second = await client.put('f', Buffer.from('x'));
    expect(second).toMatchObject({ wasThere: true, receipt: first.receipt, signature: first.signature });
    const uploaded = await client.upload('f', Buffer.from('x'));
    expect(uploaded, 'nor in pieces').toMatchObject({ wasThere: true, receipt: first.receipt });
    expect((await client.put('g', Buffer.from('y'))).fields.seq).toBe(2);
  });

  test('twenty times at once: one version', async () => {
    using client = await V4Client.joined(server.port, 'eager');
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.put('f', Buffer.from('x'))));
    expect(answers.filter(({ wasThere }) => !wasThere)).toHaveLength(1);
    expect(new Set(answers.map(({ receipt }) => receipt.toString()))).toHaveProperty('size', 1);
  });

  test('with another mtime or mode: another version', async () => {
    using client = await V4Client.joined(server.port, 'touched');
    await client.put('f', Buffer.from('x'));
    expect((await client.put('f', Buffer.from('x'), { mtime: 1n })).fields.seq).toBe(2);
    expect((await client.put('f', Buffer.from('x'), { mode: 0o600 })).fields.seq).toBe(3);
    expect((await client.put('f', Buffer.from('x'), FACTS)).fields.seq, 'back again').toBe(4);
  });

  test('wrong-hash: nothing is stored, and its neighbours do not notice', async () => {
    using client = await V4Client.joined(server.port, 'wrong hash');
    const sha256 = hash(Buffer.from('another'));
    const puts = Array.from({ length: 30 }, (_, i) =>
      outcomeOfRequest(client.putOn(i + 1, `${i}`, Buffer.from('content'), i % 3 === 0 ? { sha256 } : {})),
    );
    const outcomes = await Promise.all(puts);
    expect(outcomes).toEqual(outcomes.map((_, i) => (i % 3 === 0 ? 'wrong-hash' : 'ok')));
    checkChain(client.receipts);
    expect(await storedFile(server, client, '0')).toBeUndefined();
    expect((await client.listAll()).map(({ path }) => path)).not.toContain('0');
  });

  test('the earlier version stands until a better one is there', async () => {
    using client = await V4Client.joined(server.port, 'standing');
    await client.put('f', Buffer.from('good'));
    const bad = client.putOn(900, 'f', Buffer.from('bad'), { sha256: Buffer.alloc(32) });
    expect(await outcomeOfRequest(bad)).toBe('wrong-hash');
    await standsThere(server, client, 'f', Buffer.from('good'));
  });

  test('a put and a large upload of one path, one after the other', async () => {
    using client = await V4Client.joined(server.port, 'mixed');
    const large = randomBytes(200_000);
    for (let round = 0; round < 3; round++) {
      await client.put('f', Buffer.from(`small ${round}`));
      await client.upload('f', large, { mtime: BigInt(round) });
      await standsThere(server, client, 'f', large);
      await client.put('f', Buffer.from(`after ${round}`));
      await standsThere(server, client, 'f', Buffer.from(`after ${round}`));
    }
    checkChain(client.receipts);
  });

  test('can be fetched as soon as it is acknowledged', async () => {
    using client = await V4Client.joined(server.port, 'read back');
    for (let i = 0; i < 20; i++) {
      const content = Buffer.from(`content ${i}`);
      await client.put('f', content);
      expect((await client.fetch('f')).content.equals(content)).toBe(true);
    }
  });

  test('that breaks off with its connection leaves no trace', async () => {
    const identity = newIdentity();
    using client = await V4Client.joined(server.port, 'broken off', identity);
    const payload = v4Payload.put(1, { path: 'f', content: randomBytes(1000), ...FACTS });
    await client.connection.send(v4Request(V4_REQUEST.put, client.id, payload).subarray(0, 500));
    await client.leave();
    using again = await V4Client.back(server.port, identity);
    expect(await again.listAll()).toEqual([]);
    expect(again.welcome.seq).toBe(0);
  });
});
