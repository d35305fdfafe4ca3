// README.md, typed as it stands: from `npm start` to an upload that is verified, and everything it shows after that.
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAN_HAVE_NAMESPACES, NetworkNamespace } from '../support/network-namespace.ts';
import { occupy } from '../support/network.ts';
import { Program, type Ending } from '../support/program.ts';
import { TemporaryFolder } from '../support/running-server.ts';
import { filesBelow } from '../support/stored-files.ts';
import { until } from '../support/waiting.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What a clone holds, as far as the lines below need it. Set-up has been there already. */
const OF_A_CLONE = ['package.json', 'node_modules', 'dist', 'build', 'README.md'];
const README_PORT = 1357;

/** The lines of each block of commands of a section, in order. */
async function blocksOf(heading: string): Promise<string[][]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const behind = readme.split(`\n${heading}\n`)[1] ?? '';
  const [section = ''] = behind.split(/^##+ /m);
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) =>
    block.split('\n').slice(0, -1),
  );
}

const [start = [], upload = [], more = []] = await blocksOf('## Use');
const [many = []] = await blocksOf('### Many machines');
const [byHttp = []] = await blocksOf('### In a browser, and by HTTP');

/** Two clones: the server runs in one, the client in another, each with nothing of its own yet. */
let folder: TemporaryFolder;
let network: NetworkNamespace | undefined;
let server: Program | undefined;
/** Somebody else has the port of the README, and there is no network of our own to have it in. */
let isPortTaken = false;

beforeAll(async () => {
  folder = await TemporaryFolder.create();
  for (const clone of ['server', 'client']) {
    await mkdir(join(folder.path, clone));
    for (const name of OF_A_CLONE) await symlink(join(ROOT, name), join(folder.path, clone, name));
    await cp(join(ROOT, 'docs'), join(folder.path, clone, 'docs'), { recursive: true });
  }
  if (CAN_HAVE_NAMESPACES) {
    network = await NetworkNamespace.create();
  } else {
    await using held = await occupy(README_PORT);
    isPortTaken = held === undefined;
  }
});

