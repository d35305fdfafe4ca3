// `sesamed files verify`: what somebody did to files, receipts or chains is found, and named.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { tamper } from '../support/tampering.ts';
import { V4Client } from '../support/v4-client.ts';
import { standsThere } from '../support/v4-uploads.ts';

const RECEIPTS = '(SELECT row FROM clients WHERE name_key = ?)';

interface Verified {
  readonly code: number | null;
  readonly findings: readonly string[];
  readonly summary: unknown;
}

/** Findings as `CLIENT/PATH: PROBLEM`. */
async function verified(server: RunningServer, ...args: string[]): Promise<Verified> {
  const { code, stdout } = await sesamed([
    'files',
    'verify',
    ...args,
    '--json',
    '--data-dir',
    server.dataDir,
  ]);
  const lines = stdout.trimEnd().split('\n');
  const findings = lines.slice(0, -1).map((line) => {
    const { client, path, problem } = JSON.parse(line) as Record<string, string | null>;
    return `${client}/${path ?? ''}: ${problem}`;
  });
  return { code, findings, summary: JSON.parse(lines.at(-1) ?? '') };
}

let server: RunningServer;
let alice: V4Client;

beforeEach(async () => {
  server = await RunningServer.start();
  alice = await V4Client.joined(server.port, 'Alice');
  for (const path of ['a', 'b', 'c', 'd']) await alice.put(path, Buffer.from(path));
  await alice.upload('large', randomBytes(100_000));
  await standsThere(server, alice, 'd', Buffer.from('d'));
});
afterEach(async () => {
  alice[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

test('nothing is wrong: exit code 0, with a running server and without one, for all and for one', async () => {
  using old = await new SimulatedClient(() => server.port, 'old').enrol();
  await old.sendFile('f', Buffer.from('by v3'));
  using bob = await V4Client.joined(server.port, 'bob');
  await bob.put('a', Buffer.from('of bob'));
  await bob.put('a', Buffer.from('replaced'));
  await standsThere(server, bob, 'a', Buffer.from('replaced'));
  const all = { code: 0, findings: [], summary: { files: 7, receipts: 7, findings: 0 } };
  const ofBob = { code: 0, findings: [], summary: { files: 1, receipts: 2, findings: 0 } };
  expect(await verified(server)).toEqual(all);
  expect(await verified(server, 'BOB')).toEqual(ofBob);
  await server.stop();
  expect(await verified(server)).toEqual(all);
  expect(await verified(server, 'bob')).toEqual(ofBob);
  expect((await verified(server, 'old')).summary).toEqual({ files: 1, receipts: 0, findings: 0 });
});

test('files that were changed, cut, removed, or swapped for something else', async () => {
  using old = await new SimulatedClient(() => server.port, 'old').enrol();
  await old.sendFile('f', Buffer.from('by v3'));
  await writeFile(server.file('Alice', 'a'), 'A');
  await rm(server.file('Alice', 'b'));
  await symlink('/etc/passwd', server.file('Alice', 'b'));
  await rm(server.file('Alice', 'c'));
  await rm(server.file('Alice', 'd'));
  execFileSync('mkfifo', [server.file('Alice', 'd')]);
  await truncate(server.file('Alice', 'large'), 99_999);
  await writeFile(server.file('old', 'f'), 'BY V3');
  const { code, findings, summary } = await verified(server);
  expect(code).toBe(23);
  expect(findings).toEqual([
    'Alice/a: its content has changed (SHA-256)',
    'Alice/b: is gone',
    'Alice/c: is gone',
    'Alice/d: is gone',
    'Alice/large: has 99999 bytes, 100000 were acknowledged',
    'old/f: its content has changed (CRC-32)',
  ]);
  expect(summary).toEqual({ files: 6, receipts: 5, findings: 6 });
  await server.stop();
  // Of small files that are this young, it cannot know whether the next start still has them.
  const stopped = (await verified(server, 'Alice')).findings.map((finding) => finding.split(', or waits')[0]);
  expect(stopped).toEqual(findings.slice(0, 5));
});

test('for people: one line for each finding, nothing that could steer a terminal, and a sum on stderr', async () => {
  await alice.put('\x1b[31mred', Buffer.from('red'));
  await standsThere(server, alice, '\x1b[31mred', Buffer.from('red'));
  await appendFile(server.file('Alice', '\x1b[31mred'), '!');
  const { code, stdout, stderr } = await sesamed(['files', 'verify', '--data-dir', server.dataDir]);
  expect(code).toBe(23);
  expect(stdout).toBe('Alice/\\u{1b}[31mred: has 4 bytes, 3 were acknowledged\n');
  expect(stderr).toBe('6 files and 6 receipts checked, 1 problems found\n');
});

describe('receipts', () => {
  test('one that was changed: itself, its file, and the one that names it', async () => {
    tamper(
      server,
      `UPDATE receipts SET receipt = CAST(replace(CAST(receipt AS TEXT), '"size":1', '"size":2') AS BLOB)
       WHERE seq = 2 AND client_row = ${RECEIPTS}`,
      'alice',
    );
    expect(await verified(server)).toMatchObject({
      code: 23,
      findings: [
        'Alice/b: its receipt is not signed by this server',
        'Alice/: receipt 2 is not signed by this server',
        'Alice/: receipt 3 does not follow receipt 2',
      ],
    });
  });

  test('bytes that are no receipt at all', async () => {
    tamper(server, `UPDATE receipts SET receipt = x'00ff', signature = x'00' WHERE seq = 5`);
    expect((await verified(server)).findings).toEqual([
      'Alice/large: its receipt is not signed by this server',
      'Alice/: receipt 5 is not signed by this server',
    ]);
  });

  test('one that is gone: a gap', async () => {
    tamper(server, 'DELETE FROM receipts WHERE seq = 3');
    expect(await verified(server)).toMatchObject({
      code: 23,
      findings: ['Alice/c: its receipt is gone', 'Alice/: receipt 4 does not follow receipt 2'],
      summary: { receipts: 3 },
    });
  });

  test('the newest ones gone, which leaves no gap', async () => {
    tamper(server, 'DELETE FROM receipts WHERE seq >= 4');
    expect((await verified(server)).findings).toEqual([
      'Alice/d: its receipt is gone',
      'Alice/large: its receipt is gone',
      'Alice/: receipts 4 to 5 are gone',
    ]);
  });

  test('one that another file was given', async () => {
    tamper(server, `UPDATE files SET receipt_seq = 1 WHERE path = 'b'`);
    expect((await verified(server)).findings).toEqual(['Alice/b: its receipt is for other content']);
  });

  test('a file whose receipt is gone is stored again, and is no matter of others', async () => {
    tamper(server, 'DELETE FROM receipts WHERE seq = 3');
    const sent = ['a', 'c', 'e'].map((path) => alice.put(path, Buffer.from(path)));
    const answers = await Promise.all(sent);
    expect(answers.map(({ wasThere }) => wasThere)).toEqual([true, false, false]);
    expect((await alice.fetch('c')).content.toString()).toBe('c');
    expect((await verified(server)).findings).toEqual(['Alice/: receipt 4 does not follow receipt 2']);
  });
});

test('while files come and are replaced, nothing seems wrong', { timeout: 40_000 }, async () => {
  const done = new AbortController();
  const work = (async (): Promise<void> => {
    for (let round = 0; !done.signal.aborted; round++) {
      const paths = Array.from({ length: 20 }, (_, i) => `busy/${i}`);
      await alice.putAll(paths.map((path) => [path, Buffer.from(`${round} ${path}`)]));
      await alice.upload('large', randomBytes(100_000 + round));
      await sleep(10);
    }
  })();
  const outcomes = [await verified(server), await verified(server)];
  done.abort();
  await work;
  for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 0, findings: [] });
});

test('after a crash, what waits in the journal is told from what is gone', async () => {
  // A folder where a file belongs keeps the journal from placing it.
  await alice.put('x', Buffer.from('x'));
  await standsThere(server, alice, 'x', Buffer.from('x'));
  await rm(server.file('Alice', 'x'));
  execFileSync('mkdir', ['-p', server.file('Alice', 'y', 'in the way')]);
  await alice.put('y', Buffer.from('y'));
  await server.stop('SIGKILL');
  const { code, findings } = await verified(server);
  expect(code).toBe(23);
  expect(findings).toContainEqual(
    'Alice/y: is gone, or waits in the journal: the next start of the server puts it to its place',
  );
  const get = await sesamed(['files', 'get', 'Alice', 'y', '-o', '-', '--data-dir', server.dataDir]);
  expect([get.code, get.stdout]).toEqual([5, '']);
  await rm(server.file('Alice', 'y'), { recursive: true });
  await server.again();
  const got = await sesamed(['files', 'get', 'Alice', 'y', '-o', '-', '--data-dir', server.dataDir]);
  expect([got.code, got.stdout]).toEqual([0, 'y']);
});
