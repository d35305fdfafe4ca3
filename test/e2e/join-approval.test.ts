// Joining by approval (docs/FLEET.md 1): the real client asks, and the operator decides at his terminal.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { operate } from '../support/operate.ts';
import { MAIN, RunningServer } from '../support/running-server.ts';
import { listClients, sesamed } from '../support/sesamed.ts';
import { typeAt } from '../support/terminal.ts';
import { approve, askingAt, startAsking, waits } from '../support/v4-approval.ts';
import { V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { V4Folder } from '../support/v4-folder.ts';
import { newIdentity, type Identity } from '../support/v4-identity.ts';
import { enrol } from '../support/v4-enrolment.ts';

// A machine that waits asks again after seconds only.
vi.setConfig({ testTimeout: 90_000 });

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start('--join', 'approval');
});
afterAll(() => server[Symbol.asyncDispose]());

const operator = (...args: string[]) => sesamed([...args, '--data-dir', server.dataDir]);
const asking = async (name: string) => (await askingAt(server)).filter((one) => one.name === name);
const askedBy = async (identity: Identity, name: string) => {
  using client = await V4Client.connect(server.port, identity);
  return await outcomeOfRequest(client.join(name));
};
/** The line that a machine shows, with where the server is. */
const pasted = (line: string) => {
  const [clients = '', approve = '', ...rest] = line.split(' ');
  return sesamed([clients, approve, '--data-dir', server.dataDir, ...rest]);
};
/** A machine whose fingerprint begins so. */
const identityWith = (beginning: string): Identity => {
  let identity = newIdentity();
  while (!identity.pin.startsWith(beginning)) identity = newIdentity();
  return identity;
};
/** Whoever is left over would count against the bound of this machine. */
const denyAll = async (): Promise<void> => {
  for (const { name, fingerprint } of await askingAt(server)) {
    await operate(server, { op: 'joins.deny', name, fingerprint });
  }
};

