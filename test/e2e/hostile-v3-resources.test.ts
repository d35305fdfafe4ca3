// Floods, a full disk, and a process that is killed: nothing acknowledged is lost, and others go on.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { HonestSession } from '../support/honest-session.ts';
import { RunningServer } from '../support/running-server.ts';
import { encrypt } from '../support/v3-cryptography.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { until } from '../support/waiting.ts';

const CONTENT = Buffer.from('content');

function clientOf(server: RunningServer, name: string): SimulatedClient {
  return new SimulatedClient(() => server.port, name);
}

function crcOk(client: SimulatedClient, name: string): Buffer {
  return request(REQUEST.crcOk, nameField(name), { id: client.id });
}

describe('floods', () => {
  test('500 connections with half a header each', async () => {
    await using server = await RunningServer.start();
    const honest = await HonestSession.start(server);
    const half = crcOk(await clientOf(server, 'flood').enrol(), 'f').subarray(0, 12);
    const slow = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const connection = await V3Connection.open(server.port);
        await connection.send(half);
        return connection;
      }),
    );
    using late = await clientOf(server, 'late').enrol();
    expect((await late.sendFile('f', CONTENT)).outcome).toBe('verified');
    for (const connection of slow) connection[Symbol.dispose]();
    expect((await honest.stop()).slowest).toBeLessThan(3000);
    expect(server.running).toBe(true);
  });

  test('1,000 connections that are reset at once, and 500 registrations at once', async () => {
    await using server = await RunningServer.start();
    const honest = await HonestSession.start(server);
    for (let round = 0; round < 10; round++) {
      const connections = await Promise.all(
        Array.from({ length: 100 }, () => V3Connection.open(server.port)),
      );
      for (const connection of connections) connection.reset();
    }
    const codes = await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        using connection = await V3Connection.open(server.port);
        await connection.send(request(REQUEST.register, nameField(`new ${i}`)));
        return (await connection.response()).code;
      }),
    );
    expect(codes.filter((code) => code !== RESPONSE.registered && code !== RESPONSE.error)).toEqual([]);
    expect((await honest.stop()).slowest).toBeLessThan(3000);
    expect(server.running).toBe(true);
  });

  test('a peer that is gone before it is answered', async () => {
    await using server = await RunningServer.start();
    const honest = await HonestSession.start(server);
    using client = await clientOf(server, 'gone').enrol();
    const frame = client.fileRequest(nameField('f'), encrypt(client.aesKey, Buffer.alloc(50_000)));
    for (let time = 0; time < 30; time++) {
      using connection = await V3Connection.open(server.port);
      void connection.send(frame.subarray(0, time % 3 === 0 ? 20_000 : frame.length));
      connection.reset();
    }
    // The server may still come to one of those after the first try, and then that one is the newer upload.
    await until(
      'the file goes through',
      async () => (await client.sendFile('f', CONTENT)).outcome === 'verified',
    );
    await honest.stop();
    await until('nothing is left in incoming', async () => (await server.incoming()).length === 0);
  });
});

