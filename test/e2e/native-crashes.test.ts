// Server, client and source file come to harm in the middle of an upload.
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientFolder, eventsOf, runOf, sampleBytes } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import type { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { notStored } from '../support/stored-files.ts';
import { until } from '../support/waiting.ts';

/** Slow enough to be caught in the middle of the large file, which takes a second and a half. */
const SLOWLY = ['--json', '--bwlimit', '1M'];
const SMALL = new Map([['small', sampleBytes(1000)]]);
const FILES = new Map([...SMALL, ['large', sampleBytes(1_500_000)], ['last', sampleBytes(2000)]]);

async function newFolder(port: number, client: string): Promise<ClientFolder> {
  const folder = await ClientFolder.create(port, client, [...FILES.keys()]);
  for (const [name, content] of FILES) await folder.write(name, content);
  return folder;
}

/** Resolves when some of the large file has come, and not all. */
async function inTheMiddle(server: RunningServer, client: Program): Promise<void> {
  await client.says('the small file is acknowledged', () =>
    eventsOf(client.stdout).some(({ path, status }) => path === 'small' && status === 'acknowledged'),
  );
  await until('the large file is coming', async () => {
    const [name] = await server.incoming();
    return name !== undefined && (await stat(join(server.dataDir, 'incoming', name))).size > 0;
  });
}

describe('a server that is killed', () => {
  test.for(['--progress', '--per-request'])(
    'and started again: the client goes on by itself, %s',
    async (flag) => {
      const port = await freePort();
      await using server = await RunningServer.start('--port', `${port}`);
      await using folder = await newFolder(port, 'patient');
      await using client = folder.start(...SLOWLY, flag);
      await inTheMiddle(server, client);
      await server.stop('SIGKILL');
      await client.says('it tries again', () =>
        eventsOf(client.stdout).some(({ event }) => event === 'retry'),
      );
      await server.again('--port', `${port}`);

      const { code, events } = runOf(await client.ended);
      expect(code).toBe(0);
      expect(events.filter(({ event }) => event === 'reconnected')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ event: 'summary', files: 3, acknowledged: 3 });
      expect(await notStored(server, 'patient', FILES)).toEqual([]);
      expect(await server.incoming()).toEqual([]);
    },
  );

  test('and does not come back: exit code 5, what was acknowledged is there', async () => {
    await using server = await RunningServer.start();
    await using folder = await newFolder(server.port, 'left alone');
    await using client = folder.start(...SLOWLY, '--retries', '1');
    await inTheMiddle(server, client);
    await server.stop('SIGKILL');
    const { code, acknowledged, failed } = runOf(await client.ended);
    expect(code).toBe(5);
    expect(acknowledged).toEqual(['small']);
    expect(failed).toEqual(['large', 'last']);
    expect(await notStored(server, 'left alone', FILES)).toEqual(['large', 'last']);
  });
});

describe('a client that is ended', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await RunningServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s: exit code %d, what was acknowledged is there', async ([signal, exitCode]) => {
    await using folder = await newFolder(server.port, signal);
    await using client = folder.start(...SLOWLY);
    await inTheMiddle(server, client);
    const { code, acknowledged, events } = runOf(await client.stop(signal));
    expect(code).toBe(exitCode);
    expect(acknowledged).toEqual(['small']);
    expect(events.at(-1)).toMatchObject({ event: 'summary', acknowledged: 1, exit: exitCode });
    expect(await notStored(server, signal, FILES)).toEqual(['large', 'last']);
    await until('what was half received is gone', async () => (await server.incoming()).length === 0);
    expect((await folder.run()).acknowledged).toEqual([...FILES.keys()]);
  });

  test.for(['SIGINT', 'SIGTERM'] as const)('by %s while it waits for a server', async (signal) => {
    await using folder = await newFolder(await freePort(), 'waiting');
    await using client = folder.start('--json');
    await client.says('it waits', () => eventsOf(client.stdout).length >= 2);
    const { code } = await client.stop(signal);
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
  });

  test('by SIGKILL, wherever it is: the next run sends everything', async () => {
    const runs = Array.from({ length: 12 }, async (_, i) => {
      const name = `killed ${i}`;
      await using folder = await newFolder(server.port, name);
      await using client = folder.start(...SLOWLY);
      await sleep(15 * i); // from before it registers to somewhere in the large file
      await client.stop('SIGKILL');
      const { code, stderr } = await folder.send();
      // Only between its 1025 and the writing of me.info is there no way back to the name.
      if (code === 6) expect(stderr).toContain('cut off while it registered');
      else expect({ code, missing: await notStored(server, name, FILES) }).toEqual({ code: 0, missing: [] });
    });
    await Promise.all(runs);
  });
});

test('a source file that shrinks while it is sent: it failed, the others are there', async () => {
  await using server = await RunningServer.start();
  await using folder = await newFolder(server.port, 'shrinking');
  await folder.writeSparse('large', 50_000_000);
  await using client = folder.start(...SLOWLY);
  await inTheMiddle(server, client);
  await truncate(folder.at('large'), 1_000_000);
  const { code, acknowledged, events } = runOf(await client.ended);
  expect(code).toBe(23);
  expect(acknowledged).toEqual(['small', 'last']);
  expect(events.find(({ path }) => path === 'large')).toMatchObject({ status: 'failed', code: 'changed' });
  expect(await notStored(server, 'shrinking', FILES)).toEqual(['large']);
  await until('what was half received is gone', async () => (await server.incoming()).length === 0);
});
