// `sesame watch` when things go wrong: reboots, a week without a server, lost events, refusals, and what ends it.
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eventsOf, sampleBytes } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { operate } from '../support/operate.ts';
import { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { listClients, sesamed, type ListedClient } from '../support/sesamed.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { filesBelow } from '../support/stored-files.ts';
import { revoke } from '../support/v4-enrolment.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';
import { until } from '../support/waiting.ts';
import { nothingWaits, outboxOf, receiptsOf, Watching } from '../support/watching.ts';

const LONG = 240_000;

/** An enrolled client with a folder `in`. */
async function watcherOf(server: RunningServer, name: string): Promise<V4Folder> {
  const folder = await V4Folder.joined(server, name);
  await mkdir(folder.at('in'));
  return folder;
}

/** What the server was told last. */
async function watchOf(server: RunningServer, client: string): Promise<ListedClient['watch'] | undefined> {
  const clients = (await operate(server, { op: 'clients.ls' })) as ListedClient[];
  return clients.find(({ name }) => name === client)?.watch;
}

/** How often it has looked through everything. */
function looked(watching: Watching): number {
  return watching.events.filter(({ event }) => event === 'watching').length;
}

test.for([1, 2, 3])(
  'reboots of both at random moments (seed %d): everything is there, once',
  { timeout: LONG },
  async (seed) => {
    const random = seededRandom(seed);
    const port = ['--port', String(await freePort())];
    await using server = await RunningServer.start(...port);
    await using folder = await watcherOf(server, 'reboots');
    const files = new Map<string, Buffer>();
    let watching = Watching.begin(folder, ['in']);
    try {
      for (let round = 0; round < 6; ++round) {
        for (let i = 0; i < 40; ++i) {
          const size = random() < 0.1 ? 400_000 : Math.floor(random() * 3000);
          const name = `in/${round}/${i}`;
          files.set(name, sampleBytes(size, seed * 1000 + round * 100 + i));
          // Complete when it gets its name: what a kill leaves of a file is not the watcher's.
          await folder.write('half', files.get(name) ?? '');
          await mkdir(folder.at(`in/${round}`), { recursive: true });
          await rename(folder.at('half'), folder.at(name));
        }
        // The moment is what is random here, not how long something takes.
        await sleep(random() * 700);
        if (random() < 0.7) {
          await watching.stop('SIGKILL');
          watching = Watching.begin(folder, ['in']);
        }
        if (random() < 0.6) {
          await server.stop('SIGKILL');
          await server.again(...port);
        }
      }
      await nothingWaits(folder, 60_000);
      await allStored(server, 'reboots', files);
      expect(await filesBelow(server.file('reboots'))).toHaveLength(files.size);
      expect(await receiptsOf(server, 'reboots'), 'one receipt for each').toBe(files.size);
      const kept = await folder.receiptLines();
      expect(new Set(kept).size, 'and each is kept').toBe(files.size);
    } finally {
      await watching.stop('SIGKILL');
    }
  },
);

describe('a week without a server', () => {
  const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
  const NOTIFY = fileURLToPath(new URL('../support/notify-socket.py', import.meta.url));

  test('then everything arrives once, and soon', { timeout: LONG }, async () => {
    const port = ['--port', String(await freePort())];
    await using server = await RunningServer.start(...port);
    await using folder = await watcherOf(server, 'week');
    await server.stop();

    const clock = folder.at('clock');
    await writeFile(clock, '+0d\n');
    const socket = folder.at('notify');
    await using manager = new Program('python3', [NOTIFY, socket], { limit: LONG });
    await manager.says('it listens', () => manager.stdout.includes('bound'));
    // With a watchdog it wakes up every half second, and sees what time it is.
    const env = {
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      NO_FAKE_STAT: '1',
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '1000000',
    };
    await using watching = await Watching.start(folder, ['in'], { env });
    const retries = (): number => watching.events.filter(({ event }) => event === 'retry').length;
    const files = new Map<string, Buffer>();
    for (let day = 1; day <= 7; ++day) {
      files.set(`in/day-${day}`, sampleBytes(2000, day));
      await folder.writeAll(new Map([...files].slice(-1)));
      const before = retries();
      await writeFile(clock, `+${day}d\n`);
      await watching.says('it tried again', () => retries() > before);
    }
    expect(watching.acknowledged).toEqual([]);
    const away = await outboxOf(folder);
    expect(away).toMatchObject({ running: true, files: 7, failed: 0, code: 'connect' });
    expect(away.reason).toBeDefined();

    await server.again(...port);
    await writeFile(clock, '+10086m\n'); // a week and six minutes
    for (const name of files.keys()) await watching.sends(name);
    await nothingWaits(folder);
    expect((await watching.stop()).code).toBe(143);
    await allStored(server, 'week', files);
    expect(await receiptsOf(server, 'week')).toBe(7);
    expect(manager.stdout).toContain('READY=1');
    expect(manager.stdout).toContain('WATCHDOG=1');
    expect(manager.stdout).toMatch(/STATUS=7 files .* to send/);
    expect(manager.stdout).toContain('STOPPING=1');
  });
});

test('events that the kernel lost: all is looked through', { timeout: LONG }, async () => {
  await using server = await RunningServer.start();
  await using folder = await watcherOf(server, 'overflow');
  await using watching = await Watching.start(folder, ['in']);
  watching.program.kill('SIGSTOP');
  for (let i = 0; i < 9000; ++i) {
    for (const name of ['in/a', 'in/b']) closeSync(openSync(folder.at(name), 'w'));
  }
  await folder.write('in/d/late', 'found nevertheless');
  watching.program.kill('SIGCONT');
  await watching.says(
    'it looks',
    ({ event, reason }) => event === 'rescan' && reason?.includes('overflowed') === true,
  );
  await watching.sends('in/d/late');
  await folder.write('in/d/later', 'watched, too');
  await watching.sends('in/d/later');
});

test('no watches left: said once, with the command, and found by looking', { timeout: LONG }, async () => {
  await using server = await RunningServer.start();
  await using folder = await watcherOf(server, 'no watches');
  for (let i = 0; i < 6; ++i) await folder.write(`in/${i}/f`, 'x');
  // In a user namespace of its own, so that nobody else's limit changes.
  const line = ['unshare', '-Ur', 'sh', '-c', 'echo 3 >/proc/sys/user/max_inotify_watches && exec "$0" "$@"'];
  const args = ['watch', '--json', '-v', '--settle', '0.2', '--rescan', '1', 'in'];
  await using watching = new Watching(folder.programBy(line, args));
  for (let i = 0; i < 6; ++i) await watching.sends(`in/${i}/f`);
  for (let i = 0; i < 6; ++i) await folder.write(`in/${i}/g`, 'x');
  for (let i = 0; i < 6; ++i) await watching.sends(`in/${i}/g`);
  expect(watching.events.filter(({ event }) => event === 'watches-used-up')).toHaveLength(1);
  expect(watching.program.stderr).toContain('sysctl fs.inotify.max_user_watches=');
  const told = await watchOf(server, 'no watches');
  expect(told).toMatchObject({ failing: 1, why: expect.stringContaining('max_user_watches') as string });

  const raising = ['sh', '-c', 'echo 100 >/proc/sys/user/max_inotify_watches'];
  const pid = String(watching.program.pid);
  const raised = await Program.run('nsenter', ['-U', '--preserve-credentials', '-t', pid, ...raising]);
  expect(raised.code, raised.stderr).toBe(0);
  await watching.says('all is watched again', ({ event }) => event === 'watches-suffice');
  await folder.write('in/5/last', 'x');
  await watching.sends('in/5/last');
  await until('it says so', async () => (await watchOf(server, 'no watches'))?.failing === 0, 20_000);
});

test(
  'a DIR that is missing and a folder that cannot be read are told to the server',
  { timeout: LONG },
  async () => {
    await using server = await RunningServer.start();
    await using folder = await watcherOf(server, 'blind');
    await folder.write('in/shut/f', 'x');
    await chmod(folder.at('in/shut'), 0);
    await folder.write('in/first', 'x');
    const args = ['watch', '--json', '--settle', '0.2', '--rescan', '1', 'in', 'gone'];
    // Who is nobody in a user namespace reads no more than the modes of its files let it.
    await using watching = new Watching(folder.programBy(['unshare', '-U'], args));
    await watching.sends('in/first');
    await until('it is told', async () => (await watchOf(server, 'blind'))?.failing === 2, 20_000);
    expect((await watchOf(server, 'blind'))?.why).toMatch(
      /gone is missing: .*; .*in\/shut: [Pp]ermission denied$/,
    );
    const { stdout } = await sesamed(['clients', 'ls', '--data-dir', server.dataDir]);
    expect(stdout).toContain('in/shut: Permission denied');

    await chmod(folder.at('in/shut'), 0o700);
    await mkdir(folder.at('gone'));
    await watching.sends('in/shut/f');
    await watching.says('it is there', ({ event, status }) => event === 'root' && status === 'there');
    await watching.says(
      'it has looked through all',
      ({ event }) => event === 'watching',
      looked(watching) + 2,
    );
    await folder.write('gone/last', 'x');
    await watching.sends('gone/last');
    await until('it is told', async () => (await watchOf(server, 'blind'))?.failing === 0, 20_000);
  },
);

test('what is refused waits by itself, and status says why; the others go on', async () => {
  await using server = await RunningServer.start('--conflict', 'refuse');
  await using folder = await watcherOf(server, 'refused');
  await folder.write('in/taken', 'one');
  await using watching = await Watching.start(folder, ['in']);
  await watching.sends('in/taken');
  await folder.write('in/taken', 'another');
  await watching.says('it is refused', ({ status, path }) => status === 'failed' && path === 'in/taken');
  await folder.write('in/free', 'x');
  await watching.sends('in/free');
  const { stdout } = await folder.sesame('status', '--offline', '--waiting');
  expect(stdout).toMatch(/waiting +1 file, 7 B, since /);
  expect(stdout).toMatch(/failed +1 file of them; the last: .*exists/);
  expect(stdout).toMatch(/in\/taken \(7 B\), since .*, failed 1 time, again in .*exists/);
  expect(stdout).toMatch(/watcher +runs, process \d+/);
  const listed = await folder.sesame('status', '--offline', '--waiting', '--json');
  expect(eventsOf(listed.stdout)[1]).toMatchObject({
    event: 'waiting-file',
    path: 'in/taken',
    code: 'refused',
  });
});

test('a second watcher is refused, and says who has the outbox', async () => {
  await using server = await RunningServer.start();
  await using folder = await watcherOf(server, 'second');
  await using watching = await Watching.start(folder, ['in']);
  const second = await folder.sesame('watch', 'in');
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`process ${watching.program.pid}`);
  await watching.stop('SIGKILL');
  await using again = await Watching.start(folder, ['in']);
  expect((await again.stop()).code).toBe(143);
});