describe('a machine that asks', () => {
  test('shows what is to be compared, and the line to run; that line lets it in', async () => {
    await using folder = await V4Folder.fresh();
    await using program = folder.program(['enroll', `127.0.0.1:${server.port}`, '--trust', '--name', 'web']);
    await program.says('the line to run', () => program.stderr.includes('waiting;'));
    const line = /^ {2}sesamed (clients approve .*)$/m.exec(program.stderr)?.[1] ?? '';
    const [found] = await asking('web');
    expect(program.stderr).toContain(`fingerprint of this machine  ${found?.fingerprint}`);
    expect(line.replace(' -- ', ' ')).toBe(`clients approve ${found?.fingerprint}`);
    const waiting = await operator('clients', 'waiting');
    expect(waiting.stdout).toContain(found?.fingerprint);
    expect(waiting.stdout).toContain('127.0.0.1');
    const approved = await pasted(line);
    expect(approved.code, approved.stderr).toBe(0);
    expect(approved.stdout).toContain('web');
    expect((await program.ended).code).toBe(0);
    expect((await folder.sesame('status')).code).toBe(0);
    expect(await asking('web')).toEqual([]);
    const { stdout } = await operator('audit', 'ls', '--json');
    expect(stdout).toContain('client.approve');
  });

  test('whose fingerprint begins with a dash shows a line that works, too', async () => {
    const identity = identityWith('-');
    await using folder = await V4Folder.fresh();
    await mkdir(folder.config, { recursive: true, mode: 0o700 });
    await writeFile(join(folder.config, 'key.pem'), identity.key, { mode: 0o600 });
    const enroll = ['enroll', `127.0.0.1:${server.port}`, '--trust', '--name', 'dash'];
    await using program = folder.program(enroll);
    await program.says('the line to run', () => program.stderr.includes('waiting;'));
    const line = /^ {2}sesamed (clients approve .*)$/m.exec(program.stderr)?.[1] ?? '';
    expect(line).toBe(`clients approve -- ${identity.pin}`);
    const { code, stderr } = await pasted(line);
    expect(code, stderr).toBe(0);
    expect((await program.ended).code).toBe(0);
  });

  test.for(["it's", 'x;id', '$(id)', '--write-only', '.hidden', 'a b', 'Größe', 'x'.repeat(101), '-'])(
    'cannot call itself %j: the client says so before it asks, and the server to whoever asks',
    async (name) => {
      await using folder = await V4Folder.fresh();
      const host = `127.0.0.1:${server.port}`;
      const { code, events } = await folder.json('enroll', host, '--trust', `--name=${name}`);
      expect(code).toBe(2);
      expect(events).toMatchObject([{ event: 'error', code: 'bad-name' }]);
      expect(existsSync(folder.config), 'nothing was begun').toBe(false);
      expect(await askedBy(newIdentity(), name)).toBe('bad-name');
      expect(await asking(name)).toEqual([]);
    },
  );

  test('is in the list until it is decided, over a kill and a restart of both sides, with the key it had', async () => {
    await using folder = await V4Folder.fresh();
    const first = startAsking(folder, server, '--name', 'patient');
    const { fingerprint } = await waits(first);
    await first.stop('SIGKILL');
    await server.stop('SIGKILL');
    await server.again('--join', 'approval');
    expect(await asking('patient')).toMatchObject([{ fingerprint, denied: null }]);
    await using second = startAsking(folder, server, '--name', 'patient');
    expect((await waits(second)).fingerprint).toBe(fingerprint);
    await approve(server, { name: 'patient', fingerprint });
    expect((await second.ended).code).toBe(0);
  });

  test('waits on while the server is away', async () => {
    await using folder = await V4Folder.fresh();
    await using program = startAsking(folder, server, '--name', 'steadfast', '--port', String(server.port));
    const { fingerprint } = await waits(program);
    const port = String(server.port);
    await server.stop();
    const { code } = await pasted(`clients approve -- ${fingerprint}`);
    expect(code, 'without a server, too').toBe(0);
    await server.again('--join', 'approval', '--port', port);
    expect((await program.ended).code).toBe(0);
  });

  test('interrupted, ends with 130, and its request stays', async () => {
    await using folder = await V4Folder.fresh();
    const program = startAsking(folder, server, '--name', 'interrupted');
    await waits(program);
    expect(await program.stop('SIGINT')).toMatchObject({ code: 130 });
    expect(await asking('interrupted')).toHaveLength(1);
    await denyAll();
  });

  test('--no-wait ends with 5 at once; --pin is who must answer', async () => {
    await using folder = await V4Folder.fresh();
    const host = `127.0.0.1:${server.port}`;
    const { pin } = await enrol(server, 'for its pin');
    const once = await folder.json('enroll', host, '--pin', pin, '--no-wait', '--name', 'impatient');
    expect(once.code, once.stderr).toBe(5);
    expect(once.events).toMatchObject([
      { event: 'awaiting-approval' },
      { event: 'error', code: 'awaiting-approval' },
    ]);
    const other = await folder.sesame('enroll', host, '--pin', 'A'.repeat(43), '--no-wait');
    expect(other.code).toBe(7);
    for (const args of [['--pin', 'short'], ['--pin', pin, '--trust'], []]) {
      expect((await folder.sesame('enroll', host, ...args)).code, args.join(' ')).toBe(2);
    }
    const [found] = await asking('impatient');
    if (found) await approve(server, found);
    expect((await folder.sesame('enroll', host, '--pin', pin, '--no-wait')).code).toBe(0);
  });

  test('denied: ends with 6, is refused for the day, and may be approved all the same', async () => {
    await using folder = await V4Folder.fresh();
    const program = startAsking(folder, server, '--name', 'denied');
    const { fingerprint } = await waits(program);
    expect((await operator('clients', 'deny', 'denied')).code).toBe(0);
    expect((await program.ended).code).toBe(6);
    expect(
      (await folder.sesame('enroll', `127.0.0.1:${server.port}`, '--trust', '--name', 'denied')).code,
    ).toBe(6);
    await approve(server, { name: 'denied', fingerprint });
    expect((await folder.sesame('enroll', `127.0.0.1:${server.port}`, '--trust')).code).toBe(0);
  });

  test('may come in by a join line meanwhile: then it asks no longer', async () => {
    await using folder = await V4Folder.fresh();
    const program = startAsking(folder, server, '--name', 'two-ways');
    const { fingerprint } = await waits(program);
    await program.stop('SIGINT');
    const { line } = await enrol(server, 'by the line');
    expect((await folder.sesame('enroll', line)).code).toBe(0);
    expect(await asking('two-ways')).toEqual([]);
    const late = await pasted(`clients approve -- ${fingerprint}`);
    expect(late.code).toBe(3);
  });
});

