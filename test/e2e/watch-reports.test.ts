// What waits on a machine (docs/FLEET.md 3): 1112, and where the operator sees it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClientList } from '../../src/gateway/client-types.ts';
import { sesamed } from '../support/sesamed.ts';
import { V4Client } from '../support/v4-client.ts';
import { revoke } from '../support/v4-enrolment.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { v4Payload, V4_REQUEST, type WaitingFacts } from '../support/v4-frames.ts';
import { until } from '../support/waiting.ts';
import { type SignedIn, WebServer } from '../support/web.ts';

let web: WebServer;
let ada: SignedIn;
beforeAll(async () => {
  web = await WebServer.start();
  ada = await web.operator();
});
afterAll(() => web[Symbol.asyncDispose]());

const FACTS: WaitingFacts = { files: 3, bytes: 4096, failing: 1, oldest: 1n, why: 'over-quota' };
const NANOSECONDS = 1_000_000n;

async function tell(client: V4Client, facts: Partial<WaitingFacts> = {}): Promise<void> {
  const stream = client.newStream();
  await client.request(V4_REQUEST.waiting, v4Payload.waiting(stream, { ...FACTS, ...facts }));
  await client.next(stream, 'done');
}

async function watchOf(name: string) {
  const { clients } = await ada.json<ClientList>('/api/clients');
  return clients.find((client) => client.name === name)?.watch;
}

const listed = (...args: string[]) => sesamed(['clients', 'ls', ...args, '--data-dir', web.server.dataDir]);

test('the server says that it takes reports; the newest is shown by clients ls and the API, with its age', async () => {
  using client = await V4Client.joined(web.server.port, 'watcher');
  expect(client.welcome.takesWaiting).toBe(true);
  expect(await watchOf('watcher'), 'before it told').toBeNull();
  const since = Date.now();
  await tell(client, { oldest: BigInt(since) * NANOSECONDS + 1234n });
  const watch = {
    ...{ files: 3, bytes: 4096, failing: 1, why: 'over-quota' },
    ...{ oldest: new Date(since).toISOString(), reported: expect.stringMatching(/Z$/) as string },
  };
  expect(await watchOf('watcher')).toEqual(watch);
  expect(JSON.parse((await listed('--json')).stdout)).toMatchObject([{ name: 'watcher', watch }]);
  const { stdout } = await listed();
  expect(stdout).toMatch(/WAITING/);
  expect(stdout).toMatch(/3 files, 4\.0 KiB, 1 failing \(\d+ s ago\)/);
  expect(stdout).toContain('watcher: over-quota');
  const metrics = (await web.ask('/metrics')).text;
  for (const line of [
    'sesame_watch_clients 1',
    'sesame_watch_files 3',
    'sesame_watch_bytes 4096',
    'sesame_watch_failing_clients 1',
    'sesame_watch_silent_clients 0',
    'sesame_join_requests 0',
  ]) {
    expect(metrics).toContain(`${line}\n`);
  }
  expect(metrics).toMatch(/^sesame_watch_oldest_seconds \d/m);
  expect(metrics).toMatch(/^sesame_watch_oldest_report_seconds \d/m);
});

test('many at once are one write, and the last wins; it outlives a restart', async () => {
  using client = await V4Client.joined(web.server.port, 'flooder');
  await Promise.all(Array.from({ length: 1000 }, (_, i) => tell(client, { files: 2000 + i })));
  expect((await watchOf('flooder'))?.files, 'the first is there at once').toBe(2000);
  await until('the last', async () => (await watchOf('flooder'))?.files === 2999, 20_000);
});

test('a machine whose clock stands at 1970 has not waited since then; more may fail there than wait', async () => {
  using client = await V4Client.joined(web.server.port, 'seventies');
  const before = Date.now();
  await tell(client, { files: 0, failing: 4, oldest: 5n * 3_600_000n * NANOSECONDS, why: 'in: missing' });
  expect(Date.parse((await watchOf('seventies'))?.oldest ?? '')).toBeGreaterThanOrEqual(before);
  expect((await listed()).stdout).toMatch(/nothing, 4 failing \(\d+ s ago\)/);
});

test('a report goes with the client that is revoked, also one that was not written yet', async () => {
  using client = await V4Client.joined(web.server.port, 'revoked');
  await tell(client, { files: 1 });
  await tell(client, { files: 2 });
  await revoke(web.server, 'revoked');
  expect(await watchOf('revoked')).toBeNull();
  const written = await V4Client.joined(web.server.port, 'after');
  await tell(written, { files: 1 });
  await tell(written, { files: 2 });
  await until('what waited has been written', async () => (await watchOf('after'))?.files === 2, 20_000);
  expect(await watchOf('revoked')).toBeNull();
  written[Symbol.dispose]();
});

test('the words of a failure are data: kept as they are, escaped where they are shown', async () => {
  using client = await V4Client.joined(web.server.port, 'hostile');
  const why = '\u001b[2J\u202Egpj\u009b\r\nforged: line';
  await tell(client, { why });
  expect((await watchOf('hostile'))?.why).toBe(why);
  const { stdout } = await listed();
  expect(stdout).toContain('hostile: \\u{1b}[2J\\u{202e}gpj\\u{9b}\\u{d}\\u{a}forged: line');
  expect(stdout).not.toMatch(/[\u001b\u202e\u009b]/u);
});

test.for([
  ['not UTF-8', { why: Buffer.of(0x64, 0xff) }],
  ['a NUL', { why: 'a\0b' }],
  ['before 1970', { oldest: -1n }],
] as const)('%s: malformed, and the connection is closed', async ([, facts]) => {
  using client = await V4Client.joined(web.server.port, `liar ${Math.random()}`);
  await tell(client, facts).catch(() => undefined);
  expect((await client.over)?.error).toBe('malformed');
});

test('before the welcome, on a used stream or on stream 0 it is refused', async () => {
  using stranger = await V4Client.connect(web.server.port);
  await stranger.request(V4_REQUEST.waiting, v4Payload.waiting(1, FACTS));
  expect((await stranger.over)?.error).toBe('not-joined');
  using client = await V4Client.joined(web.server.port, 'streams');
  const { stream } = await client.open('f');
  await client.request(V4_REQUEST.waiting, v4Payload.waiting(stream, FACTS));
  expect((await client.over)?.error).toBe('bad-stream');
  using zero = await V4Client.joined(web.server.port, 'zero');
  await zero.request(V4_REQUEST.waiting, v4Payload.waiting(0, FACTS));
  expect((await zero.over)?.error).toBe('bad-stream');
  expect(await outcomeOfRequest(tell(await V4Client.back(web.server.port, client.identity)))).toBe('ok');
});