test('revoked: it ends with 6, what waits stays; another server in its place: it goes on trying', async () => {
  await using server = await RunningServer.start();
  await using folder = await watcherOf(server, 'revoked');
  await revoke(server, 'revoked');
  await folder.write('in/f', 'x');
  const ending = await Watching.begin(folder, ['in']).program.ended;
  expect(ending.code, ending.stderr).toBe(6);
  expect((await outboxOf(folder)).files).toBe(1);

  await using other = await RunningServer.start();
  const elsewhere = ['in', '--server', `127.0.0.1:${other.port}`];
  await using mistaken = Watching.begin(folder, elsewhere);
  await mistaken.says('it will try again', ({ code }) => code === 'identity-mismatch');
  expect(await outboxOf(folder)).toMatchObject({ running: true, files: 1, code: 'identity-mismatch' });
  expect((await mistaken.stop()).code).toBe(143);
  const once = await folder.sesame('watch', '--once', ...elsewhere);
  expect(once.code, once.stderr).toBe(7);
});

test('an outbox that is damaged is set aside, all is looked through anew, and nothing is stored twice', async () => {
  await using server = await RunningServer.start();
  await using folder = await watcherOf(server, 'damaged');
  await folder.write('in/f', 'x');
  expect((await folder.json('watch', '--once', '--settle', '0.1', 'in')).code).toBe(0);
  const [outbox = ''] = (await filesBelow(folder.at('.state/sesame/outbox'))).filter((name) =>
    name.endsWith('.db'),
  );
  const path = join(folder.at('.state/sesame/outbox'), outbox);
  await writeFile(path, sampleBytes(20_000));
  const again = await folder.json('watch', '--once', '--settle', '0.1', 'in');
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toMatch(/is damaged; it is kept as .*outbox\.db\.damaged-/);
  const kept = await filesBelow(folder.at('.state/sesame/outbox'));
  expect(kept.filter((name) => name.includes('.damaged-'))).toHaveLength(1);
  expect(again.events.find(({ event }) => event === 'file')).toMatchObject({ already_there: true });
  expect(await receiptsOf(server, 'damaged')).toBe(1);
});

test('the server hears what waits', async () => {
  await using server = await RunningServer.start('--conflict', 'refuse');
  await using folder = await watcherOf(server, 'tells');
  await folder.write('in/f', 'one');
  await using watching = await Watching.start(folder, ['in']);
  await watching.sends('in/f');
  await folder.write('in/f', 'two, refused');
  await watching.says('it is refused', ({ status }) => status === 'failed');
  await expect
    .poll(() => reportOf(server, 'tells'), { timeout: 20_000 })
    .toMatchObject({
      files: 1,
      bytes: 12,
      failing: 1,
      why: expect.stringContaining('exists') as string,
    });
});

async function reportOf(server: RunningServer, client: string): Promise<unknown> {
  const listed = await listClients(server.dataDir);
  return listed.find(({ name }) => name === client)?.watch;
}