describe('the operator', () => {
  test('who gives a name is shown the fingerprint at the terminal, and pastes that of the machine', async () => {
    const [machine, other] = [newIdentity(), newIdentity()];
    expect(await askedBy(machine, 'at-terminal')).toBe('awaiting-approval');
    expect(await askedBy(other, 'unseen')).toBe('awaiting-approval');
    const argv = [process.execPath, MAIN, 'clients', 'approve', 'AT-TERMINAL', '--data-dir', server.dataDir];
    for (const wrong of ['y', '', machine.pin.slice(0, 42), other.pin, machine.pin.toLowerCase()]) {
      const refused = await typeAt('shows it:', `${wrong}\n`, argv);
      expect(refused.code, refused.shown).toBe(1);
      expect(refused.shown).toContain(machine.pin);
    }
    expect((await typeAt('shows it:', '\u0004', argv)).code, 'the terminal is closed').toBe(1);
    expect(await askedBy(machine, 'at-terminal')).toBe('awaiting-approval');
    const agreed = await typeAt('shows it:', `  ${machine.pin} \n`, argv);
    expect(agreed.code, agreed.shown).toBe(0);
    expect(await askedBy(machine, 'at-terminal')).toBe('ok');
    expect(await askedBy(other, 'unseen')).toBe('awaiting-approval');
    const piped = await operator('clients', 'approve', 'unseen');
    expect([piped.code, piped.stderr]).toEqual([2, expect.stringContaining('give the fingerprint')]);
    await denyAll();
  });

  test('approves the key that was looked at, not one that asks for its name meanwhile', async () => {
    const [machine, intruder] = [newIdentity(), newIdentity()];
    await askedBy(machine, 'replaced');
    const argv = [process.execPath, MAIN, 'clients', 'approve', 'replaced', '--data-dir', server.dataDir];
    // Between the look and the answer the one is gone, and the other there.
    await operate(server, { op: 'joins.deny', name: 'replaced', fingerprint: machine.pin });
    await askedBy(intruder, 'replaced');
    expect((await typeAt('shows it:', `${machine.pin}\n`, argv)).code).toBe(1);
    const decision = { op: 'joins.approve', name: 'other-name', as: null, writeOnly: false };
    const renamed = operate(server, { ...decision, fingerprint: machine.pin });
    await expect(renamed, 'a key under a name that nobody saw').rejects.toThrow('no machine');
    expect(await askedBy(intruder, 'replaced')).toBe('awaiting-approval');
    const names = (await listClients(server.dataDir)).map(({ name }) => name);
    expect(names).not.toContain('replaced');
    await denyAll();
  });

  test('is never taken to a machine that calls itself as the fingerprint of another', async () => {
    const [wanted, impostor] = [newIdentity(), newIdentity()];
    const name = wanted.pin.replace(/^-/, 'x');
    await askedBy(impostor, name);
    const { code } = await pasted(`clients approve -- ${name}`);
    expect(code).toBe(3);
    expect(await askedBy(impostor, name)).toBe('awaiting-approval');
    await denyAll();
  });

  test('tells two that ask for one name apart by all of the fingerprint; the other may have another name', async () => {
    const [one, other] = [newIdentity(), newIdentity()];
    await askedBy(one, 'twin');
    await askedBy(other, 'TWIN');
    expect((await operator('clients', 'deny', 'twin')).code, 'which of them?').toBe(2);
    for (const wrong of [one.pin.slice(0, 42), `${one.pin}=`, 'A'.repeat(43), one.pin.toLowerCase()]) {
      const { code } = await pasted(`clients approve -- ${wrong}`);
      expect([2, 3]).toContain(code);
    }
    const argv = [process.execPath, MAIN, 'clients', 'approve', 'twin', '--data-dir', server.dataDir];
    const chosen = await typeAt('shows it:', `${one.pin}\n`, argv);
    expect(chosen.code, chosen.shown).toBe(0);
    expect(chosen.shown).toContain(other.pin);
    const taken = await pasted(`clients approve -- ${other.pin}`);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('--name')]);
    const renamed = await pasted(`clients approve --name twin-2 --write-only -- ${other.pin}`);
    expect(renamed.code, renamed.stderr).toBe(0);
    const names = (await listClients(server.dataDir)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['twin', 'twin-2']));
    using client = await V4Client.connect(server.port, other);
    expect(await client.join('TWIN')).toMatchObject({ name: 'twin-2', writeOnly: true });
  });

  test('is shown what he types himself escaped', async () => {
    const name = 'evil\u001b[2J\u202Egpj';
    for (const command of ['approve', 'deny']) {
      const { stderr } = await operator('clients', command, name);
      expect(stderr).toContain('evil\\u{1b}[2J\\u{202e}gpj');
      expect(stderr).not.toMatch(/[\u001b\u202e]/u);
    }
  });
});

test.for(['../x', 'CON', 'a/b', 'x'.repeat(101)])('no machine asks as %j', async (name) => {
  expect(await askedBy(newIdentity(), name)).toBe('bad-name');
});

test('eight of one source wait; who comes then is told to come later, and is no offender', async () => {
  await using other = await RunningServer.start('--join', 'approval');
  const outcomes: string[] = [];
  for (let i = 0; i < 30; i++) {
    using client = await V4Client.connect(other.port);
    outcomes.push(await outcomeOfRequest(client.join(`m${i}`)));
  }
  expect(outcomes).toEqual([
    ...Array<string>(8).fill('awaiting-approval'),
    ...Array<string>(22).fill('busy'),
  ]);
  expect(await askingAt(other)).toHaveLength(8);
});

test('a server with another setting takes no requests', async () => {
  await using strict = await RunningServer.start('--join', 'token');
  using client = await V4Client.connect(strict.port);
  expect(await outcomeOfRequest(client.join('web'))).toBe('join-refused');
  expect(await askingAt(strict)).toEqual([]);
});
