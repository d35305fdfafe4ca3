// Uploads in pieces (docs/PROTOCOL.md, 2.4): 1103, 1104, 1105, 1107.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { FACTS, V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { hash, MAX_CHUNK } from '../support/v4-frames.ts';
import { checkChain } from '../support/v4-receipts.ts';
import { factsOnDisk, standsThere, storedFile } from '../support/v4-uploads.ts';

const CONTENT = randomBytes(300_000);
const { length: SIZE } = CONTENT;

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start('--max-upload', '64M');
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

describe('a file', () => {
  test.each([0, 1, 65_535, 65_536, 65_537, MAX_CHUNK, MAX_CHUNK + 1, 3_000_000])(
    'of %d bytes: at its place, with mode and mtime, when it is acknowledged',
    async (size) => {
      using client = await V4Client.joined(server.port, `size ${size}`);
      const content = randomBytes(size);
      const { wasThere, fields } = await client.upload('dir/file', content);
      expect({ wasThere, seq: fields.seq, prev: fields.prev }).toEqual({
        wasThere: false,
        seq: 1,
        prev: null,
      });
      expect(Math.abs(Date.parse(fields.time) - Date.now())).toBeLessThan(10_000);
      expect((await storedFile(server, client, 'dir/file'))?.equals(content)).toBe(true);
      expect(await factsOnDisk(server, client, 'dir/file', FACTS)).toEqual(FACTS);
    },
  );

  test('whose size is not known before', async () => {
    using client = await V4Client.joined(server.port, 'endless');
    const { stream, state } = await client.open('f', { size: null });
    expect(state).toBe('new');
    await client.data(stream, 0, CONTENT, 10_000);
    await client.commit(stream, CONTENT);
    await standsThere(server, client, 'f', CONTENT);
    const empty = await client.open('empty', { size: null });
    await client.commit(empty.stream, Buffer.alloc(0));
    await standsThere(server, client, 'empty', Buffer.alloc(0));
  });

  test.each([
    { mtime: 0n, mode: 0o600 },
    { mtime: -1_000_000_000n, mode: 0o644 },
    { mtime: 1_234_567_890_123_456_789n, mode: 0o755 },
    { mtime: 4_102_444_800_000_000_001n, mode: 0o444 },
    { mtime: 1n, mode: 0 },
  ])('with mtime $mtime and mode $mode', async (facts) => {
    using client = await V4Client.joined(server.port, `facts ${facts.mtime}`);
    await client.upload('large', CONTENT, facts);
    await client.put('small', Buffer.from('x'), facts);
    expect((await client.listAll()).map(({ mtime, mode }) => ({ mtime, mode }))).toEqual([facts, facts]);
    expect(await factsOnDisk(server, client, 'large', facts)).toEqual(facts);
    await standsThere(server, client, 'small', Buffer.from('x'));
    expect(await factsOnDisk(server, client, 'small', facts)).toEqual(facts);
  });

  test('by hundreds of pieces, on many streams at once', async () => {
    using client = await V4Client.joined(server.port, 'interleaved');
    const files = Array.from({ length: 20 }, (_, i) => ({ path: `f${i}`, content: randomBytes(50_000 + i) }));
    const opened = await Promise.all(
      files.map(({ path, content }) => client.open(path, { size: content.length })),
    );
    for (let at = 0; at < 51_000; at += 1000) {
      for (const [i, { content }] of files.entries()) {
        const part = content.subarray(at, at + 1000);
        if (part.length > 0) await client.data(opened[i]?.stream ?? 0, at, part);
      }
    }
    await Promise.all(files.map(({ content }, i) => client.commit(opened[i]?.stream ?? 0, content)));
    for (const { path, content } of files) await standsThere(server, client, path, content);
    checkChain(client.receipts);
  });
});

