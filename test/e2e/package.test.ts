// The client's Debian package, as people get it: put on a machine of its own, used, and taken away again.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownArchitecture } from '../../scripts/packaging/architectures.ts';
import {
  debianPackage,
  shareArchive,
  staticProgram,
  type Artefact,
} from '../../scripts/packaging/artefacts.ts';
import { makeShare } from '../../scripts/packaging/share.ts';
import { wrongSizes } from '../../scripts/packaging/sizes.ts';
import { currentVersion } from '../../scripts/packaging/version.ts';
import { rendered } from '../support/man.ts';
import { CAN_HAVE_NAMESPACES } from '../support/network-namespace.ts';
import { sampleBytes } from '../support/native-client.ts';
import { Program } from '../support/program.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { offers } from '../support/shells.ts';
import { filesBelow } from '../support/stored-files.ts';
import { enrol } from '../support/v4-enrolment.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';

const OPERATIONS = fileURLToPath(new URL('../../docs/OPERATIONS.md', import.meta.url));

/** The numbers of 1 MiB are told apart: hashing and resuming have something to do. */
const FILES = new Map([
  ['report.pdf', sampleBytes(1 << 20)],
  ['deep/er/note.txt', Buffer.from('a note\n')],
]);

let folder: TemporaryFolder;
let server: RunningServer;
let deb: Artefact;
let alone: Artefact;

beforeAll(async () => {
  folder = await TemporaryFolder.create();
  server = await RunningServer.start();
  makeShare(currentVersion());
  deb = debianPackage(currentVersion(), ownArchitecture(), join(folder.path, 'first'));
  alone = staticProgram(currentVersion(), ownArchitecture(), join(folder.path, 'first'));
}, 120_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Joins the server with this program, under this name, and sends FILES. */
async function joinAndSend(program: string, name: string): Promise<void> {
  await using client = await V4Folder.fresh();
  await client.writeAll(FILES);
  const run = async (...args: string[]): Promise<void> => {
    const options = { cwd: client.path, env: client.places };
    const { code, stderr } = await Program.run(program, args, options);
    expect(code, `${args[0] ?? ''}: ${stderr}`).toBe(0);
  };
  await run('enroll', (await enrol(server, name)).line);
  await run('put', '-r', ...new Set([...FILES.keys()].map((path) => path.split('/')[0] ?? '')));
  await allStored(server, name, FILES);
  await run('verify', 'report.pdf');
}

/** An empty machine, as far as dpkg looks: nothing of this one's packages is known there, or touched. */
class EmptyRoot {
  readonly path = join(folder.path, 'root');

  async create(): Promise<void> {
    const admin = join(this.path, 'var/lib/dpkg');
    for (const name of ['info', 'updates', 'triggers']) await mkdir(join(admin, name), { recursive: true });
    await writeFile(join(admin, 'status'), '');
  }

  async dpkg(...args: string[]): Promise<void> {
    // What it depends on is this machine's; only as root could it be made a root of its own.
    const places = [`--root=${this.path}`, '--force-not-root', '--force-depends', '--log=/dev/null'];
    const { code, stderr } = await Program.run('dpkg', [...places, ...args]);
    expect(code, stderr).toBe(0);
  }

  /** What stands there that is not dpkg's own. */
  async files(): Promise<string[]> {
    return (await filesBelow(this.path)).filter((path) => !path.startsWith('var/lib/dpkg/')).sort();
  }
}

describe('the Debian package', () => {
  test('says what it is, and which libraries it needs', async () => {
    const { stdout } = await Program.run('dpkg-deb', ['-I', deb.path]);
    expect(stdout).toMatch(/^ Package: sesame$/m);
    expect(stdout).toMatch(/^ Version: 0\.1\.0$/m);
    for (const library of ['libc6', 'libssl3', 'libdeflate0', 'libstdc++6'])
      expect(stdout).toMatch(new RegExp(`^ Depends: .*${library.replaceAll('+', '\\+')} \\(>= `, 'm'));
  });

  test('belongs to root, and nobody else may write what is in it', async () => {
    const { stdout } = await Program.run('dpkg-deb', ['-c', deb.path]);
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !/^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) root\/root /.test(line))).toEqual([]);
  });

  test('is the same, byte for byte, when it is made again', async () => {
    makeShare(currentVersion());
    const again = debianPackage(currentVersion(), ownArchitecture(), join(folder.path, 'second'));
    expect((await readFile(again.path)).equals(await readFile(deb.path))).toBe(true);
    const archives = ['first', 'second'].map((name) =>
      shareArchive(currentVersion(), join(folder.path, name)),
    );
    const [one, other] = await Promise.all(archives.map(({ path }) => readFile(path)));
    expect(one && other?.equals(one)).toBe(true);
  });

  test('is installed, used, and removed without a trace', async () => {
    const root = new EmptyRoot();
    await root.create();
    await root.dpkg('-i', deb.path);
    const installed = await root.files();
    expect(installed).toEqual(
      expect.arrayContaining([
        'usr/bin/sesame',
        'usr/lib/systemd/system/sesame-watch@.service',
        'usr/lib/systemd/user/sesame-watch.service',
        'usr/share/doc/sesame/changelog.gz',
        'usr/share/doc/sesame/copyright',
        'usr/share/man/man1/sesame-put.1.gz',
        'usr/share/man/man1/sesame.1.gz',
        'usr/share/fish/vendor_completions.d/sesame.fish',
        'usr/share/zsh/vendor-completions/_sesame',
      ]),
    );

    await joinAndSend(join(root.path, 'usr/bin/sesame'), 'packaged');

    expect(await rendered(join(root.path, 'usr/share/man/man1/sesame-put.1.gz'))).toContain('EXIT STATUS');
    const completion = join(root.path, 'usr/share/bash-completion/completions/sesame');
    const line = 'sesame enr';
    expect((await offers('bash', completion, folder.path, [line])).get(line)).toEqual(['enroll']);

    await root.dpkg('--purge', 'sesame');
    expect(await root.files()).toEqual([]);
    expect(existsSync(join(root.path, 'usr'))).toBe(false);
  });
});

