// Joining by approval (docs/FLEET.md 1): the real client asks, and the operator decides at his terminal.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
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
/** Whoever is left over would count against the bound of this machine. */
const denyAll = async (): Promise<void> => {
  for (const { name, fingerprint } of await askingAt(server)) {
    await sesamed(['clients', 'deny', name, '--fingerprint', fingerprint, '--data-dir', server.dataDir]);
  }
};

describe('a machine that asks', () => {
  test('shows what is to be compared, and the line to run; that line lets it in', async () => {
    await using folder = await V4Folder.fresh();
    await using program = folder.program(['enroll', `127.0.0.1:${server.port}`, '--trust', '--name', "it's"]);
    await program.says('the line to run', () => program.stderr.includes('waiting;'));
    const line = /^ {2}sesamed (clients approve .*)$/m.exec(program.stderr)?.[1] ?? '';
    const [found] = await asking("it's");
    expect(program.stderr).toContain(`fingerprint of this machine  ${found?.fingerprint}`);
    expect(line).toBe(`clients approve 'it'\\''s' --fingerprint ${found?.fingerprint}`);
    const waiting = await operator('clients', 'waiting');
    expect(waiting.stdout).toContain(found?.fingerprint);
    expect(waiting.stdout).toContain('127.0.0.1');
    const approved = await operator('clients', 'approve', "it's", '--fingerprint', found?.fingerprint ?? '');
    expect(approved.code, approved.stderr).toBe(0);
    expect((await program.ended).code).toBe(0);
    expect((await folder.sesame('status')).code).toBe(0);
    expect(await asking("it's")).toEqual([]);
    const { stdout } = await operator('audit', 'ls', '--json');
    expect(stdout).toContain('client.approve');
  });

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
    const { code } = await operator('clients', 'approve', 'steadfast', '--fingerprint', fingerprint);
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
    const program = startAsking(folder, server, '--name', 'two ways');
    const { fingerprint } = await waits(program);
    await program.stop('SIGINT');
    const { line } = await enrol(server, 'by the line');
    expect((await folder.sesame('enroll', line)).code).toBe(0);
    expect(await asking('two ways')).toEqual([]);
    const late = await operator('clients', 'approve', 'two ways', '--fingerprint', fingerprint);
    expect(late.code).toBe(3);
  });
});

describe('the operator', () => {
  test('who is asked at the terminal, sees the fingerprint and says yes or no', async () => {
    const [yes, no] = [newIdentity(), newIdentity()];
    expect(await askedBy(yes, 'at terminal')).toBe('awaiting-approval');
    const argv = [process.execPath, MAIN, 'clients', 'approve', 'AT TERMINAL', '--data-dir', server.dataDir];
    const refused = await typeAt('[y/N]', 'n\n', argv);
    expect(refused.code).toBe(1);
    const [found] = await asking('at terminal');
    expect(refused.shown).toContain(found?.fingerprint);
    expect(await askedBy(yes, 'at terminal')).toBe('awaiting-approval');
    const agreed = await typeAt('[y/N]', 'y\n', argv);
    expect(agreed.code, agreed.shown).toBe(0);
    expect(await askedBy(yes, 'at terminal')).toBe('ok');
    expect(await askedBy(no, 'unseen')).toBe('awaiting-approval');
    const piped = await operator('clients', 'approve', 'unseen');
    expect([piped.code, piped.stderr]).toEqual([2, expect.stringContaining('--fingerprint')]);
    await denyAll();
  });

  test('tells two that ask for one name apart by all of the fingerprint; the other may have another name', async () => {
    const [one, other] = [newIdentity(), newIdentity()];
    await askedBy(one, 'twin');
    await askedBy(other, 'TWIN');
    const blind = await operator('clients', 'approve', 'twin');
    expect(blind.code).toBe(2);
    const [first, second] = (await askingAt(server)).filter(({ name }) => /^twin$/i.test(name));
    for (const { fingerprint = '' } of [first ?? {}, second ?? {}] as { fingerprint?: string }[]) {
      expect(blind.stderr).toContain(fingerprint);
      for (const wrong of [
        fingerprint.slice(0, 42),
        `${fingerprint}=`,
        '',
        'A'.repeat(43),
        fingerprint.toLowerCase(),
      ]) {
        expect((await operator('clients', 'approve', 'twin', '--fingerprint', wrong)).code).not.toBe(0);
      }
    }
    expect(
      (await operator('clients', 'approve', 'twin', '--fingerprint', first?.fingerprint ?? '')).code,
    ).toBe(0);
    const taken = await operator('clients', 'approve', 'twin', '--fingerprint', second?.fingerprint ?? '');
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('--name')]);
    const renamed = ['--fingerprint', second?.fingerprint ?? '', '--name', 'twin-2', '--write-only'];
    expect((await operator('clients', 'approve', 'twin', ...renamed)).code).toBe(0);
    const names = (await listClients(server.dataDir)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([first?.name, 'twin-2']));
    using client = await V4Client.connect(server.port, other);
    expect(await client.join('TWIN')).toMatchObject({ name: 'twin-2', writeOnly: true });
  });

  test('is shown hostile names escaped', async () => {
    const name = 'evil\u001b[2J\u202Egpj';
    expect(await askedBy(newIdentity(), name)).toBe('awaiting-approval');
    const escaped = 'evil\\u{1b}[2J\\u{202e}gpj';
    for (const args of [['waiting'], ['deny', `${name}?`], ['deny', name, '--fingerprint', 'A'.repeat(43)]]) {
      const { stdout, stderr } = await operator('clients', ...args);
      expect(`${stdout}${stderr}`).toContain(escaped);
      expect(`${stdout}${stderr}`).not.toMatch(/[\u001b\u202e]/u);
    }
    const argv = [process.execPath, MAIN, 'clients', 'approve', name, '--data-dir', server.dataDir];
    const { shown } = await typeAt('[y/N]', 'n\n', argv);
    expect(shown).toContain(escaped);
    expect(shown).not.toContain('\u202e');
    expect((await operator('clients', 'deny', name)).stdout).not.toMatch(/[\u001b\u202e]/u);
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
