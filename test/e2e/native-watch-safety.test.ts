// `sesame watch`: nothing is removed that was not sent, nothing is believed to be sent that the server has not.
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SESAME } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { CAN_HAVE_DISKS, SmallDisk } from '../support/small-disk.ts';
import { filesBelow } from '../support/stored-files.ts';
import { enrol } from '../support/v4-enrolment.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';
import { until } from '../support/waiting.ts';
import { nothingWaits, outboxOf, Watching } from '../support/watching.ts';

const LONG = 120_000;

async function watcherOf(server: RunningServer, name: string): Promise<V4Folder> {
  const folder = await V4Folder.joined(server, name);
  await mkdir(folder.at('in'));
  return folder;
}

test(
  '--remove beside a producer that moves files over one name: none vanishes unsent',
  { timeout: LONG },
  async () => {
    await using server = await RunningServer.start('--conflict', 'version');
    await using folder = await watcherOf(server, 'producer');
    await using watching = await Watching.start(folder, ['--remove', '--settle', '0.05', 'in']);
    // Each new file takes the name, and gives back what stood there: only the watcher can make one vanish.
    const producer = `
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
back = []
for i in range(400):
    open('new', 'w').write(str(i))
    if libc.renameat2(-100, b'new', -100, b'in/f', 2) == 0:
        back.append(open('new').read())
    elif libc.renameat2(-100, b'new', -100, b'in/f', 1) != 0:
        back.append(open('new').read())
    time.sleep(0.02 if i % 3 else 0.12)
print(' '.join(back))
`;
    const { code, stdout, stderr } = await Program.run('python3', ['-c', producer], {
      cwd: folder.path,
      limit: LONG,
    });
    expect(code, stderr).toBe(0);
    await until('all is sent and removed', async () => (await readdir(folder.at('in'))).length === 0, 60_000);
    await watching.stop();
    const kept = await filesBelow(server.file('producer'));
    const contents = await Promise.all(kept.map((name) => readFile(server.file('producer', name), 'utf8')));
    const safe = new Set([...contents, ...stdout.trim().split(' ')]);
    const lost = Array.from({ length: 400 }, (_, i) => String(i)).filter((content) => !safe.has(content));
    expect(lost).toEqual([]);
    expect(contents.length).toBeGreaterThan(5);
  },
);

test('--remove where renames cannot refuse to replace: it is done all the same', async () => {
  await using server = await RunningServer.start();
  await using folder = await watcherOf(server, 'no flags');
  await folder.write('in/d/f', 'a');
  const line = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=renameat2:error=EINVAL'];
  const args = ['watch', '--once', '--remove', '--settle', '0.1', 'in'];
  await using program = folder.programBy(line, args);
  const { code, stderr } = await program.ended;
  expect(code, stderr).toBe(0);
  expect(await filesBelow(folder.at('in'))).toEqual([]);
  await allStored(server, 'no flags', new Map([['in/d/f', Buffer.from('a')]]));
});

test.runIf(process.getuid?.() === 0)(
  "--remove of another user's file, on which no lease is to be had: it waits, and says so",
  async () => {
    await using server = await RunningServer.start();
    await using folder = await watcherOf(server, 'no leases');
    await folder.write('in/f', 'a');
    execFileSync('chown', ['nobody', folder.at('in/f')]);
    // Root without CAP_LEASE is as another user.
    const line = ['setpriv', '--bounding-set', '-lease', '--'];
    const args = ['watch', '--json', '-v', '--remove', '--settle', '0.1', 'in'];
    await using watching = new Watching(folder.programBy(line, args));
    await watching.says('no leases', ({ event }) => (event as string) === 'no-leases');
    await watching.sends('in/f');
    expect(await filesBelow(folder.at('in'))).toEqual(['f']);
    const { stdout } = await folder.sesame('status', '--offline');
    expect(stdout).toMatch(/no leases +on files like .*in\/f/);
  },
);

test(
  'a server restored from an older copy of its data gets what it has forgotten',
  { timeout: LONG },
  async () => {
    const port = ['--port', String(await freePort())];
    await using server = await RunningServer.start(...port);
    await using folder = await watcherOf(server, 'restored');
    await folder.write('in/old', 'a');
    expect((await folder.sesame('watch', '--once', '--settle', '0.1', 'in')).code).toBe(0);
    await server.stop();
    await cp(server.dataDir, folder.at('backup'), { recursive: true });
    await server.again(...port);
    await folder.write('in/later', 'b');
    await folder.write('in/latest', 'c');
    expect((await folder.sesame('watch', '--once', '--settle', '0.1', 'in')).code).toBe(0);
    const receipts = await folder.receiptLines();
    expect(receipts).toHaveLength(3);

    await server.stop();
    for (const name of await readdir(server.dataDir))
      await rm(join(server.dataDir, name), { recursive: true });
    await cp(folder.at('backup'), server.dataDir, { recursive: true });
    await server.again(...port);
    await folder.write('in/new', 'd');
    await using watching = await Watching.start(folder, ['in']);
    await watching.says(
      'it sees that',
      ({ event, seq, files }) => event === 'server-behind' && seq === 1 && files === 2,
    );
    for (const name of ['in/new', 'in/later', 'in/latest']) await watching.sends(name);
    await nothingWaits(folder);
    await allStored(
      server,
      'restored',
      new Map(
        ['old', 'later', 'latest', 'new'].map((name, i) => [`in/${name}`, Buffer.from('abcd'.charAt(i))]),
      ),
    );
    expect(watching.acknowledged).not.toContain('in/old');
    expect(await folder.receiptLines(), 'the receipts of now are kept, too').toHaveLength(6);
  },
);