describe('the static program', () => {
  test('needs no library, and is loaded at an address of its own each time', async () => {
    const { stdout } = await Program.run('readelf', ['-W', '-d', '-l', alone.path]);
    expect(stdout).not.toContain('NEEDED');
    expect(stdout).not.toContain('INTERP');
    expect(stdout).toMatch(/FLAGS_1.*PIE/);
  });

  test('joins, sends and verifies', () => joinAndSend(alone.path, 'alone'));

  test('finds servers by localhost, and by /etc/hosts', async (context) => {
    if (!CAN_HAVE_NAMESPACES) return context.skip('needs root');
    // In a root with nothing but the program and /etc: no library of glibc that it could load.
    const root = join(folder.path, 'bare');
    await mkdir(join(root, 'etc'), { recursive: true });
    await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n127.0.0.1 files.internal\n');
    await writeFile(join(root, 'sesame'), await readFile(alone.path), { mode: 0o755 });
    for (const host of ['localhost', 'files.internal']) {
      const args = [
        'enroll',
        '--trust',
        '--name',
        host.replace('.', '-'),
        '--config',
        `/${host}`,
        `${host}:${server.port}`,
      ];
      const env = { HOME: '/', XDG_STATE_HOME: `/${host}-state` };
      const { code, stderr } = await Program.run('chroot', [root, '/sesame', ...args], { env });
      expect(code, stderr).toBe(0);
    }
    expect(await readdir(join(root, 'files.internal'))).toContain('server.json');
    const unknown = ['enroll', '--trust', '--retries', '0', `nowhere.internal:${server.port}`];
    const { code, stderr } = await Program.run('chroot', [root, '/sesame', ...unknown]);
    expect(code, stderr).toBe(5);
    expect(stderr).toContain('nowhere.internal');
  });
});

test('man pages and completions of both programs are in an archive', async () => {
  const { path } = shareArchive(currentVersion(), join(folder.path, 'archive'));
  const { stdout } = await Program.run('tar', ['-tf', path]);
  const names = stdout.split('\n');
  for (const name of [
    'man/man1/sesame.1.gz',
    'man/man1/sesamed-serve.1.gz',
    'man/man5/sesame.toml.5.gz',
    'zsh/vendor-completions/_sesamed',
  ])
    expect(names).toContain(`share/${name}`);
});

test('docs/OPERATIONS.md says how large they are', async () => {
  expect(wrongSizes(await readFile(OPERATIONS, 'utf8'), [deb, alone])).toEqual([]);
});
