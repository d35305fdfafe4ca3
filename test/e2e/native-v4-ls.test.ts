// `sesame ls` and `sesame status`: what the server has of this client, and who the two are to each other.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleBytes, SESAME } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { Program, type Ending } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { enrol, revoke } from '../support/v4-enrolment.ts';
import { V4Folder } from '../support/v4-folder.ts';

const FACTS = { mtime: Date.UTC(2026, 0, 2, 3, 4, 5), mode: 0o640 };

let server: RunningServer;
let client: V4Folder;
beforeAll(async () => {
  server = await RunningServer.start();
  client = await V4Folder.joined(server, 'lister');
  const names = ['top', 'd/e/f', 'd/red \x1b[31m', 'd!/x', 'd0'];
  for (const name of names) {
    await client.write(name, sampleBytes(1234));
    await client.setFacts(name, FACTS);
  }
  await client.setFacts('d/e', { ...FACTS, mode: 0o751 });
  // One after the other, so that the numbers of the receipts are known.
  for (const name of ['top', 'd', 'd!', 'd0']) {
    const { code, stderr } = await client.sesame('put', '-r', name);
    expect(code, stderr).toBe(0);
  }
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('ls', () => {
  async function lines(...args: string[]): Promise<string[]> {
    const { code, stdout, stderr } = await client.sesame('ls', ...args);
    expect(code, stderr).toBe(0);
    return stdout.split('\n').slice(0, -1);
  }

  /** `$0` is the client. */
  function shell(script: string): Promise<Ending> {
    return Program.run('sh', ['-c', script, SESAME], { cwd: client.path, env: client.places });
  }

  test('what is directly there, folders with a slash', async () => {
    expect((await lines()).sort()).toEqual(['d!/', 'd/', 'd0', 'top']);
    expect((await lines('d')).sort()).toEqual(['e/', 'red \\x1b[31m']);
    expect(await lines('d/')).toEqual(await lines('d'));
    expect(await lines('d/e/f'), 'a file').toEqual(['d/e/f']);
  });

  test('-r: all that is below, with whole paths', async () => {
    const all = ['d!/', 'd!/x', 'd/', 'd/e/', 'd/e/f', 'd/red \\x1b[31m', 'd0', 'top'];
    expect((await lines('-r')).sort()).toEqual(all);
    expect((await lines('-r', 'd')).sort()).toEqual(all.slice(2, 6));
  });

  test('-l: mode, size, time in UTC, number of the receipt, name', async () => {
    expect(await lines('-l', 'top')).toEqual([
      expect.stringMatching(/^-rw-r----- +1234 +2026-01-02 03:04:05 +#1 +top$/),
    ]);
    expect((await lines('-l', 'd'))[0]).toMatch(/^drwxr-x--x +- +2026-01-02 03:04:05 +- +e\/$/);
  });

  test('--json: an entry a line, names as they are, and a summary', async () => {
    const { code, events } = await client.json('ls', '-r', 'd');
    expect(code).toBe(0);
    expect(events.map(({ path }) => path)).toEqual(['d', 'd/e', 'd/e/f', 'd/red \x1b[31m', undefined]);
    expect(events[2]).toEqual({
      event: 'entry',
      type: 'file',
      path: 'd/e/f',
      size: 1234,
      mtime_ns: FACTS.mtime * 1_000_000,
      mode: FACTS.mode,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      seq: expect.any(Number) as unknown,
    });
    expect(events.at(-1)).toEqual({ event: 'summary', entries: 4, bytes: 2468, exit: 0 });
  });

  test('more than a page of the server holds', async () => {
    await using folder = await V4Folder.joined(server, 'many');
    const names = Array.from({ length: 1100 }, (_, i) => `many/${i}`);
    await folder.writeAll(new Map(names.map((name) => [name, Buffer.from(name)])));
    expect((await folder.sesame('put', '-r', 'many')).code).toBe(0);
    const listed = await folder.json('ls', 'many');
    expect(listed.events.slice(0, -1).map(({ path = '' }) => path)).toEqual(names.sort());
  });

  test('onto a full disk: exit code 1, for half a list is none; a reader who leaves is not told', async () => {
    for (const args of ['ls', 'ls -r --json', 'status']) {
      const { code, stderr } = await shell(`"$0" ${args} > /dev/full`);
      expect(code, args).toBe(1);
      expect(stderr).toContain('output');
    }
    expect((await shell('"$0" ls -r | true')).stderr).toBe('');
  });

  test('nothing at all: no line; nothing there: exit code 3; no path: 2', async () => {
    await using folder = await V4Folder.joined(server, 'empty');
    expect(await folder.sesame('ls')).toMatchObject({ code: 0, stdout: '' });
    expect((await folder.sesame('ls', 'top')).code, "another client's").toBe(3);
    expect((await folder.sesame('ls', '../lister')).code).toBe(2);
    const { events } = await folder.json('ls', 'nothing');
    expect(events).toMatchObject([
      { event: 'error', code: 'not-found' },
      { event: 'summary', exit: 3 },
    ]);
  });
});

describe('status', () => {
  test('says who this is, whose it is, and that the server answers', async () => {
    const { pin } = await enrol(server, 'whatever');
    const { code, events } = await client.json('status');
    expect(code).toBe(0);
    expect(events).toMatchObject([
      {
        event: 'status',
        client: 'lister',
        server: `127.0.0.1:${server.port}`,
        pin,
        receipts_kept: 5,
        receipts: await client.receiptLog(),
        reachable: true,
        last_receipt: 5,
        write_only: false,
        exit: 0,
      },
    ]);
    const { stdout } = await client.sesame('status');
    for (const fact of ['lister', pin, `127.0.0.1:${server.port}`, '5 kept']) expect(stdout).toContain(fact);
  });

  test('--offline asks nobody', async () => {
    const port = `${await freePort()}`;
    const { code, stdout } = await client.sesame('status', '--offline', '--port', port);
    expect(code).toBe(0);
    expect(stdout).toContain('not asked');
  });

  test('of a client that may only write', async () => {
    await using writer = await V4Folder.joined(server, 'writer', { writeOnly: true });
    expect((await writer.json('status')).events).toMatchObject([{ write_only: true, last_receipt: 0 }]);
  });

  test('nobody answers: exit code 5; another server: 7; not enrolled: 3', async () => {
    await using other = await RunningServer.start();
    await using stranger = await V4Folder.fresh();
    const gone = await client.json('status', '--retries', '0', '--port', `${await freePort()}`);
    expect(gone.code).toBe(5);
    expect(gone.events).toMatchObject([{ client: 'lister', reachable: false, code: 'connect', exit: 5 }]);
    expect((await client.sesame('status', '--port', `${other.port}`)).code).toBe(7);
    expect((await stranger.sesame('status')).code).toBe(3);
  });

  test('revoked: exit code 6, and who it was', async () => {
    await using folder = await V4Folder.joined(server, 'revoked');
    await revoke(server, 'revoked');
    const { code, stdout } = await folder.sesame('status');
    expect(code).toBe(6);
    expect(stdout).toMatch(/^client +revoked$/m);
    expect(stdout).toMatch(/^reachable +no: .*revoked/m);
  });
});
