// A disk that fills up under a v4 server: it says so, loses nothing that it acknowledged, and goes on when there is room.
// Only root can have a disk for that; for anybody else, these tests are skipped.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';
import { CAN_HAVE_DISKS, SmallDisk } from '../support/small-disk.ts';
import { V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { MAX_CHUNK } from '../support/v4-frames.ts';
import { checkChain } from '../support/v4-receipts.ts';
import { standsThere } from '../support/v4-uploads.ts';
import { until } from '../support/waiting.ts';

const MIB = 1 << 20;
const CHUNK = randomBytes(MAX_CHUNK);
const KEPT = randomBytes(2 * MIB);

describe.skipIf(!CAN_HAVE_DISKS)('a disk of 40 MiB', { timeout: 40_000 }, () => {
  let disk: SmallDisk;
  let server: RunningServer;
  let client: V4Client;

  beforeEach(async () => {
    disk = SmallDisk.mount('40m');
    server = await RunningServer.startBelow(disk.path);
    client = await V4Client.joined(server.port, 'client');
    await client.upload('kept/large', KEPT);
    await client.put('kept/small', Buffer.from('small'));
  });
  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
    await disk[Symbol.asyncDispose]();
  });

  /** The server as good as before, then and after another start. */
  async function allIsWell(): Promise<void> {
    expect((await client.upload('again/large', KEPT)).wasThere).toBe(false);
    await client.put('again/small', Buffer.from('small'));
    await standsThere(server, client, 'again/small', Buffer.from('small'));
    checkChain(client.receipts);
    expect(server.running).toBe(true);
    expect(await server.incoming()).toEqual([]);
    await server.stop();
    await server.again();
    const { code, stdout } = await sesamed(['files', 'verify', '--data-dir', server.dataDir]);
    expect([code, stdout]).toEqual([0, '']);
    using back = await V4Client.back(server.port, client.identity);
    expect(back.welcome.seq, 'nothing that was acknowledged is lost').toBe(client.receipts.length);
    for (const path of ['kept/large', 'again/large']) {
      expect((await back.fetch(path)).content.equals(KEPT)).toBe(true);
    }
  }

  test('an upload that says it is larger: refused before it begins', async () => {
    expect(await outcomeOfRequest(client.open('f', { size: 60 * MIB }))).toBe('disk-full');
    await allIsWell();
  });

  test('an upload that does not know its size: refused when there is no more room, and removed', async () => {
    const { stream } = await client.open('f', { size: null });
    for (let at = 0; at < 60 * MIB && !client.hasNews(stream); at += CHUNK.length) {
      await client.data(stream, at, CHUNK);
    }
    expect(await client.nextAnswer(stream)).toMatchObject({ type: 'refused', error: 'disk-full', stream });
    await until('what came of it is gone', async () => (await server.incoming()).length === 0);
    expect(await client.open('f', { size: null })).toMatchObject({ state: 'new', offset: 0 });
    await client.cancel(stream + 1, 'drop');
    await allIsWell();
  });

  test('uploads that fit one by one, and not together', async () => {
    const paths = ['a', 'b', 'c', 'd'];
    const content = randomBytes(12 * MIB);
    const outcomes = await Promise.all(paths.map((path) => outcomeOfRequest(client.upload(path, content))));
    expect(outcomes.filter((outcome) => outcome !== 'ok' && outcome !== 'disk-full')).toEqual([]);
    expect(outcomes).toContain('disk-full');
    await until('what came of others is gone', async () => (await server.incoming()).length === 0);
    await disk.unfill();
    expect(await outcomeOfRequest(client.put('goes on', Buffer.from('x')))).toBe('ok');
    for (const [i, path] of paths.entries()) {
      if (outcomes[i] === 'ok') expect((await client.fetch(path)).content.equals(content)).toBe(true);
    }
  });

  test.for([
    { what: 'with what is kept for the database left', left: 3 * MIB },
    { what: 'with nothing left', left: 0 },
  ])('full of what others wrote, $what', async ({ left }) => {
    const { stream } = await client.open('under way', { size: KEPT.length });
    await client.data(stream, 0, KEPT.subarray(0, MIB));
    await disk.fill(left);
    for (let time = 0; time < 2; time++) {
      expect(await outcomeOfRequest(client.put(`${time}`, Buffer.from('x')))).toBe('disk-full');
      expect(await outcomeOfRequest(client.upload(`large ${time}`, KEPT))).toBe('disk-full');
    }
    const puts = Array.from({ length: 200 }, (_, i) =>
      outcomeOfRequest(client.put(`many/${i}`, CHUNK.subarray(0, 60_000))),
    );
    expect(new Set(await Promise.all(puts))).toEqual(new Set(['disk-full']));
    expect((await client.fetch('kept/large')).content.equals(KEPT), 'reading goes on').toBe(true);
    await client.data(stream, MIB, KEPT.subarray(MIB));
    expect(await outcomeOfRequest(client.commit(stream, KEPT))).toBe('disk-full');
    await disk.unfill();
    await allIsWell();
  });

  test('small files until it is full: each is acknowledged or refused, and those that are stand', async () => {
    const content = randomBytes(60_000);
    const paths = Array.from({ length: 900 }, (_, i) => `many/${i}`);
    const outcomes: string[] = [];
    for (let at = 0; at < paths.length; at += 100) {
      const some = paths.slice(at, at + 100).map((path) => outcomeOfRequest(client.put(path, content)));
      outcomes.push(...(await Promise.all(some)));
    }
    expect(outcomes.filter((outcome) => outcome !== 'ok' && outcome !== 'disk-full')).toEqual([]);
    expect(outcomes).toContain('disk-full');
    const stored = paths.filter((_, i) => outcomes[i] === 'ok');
    expect(stored.length).toBeGreaterThan(100);
    checkChain(client.receipts);
    await server.stop();
    await server.again();
    const { stdout } = await sesamed(['files', 'verify', '--data-dir', server.dataDir]);
    expect(stdout).toBe('');
  });
});