describe('the same version again', () => {
  test('stored: a commit without data gives the same receipt, byte for byte', async () => {
    using client = await V4Client.joined(server.port, 'again');
    const first = await client.upload('f', CONTENT);
    for (let time = 0; time < 2; time++) {
      const opened = await client.open('f', { size: SIZE });
      expect(opened).toMatchObject({ state: 'stored', sha256: hash(CONTENT) });
      const second = await client.commit(opened.stream, CONTENT);
      expect(second).toMatchObject({ wasThere: true, receipt: first.receipt, signature: first.signature });
    }
    expect((await client.upload('g', CONTENT)).fields.seq, 'no receipt was used up').toBe(2);
  });

  test('another content with the same facts: starts over on the same stream', async () => {
    using client = await V4Client.joined(server.port, 'disguised');
    await client.upload('f', CONTENT);
    const changed = randomBytes(SIZE);
    const { stream, state } = await client.open('f', { size: SIZE });
    expect(state).toBe('stored');
    expect(await client.open('f', { size: SIZE, startOver: true }, stream)).toMatchObject({
      state: 'new',
      offset: 0,
    });
    await client.data(stream, 0, changed);
    expect(await client.commit(stream, changed)).toMatchObject({ wasThere: false, fields: { seq: 2 } });
    await standsThere(server, client, 'f', changed);
  });

  test('another size, mtime or mode is another version', async () => {
    using client = await V4Client.joined(server.port, 'versions');
    await client.upload('f', CONTENT);
    for (const other of [{ mtime: FACTS.mtime + 1n }, { mode: 0o600 }, { size: SIZE + 1 }]) {
      const { stream, state } = await client.open('f', { size: SIZE, ...other });
      expect(state).toBe('new');
      await client.cancel(stream, 'drop');
    }
    const touched = await client.upload('f', CONTENT, { mtime: FACTS.mtime + 1n });
    expect(touched, 'the same bytes with another mtime').toMatchObject({
      wasThere: false,
      fields: { seq: 2 },
    });
  });

  test('sent whole although it stands there: no second version', async () => {
    using client = await V4Client.joined(server.port, 'unasked');
    const first = await client.upload('f', CONTENT);
    const { stream } = await client.open('f', { size: SIZE, startOver: true });
    await client.data(stream, 0, CONTENT);
    expect(await client.commit(stream, CONTENT)).toMatchObject({ wasThere: true, receipt: first.receipt });
  });
});