describe('a killed server', () => {
  test('keeps what was acknowledged, and what is pending', async () => {
    await using server = await RunningServer.start();
    using client = await clientOf(server, 'survivor').enrol();
    expect((await client.sendFile('verified', CONTENT)).outcome).toBe('verified');
    const pending = await client.exchange(
      client.fileRequest(nameField('pending'), encrypt(client.aesKey, CONTENT)),
    );
    expect(pending.code).toBe(RESPONSE.fileReceived);
    using half = await V3Connection.open(server.port);
    const large = client.fileRequest(nameField('half'), encrypt(client.aesKey, Buffer.alloc(500_000)));
    await half.send(large.subarray(0, 300_000));
    const key = client.aesKey;
    await server.stop('SIGKILL');
    client.close();

    await server.again();
    expect(await readFile(server.file('survivor', 'verified'))).toEqual(CONTENT);
    expect((await client.exchange(crcOk(client, 'pending'))).code, 'no reconnect between').toBe(
      RESPONSE.acknowledged,
    );
    expect(await readFile(server.file('survivor', 'pending'))).toEqual(CONTENT);
    expect((await client.exchange(crcOk(client, 'half'))).code).toBe(RESPONSE.error);
    await client.reconnect();
    expect(client.aesKey).toEqual(key);
    await until('nothing is left in incoming', async () => (await server.incoming()).length === 0);
    await expect(clientOf(server, 'survivor').register(), 'the name is taken').rejects.toThrow('got 2101');
  });

  test('at any moment: what was acknowledged is there, whole', async () => {
    await using server = await RunningServer.start();
    using client = await clientOf(server, 'unlucky').enrol();
    /** What may be found in each file: the acknowledged version and, where the last send was cut off, its own. */
    const possible = new Map<string, (Buffer | undefined)[]>();

    /** Sends files in turn until the server, which is killed `delay` ms after the seventh, is gone. */
    async function sendUntilKilled(round: number, delay: number): Promise<void> {
      let killed: Promise<unknown> = Promise.resolve();
      for (let i = 0; ; i++) {
        if (i === 7) killed = sleep(delay).then(() => server.stop('SIGKILL'));
        const name = `file ${i % 7}`;
        const content = Buffer.alloc(5000, `${round}/${i} `);
        possible.set(name, [...(possible.get(name) ?? [undefined]), content]);
        const report = await client.sendFile(name, content).catch(() => undefined);
        if (report === undefined) return await killed.then(() => undefined);
        expect(report.outcome).toBe('verified');
        possible.set(name, [content]);
      }
    }

    for (let round = 0; round < 4; round++) {
      await sendUntilKilled(round, 1 + 7 * round);
      client.close();
      await server.again();
      for (const [name, contents] of possible) {
        const stored = await readFile(server.file('unlucky', name)).catch(() => undefined);
        expect(contents, name).toContainEqual(stored);
        possible.set(name, [stored]);
      }
      await client.reconnect();
    }
    expect(possible.size).toBe(7);
  });

  test('a second server on the same data folder is refused, the first goes on', async () => {
    await using server = await RunningServer.start();
    const { code, stderr } = await RunningServer.failing('--data-dir', server.dataDir);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(server.dataDir);
    using client = await clientOf(server, 'client').enrol();
    expect((await client.sendFile('f', CONTENT)).outcome).toBe('verified');
    expect(await server.stop('SIGINT')).toBe(0);
  });
});

/** A small file system of its own, undefined where that is not allowed. */
function smallDisk(): (AsyncDisposable & { readonly path: string }) | undefined {
  const path = mkdtempSync(join(tmpdir(), 'sesame-test-disk-'));
  const remove = (): void => rmSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0700', 'none', path], { stdio: 'ignore' });
  } catch {
    remove();
    return undefined;
  }
  const unmount = async (): Promise<void> => {
    execFileSync('umount', ['--lazy', path]);
    remove();
  };
  return { path, [Symbol.asyncDispose]: unmount };
}

test('a full disk: refusals, nothing lost, and on again when there is space', async (context) => {
  await using disk = smallDisk();
  if (disk === undefined) return context.skip('no right to mount');
  await using server = await RunningServer.start('--data-dir', disk.path);
  const stored = join(disk.path, 'files', 'full', 'small');
  const incoming = async (): Promise<number> => (await readdir(join(disk.path, 'incoming'))).length;
  using client = await clientOf(server, 'full').enrol();
  expect((await client.sendFile('small', CONTENT)).outcome).toBe('verified');
  for (let time = 0; time < 3; time++) {
    const { outcome } = await client
      .sendFile('large', Buffer.alloc(30_000_000))
      .catch(() => ({ outcome: 'cut off' }));
    expect(['refused', 'cut off']).toContain(outcome);
    client.close();
    await until('the space is given back', async () => (await incoming()) === 0);
    await client.reconnect();
    expect(await readFile(stored)).toEqual(CONTENT);
  }
  expect((await client.sendFile('small', Buffer.from('again'))).outcome).toBe('verified');
  expect(await readFile(stored, 'utf8')).toBe('again');
  client.close();
  expect(await server.stop()).toBe(0);
});