afterAll(async () => {
  const pid = await serverPid();
  if (server?.running && pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    await server.ended;
  }
  await network?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Types a line in one of the clones. */
function type(clone: 'server' | 'client', line: string): Program {
  const options = {
    cwd: join(folder.path, clone),
    env: {
      HOME: join(folder.path, 'home'),
      XDG_CONFIG_HOME: '',
      XDG_STATE_HOME: '',
      SESAME_READY_FILE: join(folder.path, 'ready.json'),
      SESAME_IDLE_EXIT: '120', // where even a killed test run leaves it behind
      npm_config_ignore_scripts: 'true', // set-up is not what is tested here
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    },
  };
  return network ? network.start('sh', ['-c', line], options) : new Program('sh', ['-c', line], options);
}

async function run(clone: 'server' | 'client', line: string): Promise<Ending> {
  await using program = type(clone, line);
  return await program.ended;
}

async function serverPid(): Promise<number | undefined> {
  const text = await readFile(join(folder.path, 'ready.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { pid: number }).pid;
}

test('three lines are typed', () => {
  const typed = [...start, ...upload].map((line) => line.replace(/ +#.*/, ''));
  expect(typed).toEqual([
    'npm start',
    expect.stringMatching(/^build\/sesame enroll /),
    'build/sesame put -r docs',
  ]);
  expect(more.length).toBeGreaterThan(3);
});

describe('and do what the README says', () => {
  test('the server listens on loopback, on the port of the README', async (context) => {
    if (isPortTaken) return context.skip(`port ${README_PORT} is taken`);
    server = type('server', start[0] ?? '');
    await server.says('that it listens', () => server?.stderr.includes('listening on') === true);
    expect(server.stderr).toContain(`127.0.0.1:${README_PORT}`);
  });

  test('every file arrives below data/files/<client>/docs/, and is verified', async (context) => {
    if (isPortTaken) return context.skip();
    for (const line of upload) {
      const { code, stderr } = await run('client', line);
      expect(code, `${line}: ${stderr}`).toBe(0);
    }
    const docs = join(folder.path, 'client/docs');
    const sent = await filesBelow(docs);
    expect(sent).toContain('PROTOCOL.md');
    const stored = join(folder.path, 'server/data/files');
    const [client = ''] = await readdir(stored);
    const isThere = async (): Promise<boolean> =>
      (await filesBelow(join(stored, client, 'docs'))).length === sent.length;
    await until('all of them at their places', isThere);
    for (const name of sent) {
      const content = await readFile(join(stored, client, 'docs', name));
      expect(content.equals(await readFile(join(docs, name))), name).toBe(true);
    }
    const all = await run('client', `build/sesame verify docs/*`);
    expect(all.code, all.stderr).toBe(0);
  });

  test('the same line again sends no file anew', async (context) => {
    if (isPortTaken) return context.skip();
    const { code, stderr } = await run('client', upload.at(-1)?.replace('put', 'put -v') ?? '');
    expect(code, stderr).toBe(0);
    expect(stderr.match(/✓/g)?.length).toBe(stderr.match(/was there already/g)?.length);
  });

  // The last line is another server, for a network.
  test.for(more.slice(0, -1))('%s', async (line, context) => {
    if (isPortTaken) return context.skip();
    const clone = line.includes('npx sesamed') ? 'server' : 'client';
    const { code, stdout, stderr } = await run(clone, line);
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toBe('');
  });

  test('the join line is one: a machine elsewhere can use it', async (context) => {
    if (isPortTaken) return context.skip();
    const enroll = more.find((line) => line.includes('sesamed enroll'))?.replace(/ +#.*/, '') ?? '';
    const made = await run('server', enroll.replace('laptop', 'elsewhere'));
    const joined = await run('client', `build/sesame enroll --config elsewhere '${made.stdout.trim()}'`);
    expect(joined.code, made.stderr + joined.stderr).toBe(0);
  });

  test('a file in a folder that is watched is sent, and removed', async (context) => {
    if (isPortTaken) return context.skip();
    const outgoing = join(folder.path, 'client/outgoing');
    await mkdir(outgoing);
    await using watcher = type('client', `exec ${many[0]?.replace(/ +#.*/, '') ?? ''}`);
    await writeFile(join(outgoing, 'report.txt'), 'a report');
    await until('it is gone from here', async () => (await readdir(outgoing)).length === 0, 30_000);
    const stored = join(folder.path, 'server/data/files');
    const [client = ''] = (await readdir(stored)).filter((name) => name !== 'reports');
    expect(await readFile(join(stored, client, 'outgoing/report.txt'), 'utf8')).toBe('a report');
    expect((await watcher.stop('SIGTERM')).code).toBe(143);
  });

  // The last line is another server, for a network.
  test.for(many.slice(1, -1))('%s', async (line, context) => {
    if (isPortTaken) return context.skip();
    const { code, stdout, stderr } = await run('server', line);
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toBe('');
  });

  test('the first operator’s link is printed', async (context) => {
    if (isPortTaken || !server) return context.skip();
    expect(server.stderr).toMatch(/http:\/\/127\.0\.0\.1:8357\/#sign-in=[\w-]{43}\n/);
  });

  test('a script uploads with a token: by PUT, and by a form', async (context) => {
    if (isPortTaken) return context.skip();
    const [add = '', ...others] = byHttp;
    const curls = others.filter((line) => line.startsWith('curl'));
    expect(curls).toHaveLength(2);
    const added = await run('server', add);
    expect(added.code, added.stderr).toBe(0);
    for (const line of curls) {
      const { code, stdout, stderr } = await run('server', line.replace('TOKEN', added.stdout.trim()));
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ status: 'success' });
    }
    const stored = join(folder.path, 'server/data/files/reports');
    expect(await filesBelow(stored)).toEqual(['2026/README.md', 'README.md']);
  });

  test('files of a folder, and nothing else', async (context) => {
    if (isPortTaken) return context.skip();
    const readyFile = join(folder.path, 'site.json');
    await using site = type('server', `SESAME_READY_FILE=${readyFile} ${byHttp.at(-1) ?? ''}`);
    await site.says('where it listens', () => site.stderr.includes('listening on 127.0.0.1:8080'));
    const { stdout } = await run('server', 'curl -s http://127.0.0.1:8080/HTTP.md');
    expect(stdout).toBe(await readFile(join(ROOT, 'docs/HTTP.md'), 'utf8'));
    // npx would leave it behind.
    process.kill((JSON.parse(await readFile(readyFile, 'utf8')) as { pid: number }).pid);
    expect((await site.ended).code).toBe(0);
  });

  test('it ends with 0 when it is told to', async (context) => {
    if (isPortTaken || !server) return context.skip();
    process.kill((await serverPid()) ?? 0, 'SIGINT');
    expect((await server.ended).code, server.stderr).toBe(0);
  });
});