describe('what is refused', () => {
  test('wrong-hash: nothing is stored, and what came is dropped', async () => {
    using client = await V4Client.joined(server.port, 'wrong hash');
    const { stream } = await client.open('f', { size: SIZE });
    await client.data(stream, 0, CONTENT);
    const commit = client.commit(stream, CONTENT, { sha256: hash(Buffer.from('another')) });
    expect(await outcomeOfRequest(commit)).toBe('wrong-hash');
    expect(await storedFile(server, client, 'f')).toBeUndefined();
    expect(await client.open('f', { size: SIZE })).toMatchObject({ state: 'new', offset: 0 });
  });

  test.each([-1, 1, SIZE])('wrong-size by %d: nothing is stored, and what came stays', async (delta) => {
    using client = await V4Client.joined(server.port, `wrong size ${delta}`);
    const { stream } = await client.open('f', { size: null });
    await client.data(stream, 0, CONTENT);
    const commit = client.commit(stream, CONTENT, { size: SIZE + delta });
    expect(await outcomeOfRequest(commit)).toBe('wrong-size');
    expect(await storedFile(server, client, 'f')).toBeUndefined();
    const again = await client.open('f', { size: null });
    expect(again).toMatchObject({ state: 'resumed', offset: SIZE });
    await client.commit(again.stream, CONTENT);
  });

  test('a commit before all of the announced size came: wrong-size', async () => {
    using client = await V4Client.joined(server.port, 'hasty');
    const { stream } = await client.open('f', { size: SIZE });
    await client.data(stream, 0, CONTENT.subarray(0, 1000));
    expect(await outcomeOfRequest(client.commit(stream, CONTENT))).toBe('wrong-size');
    const short = await client.open('f', { size: SIZE });
    expect(short).toMatchObject({ state: 'resumed', offset: 1000 });
    const part = client.commit(short.stream, CONTENT.subarray(0, 1000));
    expect(await outcomeOfRequest(part), 'nor is it the part that came').toBe('wrong-size');
  });

  test('wrong-hash for a stored version', async () => {
    using client = await V4Client.joined(server.port, 'stored hash');
    await client.upload('f', CONTENT);
    const { stream } = await client.open('f', { size: SIZE });
    expect(await outcomeOfRequest(client.commit(stream, randomBytes(SIZE)))).toBe('wrong-hash');
    expect((await client.fetch('f')).content.equals(CONTENT), 'and it stands').toBe(true);
  });

  test.each([1, 999, 1001, SIZE - 5])('bad-offset: %d where 1000 is next', async (offset) => {
    using client = await V4Client.joined(server.port, `offset ${offset}`);
    const { stream } = await client.open('f', { size: SIZE });
    await client.data(stream, 0, CONTENT.subarray(0, 1000));
    await client.data(stream, offset, CONTENT.subarray(0, 5));
    expect(await client.nextAnswer(stream)).toMatchObject({ type: 'refused', error: 'bad-offset' });
    const again = await client.open('f', { size: SIZE });
    expect(again).toMatchObject({ state: 'resumed', offset: 1000 });
  });

  test('too-large: one byte more than was announced', async () => {
    using client = await V4Client.joined(server.port, 'one more');
    const { stream } = await client.open('f', { size: 1000 });
    await client.data(stream, 0, CONTENT.subarray(0, 999));
    await client.data(stream, 999, Buffer.from('xy'));
    expect(await client.nextAnswer(stream)).toMatchObject({ type: 'refused', error: 'too-large' });
    expect(await storedFile(server, client, 'f')).toBeUndefined();
  });

  test('too-large: content for an empty file', async () => {
    using client = await V4Client.joined(server.port, 'not empty');
    const { stream } = await client.open('f', { size: 0 });
    await client.data(stream, 0, Buffer.from('x'));
    expect(await client.nextAnswer(stream)).toMatchObject({ type: 'refused', error: 'too-large' });
  });

  test('too-large: more than the server takes, announced or not', async () => {
    using client = await V4Client.joined(server.port, 'huge');
    const limit = 64 << 20;
    expect(await outcomeOfRequest(client.open('f', { size: limit + 1 }))).toBe('too-large');
    expect(await outcomeOfRequest(client.open('f', { size: 2 ** 53 - 1 }))).toBe('too-large');
    const { stream } = await client.open('f', { size: null });
    const piece = Buffer.alloc(MAX_CHUNK);
    for (let sent = 0; sent <= limit && !client.hasNews(stream); sent += piece.length) {
      await client.data(stream, sent, piece);
    }
    expect(await client.nextAnswer(stream)).toMatchObject({ type: 'refused', error: 'too-large' });
    await client.put('small', CONTENT.subarray(0, 100));
  });
});

describe('a cancel', () => {
  test('keep: what came is there for the next', async () => {
    using client = await V4Client.joined(server.port, 'keeping');
    const { stream } = await client.open('f', { size: SIZE });
    await client.data(stream, 0, CONTENT.subarray(0, 1000));
    await client.cancel(stream, 'keep');
    const again = await client.open('f', { size: SIZE });
    expect(again).toMatchObject({ state: 'resumed', offset: 1000 });
    await client.data(again.stream, 1000, CONTENT.subarray(1000));
    await client.commit(again.stream, CONTENT);
    await standsThere(server, client, 'f', CONTENT);
  });

  test('drop: it is gone, and no file is left behind', async () => {
    using client = await V4Client.joined(server.port, 'dropping');
    const before = (await server.incoming()).length;
    const { stream } = await client.open('f', { size: SIZE });
    await client.data(stream, 0, CONTENT.subarray(0, 1000));
    await client.cancel(stream, 'drop');
    expect((await server.incoming()).length).toBe(before);
    expect(await client.open('f', { size: SIZE })).toMatchObject({ state: 'new', offset: 0 });
  });

  test('of a stored version: it stands', async () => {
    using client = await V4Client.joined(server.port, 'standing');
    await client.upload('f', CONTENT);
    const { stream, state } = await client.open('f', { size: SIZE });
    expect(state).toBe('stored');
    await client.cancel(stream, 'drop');
    expect((await client.fetch('f')).content.equals(CONTENT)).toBe(true);
  });
});
