// What `sesame put` does when not every file can be sent, or none, and what it ends with.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleBytes, type Run } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { RunningServer } from '../support/running-server.ts';
import { filesBelow } from '../support/stored-files.ts';
import { revoke } from '../support/v4-enrolment.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';

let server: RunningServer;
/** Keeps what it has, and takes no large files. */
let strict: RunningServer;
beforeAll(async () => {
  [server, strict] = await Promise.all([
    RunningServer.start(),
    RunningServer.start('--conflict', 'refuse', '--max-upload', '150K'),
  ]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
});

const CONTENT = sampleBytes(100_000);

describe('files that cannot be sent', () => {
  test('among others: each with its reason, the others arrive, exit code 23', async () => {
    await using folder = await V4Folder.joined(server, 'mixed');
    const good = new Map(['first', 'last', 'd/in folder'].map((name, i) => [name, sampleBytes(5000, i)]));
    await folder.writeAll(good);
    await folder.write('CON', 'a name that not every system takes');
    await mkdir(folder.at('folder'));
    execFileSync('mkfifo', [folder.at('fifo')]);
    const bad = ['missing', 'folder', 'fifo', 'first/below', 'CON'];
    const { code, events, failed } = await folder.json('put', 'first', ...bad, 'last', 'd/in folder');
    expect(code).toBe(23);
    const codes = new Map(events.map(({ path, code: why }) => [path, why]));
    expect(bad.map((name) => codes.get(name))).toEqual([
      'not-found',
      'not-regular',
      'not-regular',
      'io',
      'bad-name',
    ]);
    expect(failed.toSorted()).toEqual(bad.toSorted());
    const stored = [...good].map(([name, content]) => [name.replace('d/', ''), content] as const);
    await allStored(server, 'mixed', new Map(stored));
  });

  test('and none that can: 3 where they are missing', async () => {
    await using folder = await V4Folder.joined(server, 'missing');
    const { code, stderr } = await folder.sesame('put', 'missing', 'missing too');
    expect(code).toBe(3);
    expect(stderr).toContain('✗ missing too: No such file or directory');
  });

  test('a folder without -r: how to send it, and not 0', async () => {
    await using folder = await V4Folder.joined(server, 'no -r');
    await folder.write('d/f', CONTENT);
    const { code, stderr } = await folder.sesame('put', 'd');
    expect(code).toBe(23);
    expect(stderr).toContain('-r');
  });
});

describe('where another version stands', () => {
  const OLD = new Map([
    ['small', Buffer.from('one')],
    ['large', sampleBytes(100_000, 1)],
  ]);
  const NEW = new Map([
    ['small', Buffer.from('two')],
    ['large', CONTENT],
  ]);

  /** Two versions of two files, and other files with the second: how that goes, and what lies there afterwards. */
  async function putTwice(
    server: RunningServer,
    name: string,
    ...others: string[]
  ): Promise<{ run: Run; stored: string[] }> {
    await using folder = await V4Folder.joined(server, name);
    await folder.writeAll(OLD);
    for (const again of ['new', 'the same again']) {
      expect((await folder.sesame('put', ...OLD.keys())).code, again).toBe(0);
    }
    await folder.writeAll(NEW);
    for (const other of others) await folder.write(other, 'other');
    const run = await folder.json('put', ...NEW.keys(), ...others);
    await allStored(server, name, run.failed.length > 0 ? OLD : NEW);
    return { run, stored: await filesBelow(server.file(name)) };
  }

  test('--conflict replace', async () => {
    const { run, stored } = await putTwice(server, 'replacing');
    expect(run.code, run.stderr).toBe(0);
    expect(stored).toEqual(['large', 'small']);
  });

  test('--conflict version keeps it beside', async () => {
    await using keeping = await RunningServer.start('--conflict', 'version');
    const { run, stored } = await putTwice(keeping, 'keeping');
    expect(run.code, run.stderr).toBe(0);
    expect(stored).toEqual(['large', 'large.~1~', 'small', 'small.~1~']);
    expect((await readFile(keeping.file('keeping', 'small.~1~'))).toString()).toBe('one');
  });

  test('--conflict refuse: exit code 6 where all were refused', async () => {
    const { run, stored } = await putTwice(strict, 'refused');
    expect(run.code, run.stderr).toBe(6);
    expect(run.failed.toSorted()).toEqual(['large', 'small']);
    const refusals = run.events.filter(({ status }) => status === 'failed');
    expect(refusals).toMatchObject(
      refusals.map(() => ({ code: 'refused', refused: true, left_over: false })),
    );
    expect(stored).toEqual(['large', 'small']);
  });

  test('--conflict refuse: exit code 23 where others were not', async () => {
    const { run } = await putTwice(strict, 'partly refused', 'other');
    expect(run.code, run.stderr).toBe(23);
    expect(run.acknowledged).toEqual(['other']);
  });
});

describe('a run that cannot go on', () => {
  test('not enrolled: exit code 3, and how to enroll', async () => {
    await using folder = await V4Folder.fresh();
    await folder.write('f', CONTENT);
    const { code, stderr } = await folder.sesame('put', 'f');
    expect(code).toBe(3);
    expect(stderr).toContain('sesame enroll');
  });

  test('where nobody listens: exit code 5 after the retries', async () => {
    await using folder = await V4Folder.joined(server, 'alone');
    await folder.write('f', CONTENT);
    const port = `${await freePort()}`;
    const { code, events, failed } = await folder.json('put', 'f', '--port', port, '--retries', '2');
    expect(code).toBe(5);
    expect(failed).toEqual(['f']);
    expect(events.filter(({ event }) => event === 'retry')).toMatchObject([
      { code: 'connect', attempt: 1, of: 2 },
      { code: 'connect', attempt: 2, of: 2 },
    ]);
    expect(events.at(-1)).toMatchObject({ event: 'summary', acknowledged: 0, failed: 1, exit: 5 });
  });

  test('revoked: exit code 6 at once, whatever the retries', async () => {
    await using folder = await V4Folder.joined(server, 'revoked');
    await folder.write('f', CONTENT);
    await revoke(server, 'revoked');
    const { code, events } = await folder.json('put', 'f');
    expect(code).toBe(6);
    expect(events.map(({ event }) => event)).not.toContain('retry');
    expect(events).toContainEqual(expect.objectContaining({ event: 'error', code: 'revoked' }));
    expect(await filesBelow(server.file('revoked'))).toEqual([]);
  });

  test('revoked in the middle of an upload: exit code 6', async () => {
    await using folder = await V4Folder.joined(server, 'shut out');
    await folder.write('f', sampleBytes(2_000_000));
    await using put = folder.program(['put', '--json', '--bwlimit', '200K', 'f']);
    await put.says('that it is connected', () => put.stdout.includes('connected'));
    await revoke(server, 'shut out');
    const { code, stdout } = await put.ended;
    expect(code, stdout).toBe(6);
    expect(await filesBelow(server.file('shut out'))).toEqual([]);
  });

  test('another server than the one it belongs to: exit code 7, and not a byte of it is sent', async () => {
    await using folder = await V4Folder.joined(server, 'faithful');
    await folder.write('f', CONTENT);
    const { code, stderr, failed } = await folder.json('put', 'f', '--port', `${strict.port}`);
    expect(code).toBe(7);
    expect(stderr).toContain('is not the server that this client knows');
    expect(failed).toEqual(['f']);
    expect(await filesBelow(strict.file('faithful'))).toEqual([]);
  });

  test('files larger than the server takes: exit code 6, and the others arrive', async () => {
    await using folder = await V4Folder.joined(strict, 'too large');
    await folder.write('exact', sampleBytes(150 * 1024));
    await folder.write('over', sampleBytes(150 * 1024 + 1));
    await folder.writeSparse('sparse', 2 ** 40);
    expect((await folder.sesame('put', 'over', 'sparse')).code).toBe(6);
    const { code, acknowledged } = await folder.json('put', 'over', 'exact', 'sparse');
    expect(code).toBe(23);
    expect(acknowledged).toEqual(['exact']);
  });
});
