// SIGINT and SIGTERM in the middle of an upload, cuts on the way, and the run after that: it goes on where that one stopped.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FlakyProxy } from '../support/flaky-proxy.ts';
import { runOf, sampleBytes } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import type { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';

const MB = 1_000_000;
const CONTENT = sampleBytes(6 * MB);
/** Slow enough for a signal to come before the end, on any machine. */
const SLOWLY = ['--bwlimit', '1M'];

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Resolves when a good part of an upload must have been taken; the rest lasts for seconds. */
async function wellUnderWay(put: Program): Promise<void> {
  const percent = (): number => Number(/(\d+)%(?!.*%)/s.exec(put.stderr)?.[1] ?? 0);
  await put.says('a fifth of it was sent', () => percent() >= 20);
}

test.for([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s: exit code %d, and the next run sends the rest alone', async ([signal, exit]) => {
  await using folder = await V4Folder.joined(server, signal);
  const files = new Map([['large', CONTENT]]);
  await folder.writeAll(files);
  await using put = folder.program(['put', '--json', '--progress', ...SLOWLY, 'large']);
  await wellUnderWay(put);
  const run = runOf(await put.stop(signal));
  expect(run.code, run.stderr).toBe(exit);
  expect(run.failed, 'never called acknowledged').toEqual(['large']);
  expect(run.events.at(-1)).toMatchObject({ event: 'summary', acknowledged: 0, failed: 1, exit });

  const next = await folder.json('put', 'large');
  expect(next.code, next.stderr).toBe(0);
  await allStored(server, signal, files);
  expect(next.events.at(-1)?.bytes_sent, 'in the next run').toBeLessThan(5.5 * MB);
  expect(await folder.receiptLines()).toHaveLength(1);
});

test.for([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while it waits for a server: exit code %d at once', async ([signal, exit]) => {
  await using folder = await V4Folder.joined(server, `waiting ${signal}`);
  await folder.write('f', 'content');
  await using put = folder.program(['put', '--json', '--retries', '1000', '--server', '127.0.0.1:9', 'f']);
  await put.says('it tries again', () => put.stdout.includes('"retry"'));
  expect((await put.stop(signal)).code).toBe(exit);
});

describe('the connection is cut', () => {
  const content = CONTENT.subarray(0, 3 * MB);
  const cutOnce = (): Promise<FlakyProxy> =>
    FlakyProxy.cutting(
      () => server.port,
      (connection) => (connection === 0 ? { direction: 'up', after: 2 * MB, how: 'reset' } : undefined),
    );

  test('in the middle of an upload: the same run goes on, and sends little twice', async () => {
    await using folder = await V4Folder.joined(server, 'cut');
    await folder.write('large', content);
    await using proxy = await cutOnce();
    const { code, events, stderr } = await folder.json(
      'put',
      'large',
      '--port',
      `${proxy.port}`,
      '--bwlimit',
      '2M',
    );
    expect(code, stderr).toBe(0);
    expect(proxy.cuts).toBe(1);
    expect(events.map(({ event }) => event)).toContain('retry');
    expect(events.at(-1)?.bytes_sent).toBeLessThan(4.5 * MB);
    await allStored(server, 'cut', new Map([['large', content]]));
  });

  test('in the middle of standard input, which nobody can read twice', async () => {
    await using folder = await V4Folder.joined(server, 'pipe');
    await using proxy = await cutOnce();
    const args = ['put', '-', '--as', 'piped', '--port', `${proxy.port}`];
    const { code, stderr } = await folder.sesameWith({ input: content }, ...args);
    expect(code, stderr).toBe(0);
    expect(proxy.cuts).toBe(1);
    await allStored(server, 'pipe', new Map([['piped', content]]));
  });

  test('and the server is killed and started again: what was acknowledged is not sent again', async () => {
    const port = `${await freePort()}`;
    await using restarted = await RunningServer.start('--port', port);
    await using folder = await V4Folder.joined(restarted, 'patient');
    const files = new Map(['a', 'b', 'c'].map((name, i) => [name, sampleBytes(MB, i)]));
    await folder.writeAll(files);
    await using put = folder.program([
      'put',
      '--json',
      '--retries',
      '50',
      '--bwlimit',
      '2M',
      ...files.keys(),
    ]);
    await put.says('a first receipt', () => put.stdout.includes('"acknowledged"'));
    await restarted.stop('SIGKILL');
    await restarted.again('--port', port);
    const { code, events, stderr } = runOf(await put.ended);
    expect(code, stderr).toBe(0);
    const acknowledged = events.filter(({ event, status }) => event === 'file' && status === 'acknowledged');
    expect(acknowledged.map(({ path }) => path).sort()).toEqual([...files.keys()]);
    await allStored(restarted, 'patient', files);
    expect(await folder.receiptLines()).toHaveLength(files.size);
  });
});