test(
  'enrolled anew, as another client: all of it is offered again, and a watcher sees that',
  { timeout: LONG },
  async () => {
    await using server = await RunningServer.start();
    await using folder = await watcherOf(server, 'first');
    await folder.write('in/f', 'a');
    await using watching = await Watching.start(folder, ['in']);
    await watching.sends('in/f');
    const { line } = await enrol(server, 'second');
    const enrolled = await folder.sesame('enroll', '--new-key', '--replace', line);
    expect(enrolled.code, enrolled.stderr).toBe(0);
    const ended = await watching.program.ended;
    expect(ended.code, ended.stderr).toBe(5);
    expect(ended.stderr).toContain('enrolled anew');
    expect((await folder.sesame('watch', '--once', '--settle', '0.1', 'in')).code).toBe(0);
    await allStored(server, 'second', new Map([['in/f', Buffer.from('a')]]));
  },
);

test('a DIR that is not named any more: status tells of its files, and they go on when it is', async () => {
  await using server = await RunningServer.start();
  await using folder = await watcherOf(server, 'unnamed');
  await folder.write('other/f', 'a');
  const away = ['--server', '127.0.0.1:1'];
  await using before = await Watching.start(folder, ['in', 'other', ...away]);
  await until('it waits', async () => (await outboxOf(folder)).files === 1, 10_000);
  await before.stop();
  expect((await folder.sesame('watch', '--once', '--settle', '0.1', 'in')).code).toBe(0);
  expect(await outboxOf(folder)).toMatchObject({ files: 1, parked: 1, failed: 0 });
  const { stdout } = await folder.sesame('status', '--offline', '--waiting');
  expect(stdout).toMatch(/not watched +1 file of them, .*other\/f/);
  expect(stdout).toMatch(/other\/f \(1 B\), since .*, not watched/);
  expect((await folder.sesame('watch', '--once', '--settle', '0.1', 'in', 'other')).code).toBe(0);
  await allStored(server, 'unnamed', new Map([['other/f', Buffer.from('a')]]));
});

describe('where the outbox is to be', () => {
  test('a network file system is refused, and it is said what to do', async () => {
    await using server = await RunningServer.start();
    await using folder = await watcherOf(server, 'on nfs');
    const nfs = 'inject=statfs:poke_exit=@arg2=6969000000000000';
    await using program = folder.programBy(
      ['strace', '-f', '-qq', '-o', '/dev/null', '-e', nfs],
      ['watch', 'in'],
    );
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/network file system \(NFS\).*XDG_STATE_HOME/);
  });

  test.skipIf(!CAN_HAVE_DISKS)(
    'a full disk: said, and it goes on when there is room',
    { timeout: LONG },
    async () => {
      await using disk = SmallDisk.mount('4m');
      await using server = await RunningServer.start();
      await using folder = await watcherOf(server, 'full disk');
      const env = { XDG_STATE_HOME: disk.path };
      await using watching = await Watching.start(folder, ['in'], { env });
      await disk.fill(0);
      for (let i = 0; i < 300; ++i) await folder.write(`in/${i}`, String(i));
      await watching.says('it is full', ({ event, code }) => event === 'retry' && code === 'no-space');
      await disk.unfill();
      for (let i = 0; i < 300; ++i) await watching.sends(`in/${i}`);
      expect((await watching.stop()).code).toBe(143);
    },
  );
});

test('a newer outbox is left as it is: a clear word, and 1', async () => {
  await using server = await RunningServer.start();
  await using folder = await watcherOf(server, 'newer');
  expect((await folder.sesame('watch', '--once', 'in')).code).toBe(0);
  const [name = ''] = (await filesBelow(folder.at('.state/sesame/outbox'))).filter((path) =>
    path.endsWith('.db'),
  );
  const path = join(folder.at('.state/sesame/outbox'), name);
  execFileSync('python3', [
    '-c',
    `import sqlite3,sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version=2')`,
    path,
  ]);
  const { code, stderr } = await folder.sesame('watch', 'in');
  expect(code).toBe(1);
  expect(stderr).toContain('newer sesame');
  await rename(path, `${path}.kept`);
  await writeFile(folder.at('in/f'), 'x');
  expect((await folder.sesame('watch', '--once', '--settle', '0.1', 'in')).code, SESAME).toBe(0);
});
