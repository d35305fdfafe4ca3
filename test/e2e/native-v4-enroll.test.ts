// `sesame enroll`: how a machine becomes known to a server, what keeps it from that, and what it keeps of it.
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SESAME } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { listClients, sesamed } from '../support/sesamed.ts';
import { typeAt } from '../support/terminal.ts';
import { enrol, parseJoinLine, revoke } from '../support/v4-enrolment.ts';
import { V4Folder } from '../support/v4-folder.ts';

const HEX = /^[0-9a-f]{32}$/;

/** Lets anybody on loopback join. */
let server: RunningServer;
/** Lets nobody join without a join line. */
let strict: RunningServer;
beforeAll(async () => {
  [server, strict] = await Promise.all([RunningServer.start(), RunningServer.start('--join', 'token')]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
});

const trusting = (...args: string[]): string[] => ['enroll', `127.0.0.1:${server.port}`, '--trust', ...args];

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

async function serverJson(folder: V4Folder): Promise<string> {
  return readFile(`${folder.config}/server.json`, 'utf8');
}

describe('a join line', () => {
  test('of `sesamed enroll NAME` makes this machine known under that name', async () => {
    await using folder = await V4Folder.fresh();
    const made = await sesamed(['enroll', 'by line', '--data-dir', strict.dataDir]);
    expect(made.code, made.stderr).toBe(0);
    const { pin } = parseJoinLine(made.stdout.trim());
    const { code, stdout, stderr } = await folder.sesame('enroll', made.stdout.trim());
    expect(code, stderr).toBe(0);
    expect(stdout, 'there is no data').toBe('');
    for (const fact of ["'by line'", `127.0.0.1:${strict.port}`, pin]) expect(stderr).toContain(fact);
    const listed = (await listClients(strict.dataDir)).find(({ name }) => name === 'by line');
    expect(listed).toMatchObject({ protocol: 4, files: 0 });
    expect((await folder.sesame('status')).code).toBe(0);
  });

  test('through stdin, so that no list of processes shows it; --json tells everything', async () => {
    await using folder = await V4Folder.fresh();
    const { line, pin } = await enrol(strict, 'by stdin');
    const { code, stdout, stderr } = await folder.sesameWith({ input: `${line}\n` }, 'enroll', '-', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      event: 'enrolled',
      already: false,
      client: 'by stdin',
      client_id: expect.stringMatching(HEX) as unknown,
      server: `127.0.0.1:${strict.port}`,
      pin,
      receipt_key: expect.stringMatching(/^[\w-]{43}$/) as unknown,
    });
  });

  test('what it keeps is for its owner alone, whatever the umask', async () => {
    await using folder = await V4Folder.fresh();
    const { line } = await enrol(strict, 'modes');
    await folder.write('f', 'content');
    for (const args of [
      ['enroll', line],
      ['put', 'f'],
    ]) {
      const argv = ['-c', 'umask 0 && exec "$0" "$@"', SESAME, ...args];
      const { code, stderr } = await Program.run('sh', argv, { cwd: folder.path, env: folder.places });
      expect(code, stderr).toBe(0);
    }
    const log = await folder.receiptLog();
    const places = [folder.config, folder.at('.state/sesame'), folder.at('.state/sesame/receipts')];
    for (const place of places) expect(await modeOf(place), place).toBe(0o700);
    expect((await readdir(folder.config)).sort()).toEqual([
      'cert.pem',
      'key.pem',
      'knock.json',
      'server.json',
    ]);
    for (const name of ['cert.pem', 'key.pem', 'knock.json', 'server.json']) {
      expect(await modeOf(`${folder.config}/${name}`), name).toBe(0o600);
    }
    expect(await modeOf(log)).toBe(0o600);
  });

  test('--config DIR keeps the keys there', async () => {
    await using folder = await V4Folder.fresh();
    const { line } = await enrol(strict, 'elsewhere');
    expect((await folder.sesame('enroll', line, '--config', folder.at('mine'))).code).toBe(0);
    expect(existsSync(folder.config)).toBe(false);
    expect(await modeOf(folder.at('mine'))).toBe(0o700);
    expect((await folder.sesame('status')).code, 'not enrolled').toBe(3);
    expect((await folder.sesame('status', '--config', folder.at('mine'))).code).toBe(0);
  });

  test('without XDG variables all is below HOME', async () => {
    await using folder = await V4Folder.fresh();
    const { line } = await enrol(strict, 'at home');
    const env = { HOME: folder.path, XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' };
    await folder.write('f', 'content');
    expect((await folder.sesameWith({ env }, 'enroll', line)).code).toBe(0);
    expect((await folder.sesameWith({ env }, 'put', 'f')).code).toBe(0);
    expect(existsSync(folder.at('.config/sesame/key.pem'))).toBe(true);
    expect(existsSync(folder.at('.local/state/sesame/receipts'))).toBe(true);
  });

  test('used by another machine, expired, or never made: exit code 6, and not enrolled', async () => {
    const used = await enrol(strict, 'used');
    await using first = await V4Folder.fresh();
    expect((await first.sesame('enroll', used.line)).code).toBe(0);
    const expired = await enrol(strict, 'expired', { lifetime: 1 });
    const unknown = `sesame://127.0.0.1:${strict.port}/#${'A'.repeat(43)}.${used.pin}`;
    for (const line of [used.line, expired.line, unknown]) {
      await using folder = await V4Folder.fresh();
      const { code, events, stderr } = await folder.json('enroll', line);
      expect(code, stderr).toBe(6);
      expect(events).toMatchObject([{ event: 'error' }]);
      expect(stderr).toContain('token');
      expect((await folder.sesame('status')).code).toBe(3);
    }
  });

  test('of another server than the one that answers: exit code 7, and the token is as good as before', async () => {
    await using folder = await V4Folder.fresh();
    const { line } = await enrol(strict, 'right pin');
    const { code, stderr } = await folder.sesame('enroll', line, '--port', `${server.port}`);
    expect(code, stderr).toBe(7);
    expect((await folder.sesame('status')).code).toBe(3);
    expect((await folder.sesame('enroll', line)).code).toBe(0);
  });

  test.for([
    'sesame://127.0.0.1/#short',
    'http://127.0.0.1:1357/#x.y',
    'sesame://127.0.0.1:1357/#.',
    '/',
    '',
  ])('"%s" is none: exit code 2', async (line) => {
    await using folder = await V4Folder.fresh();
    expect((await folder.sesame('enroll', line)).code).toBe(2);
    expect((await folder.sesameWith({ input: line }, 'enroll', '-')).code).toBe(2);
  });
});

describe('a HOST alone', () => {
  test('--trust takes the pin of who answers, and --name is what the machine is called', async () => {
    await using folder = await V4Folder.fresh();
    const { code, stderr } = await folder.sesame(...trusting('--name', 'Web_1.example'));
    expect(code, stderr).toBe(0);
    const { pin } = await enrol(server, 'whatever');
    expect(stderr, 'to be compared with what sesamed says').toContain(pin);
    const listed = (await listClients(server.dataDir)).map(({ name }) => name);
    expect(listed).toContain('Web_1.example');
  });

  test('without --name it is called as the host is', async () => {
    await using folder = await V4Folder.fresh();
    const { code, stdout, stderr } = await folder.sesame(...trusting('--json'));
    expect(code, stderr).toBe(0);
    const { client } = JSON.parse(stdout) as { client: string };
    expect(client.replace(/^client-/, '')).toBe(hostname().split('.')[0]);
  });

  test('without --trust it is refused, with nobody to ask and at a terminal: exit code 2', async () => {
    await using folder = await V4Folder.fresh();
    const argv = ['enroll', `127.0.0.1:${server.port}`];
    const { code, stderr } = await folder.sesame(...argv);
    expect(code).toBe(2);
    expect(stderr).toContain('--trust');
    const places = Object.entries(folder.places).map(([name, value]) => `${name}=${value}`);
    const terminal = await typeAt('?', 'yes\n', ['env', ...places, SESAME, ...argv]);
    expect(terminal.code, terminal.shown).toBe(2);
    expect(existsSync(folder.config), 'nothing was begun').toBe(false);
  });

  test('where a join line is wanted: exit code 6', async () => {
    await using folder = await V4Folder.fresh();
    const { code, stderr } = await folder.sesame('enroll', `127.0.0.1:${strict.port}`, '--trust');
    expect(code, stderr).toBe(6);
  });

  test("another machine's name: exit code 6", async () => {
    await using first = await V4Folder.fresh();
    await using second = await V4Folder.fresh();
    expect((await first.sesame(...trusting('--name', 'taken'))).code).toBe(0);
    const { code, events } = await second.json('enroll', ...trusting('--name', 'TAKEN').slice(1));
    expect(code).toBe(6);
    expect(events).toMatchObject([{ event: 'error', code: 'name-taken' }]);
  });

  test.for(['a/b', '..', 'x'.repeat(101), 'dot.', 'con', 'a b', 'Größe'])(
    '--name "%s" cannot be one: exit code 2',
    async (name) => {
      await using folder = await V4Folder.fresh();
      expect((await folder.sesame(...trusting('--name', name))).code).toBe(2);
      expect(existsSync(folder.config)).toBe(false);
    },
  );

  test('where nobody listens: exit code 5', async () => {
    await using folder = await V4Folder.fresh();
    const nowhere = `127.0.0.1:${await freePort()}`;
    const { code, stderr } = await folder.sesame('enroll', nowhere, '--trust', '--retries', '0');
    expect(code, stderr).toBe(5);
  });
});

describe('a machine that is enrolled already', () => {
  test('with this server: that is said, and the line is as good as before', async () => {
    await using folder = await V4Folder.joined(strict, 'again');
    const before = await serverJson(folder);
    const { line } = await enrol(strict, 'somebody else');
    const { code, stderr } = await folder.sesame('enroll', line);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("already enrolled as 'again'");
    expect(await serverJson(folder)).toBe(before);
    await using other = await V4Folder.fresh();
    expect((await other.sesame('enroll', line)).code).toBe(0);
  });

  test('with another server: --replace leaves it, and keeps what was', async () => {
    await using folder = await V4Folder.joined(strict, 'mover');
    const before = await serverJson(folder);
    const { line } = await enrol(server, 'moved');
    const refused = await folder.sesame('enroll', line);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--replace');
    expect((await folder.sesame(...trusting('--name', 'moved'))).code, 'the old pin counts').toBe(7);
    expect(await serverJson(folder)).toBe(before);

    const { code, stderr } = await folder.sesame('enroll', line, '--replace');
    expect(code, stderr).toBe(0);
    expect(await readFile(`${folder.config}/server.json.old`, 'utf8')).toBe(before);
    expect((await folder.json('status')).events).toMatchObject([{ client: 'moved', reachable: true }]);
  });

  test('whose server.json is damaged: --replace makes a new one, and keeps that', async () => {
    await using folder = await V4Folder.joined(strict, 'damaged');
    await folder.write('.config/sesame/server.json', '{"server":');
    const { line } = await enrol(server, 'damaged');
    expect((await folder.sesame('enroll', line)).code).not.toBe(0);
    const { code, stderr } = await folder.sesame('enroll', line, '--replace');
    expect(code, stderr).toBe(0);
    expect(await readFile(`${folder.config}/server.json.old`, 'utf8')).toBe('{"server":');
    expect((await folder.json('status')).events).toMatchObject([{ client: 'damaged', reachable: true }]);
  });

  test('and revoked: exit code 6, until it has a new line and a new key; then its files are there', async () => {
    await using folder = await V4Folder.joined(strict, 'revoked');
    await folder.write('f', 'content');
    expect((await folder.sesame('put', 'f')).code).toBe(0);
    await revoke(strict, 'revoked');
    const { line } = await enrol(strict, 'revoked');
    for (const more of [[], ['--replace']]) {
      const { code, events, stderr } = await folder.json('enroll', line, ...more);
      expect(code).toBe(6);
      expect(events).toMatchObject([{ event: 'error', code: 'revoked' }]);
      expect(stderr, 'what helps').toContain('--new-key');
    }
    const { code, stderr } = await folder.sesame('enroll', line, '--new-key');
    expect(code, stderr).toBe(0);
    expect((await folder.json('status')).events).toMatchObject([{ client: 'revoked', exit: 0 }]);
    expect((await folder.sesame('ls')).stdout).toBe('f\n');
    expect(await readdir(folder.config), 'the old key is kept').toContain('key.pem.old');
    expect(await modeOf(`${folder.config}/key.pem.old`)).toBe(0o600);
  });

  test('whose key others can read is told how to close it, and says nothing to anybody: exit code 7', async () => {
    await using folder = await V4Folder.joined(strict, 'open key');
    await folder.setFacts('.config/sesame/key.pem', { mtime: 0, mode: 0o644 });
    const { code, stderr } = await folder.sesame('status');
    expect(code).toBe(7);
    expect(stderr).toContain('chmod 600');
  });
});
