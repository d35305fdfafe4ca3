// Join lines for many machines (docs/FLEET.md 1): the real client and the operator's commands.
import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operate } from '../support/operate.ts';
import { MAIN, RunningServer } from '../support/running-server.ts';
import { listClients, sesamed, type ListedClient } from '../support/sesamed.ts';
import { typeAt } from '../support/terminal.ts';
import { V4Client } from '../support/v4-client.ts';
import { parseJoinLine, revoke } from '../support/v4-enrolment.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { V4Folder } from '../support/v4-folder.ts';
import { newIdentity } from '../support/v4-identity.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start('--join', 'token');
});
afterAll(() => server[Symbol.asyncDispose]());

interface Line {
  readonly id: string;
  readonly for: string;
  readonly uses_left: number;
}

const operator = (...args: string[]) => sesamed([...args, '--data-dir', server.dataDir]);
const lines = async (): Promise<Line[]> =>
  JSON.parse((await operator('joins', 'ls', '--json')).stdout) as Line[];
const lineFor = async (pattern: string, uses: number, more: object = {}) => {
  const request = { op: 'joins.enroll', pattern, uses, writeOnly: false, lifetime: 3_600_000, address: null };
  const made = (await operate(server, { ...request, ...more })) as { line: string; id: string };
  return { ...parseJoinLine(made.line), id: made.id };
};
const join = async (token: Uint8Array, name: string, identity = newIdentity()) => {
  using client = await V4Client.connect(server.port, identity);
  return await outcomeOfRequest(client.join({ token }, name));
};

test('sesamed enroll --pattern makes one; machines join under the names they give, and joins ls counts', async () => {
  const made = await operator(
    'enroll',
    '--pattern',
    'web-*',
    '--uses',
    '2',
    '--expires',
    '72',
    '--write-only',
  );
  expect(made.code, made.stderr).toBe(0);
  const line = made.stdout.trim();
  for (const [name, left] of [
    ['web-1', 1],
    ['Web-2', 0],
  ] as const) {
    await using folder = await V4Folder.fresh();
    const wrong = await folder.sesame('enroll', line, '--name', 'db-1');
    expect([wrong.code, wrong.stderr]).toEqual([6, expect.stringContaining('bad-name')]);
    const { code, stderr } = await folder.sesame('enroll', line, '--name', name);
    expect(code, stderr).toBe(0);
    expect(
      (await folder.sesame('enroll', line, '--name', name)).code,
      'a key that joined uses nothing up',
    ).toBe(0);
    expect((await folder.sesame('ls')).stderr, 'write-only').toContain('write-only');
    const found = (await lines()).filter((one) => one.for === 'web-*');
    expect(found.map(({ uses_left: uses }) => uses)).toEqual(left > 0 ? [left] : []);
  }
  await using late = await V4Folder.fresh();
  expect((await late.sesame('enroll', line, '--name', 'web-3')).code).toBe(6);
  const names = (await listClients(server.dataDir)).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['web-1', 'Web-2']));
});

test('without --name it is the host’s', async () => {
  await using folder = await V4Folder.fresh();
  const { line } = await lineFor('*', 1);
  expect((await folder.sesame('enroll', line)).code).toBe(0);
  const names = (await listClients(server.dataDir)).map(({ name }) => name);
  expect(names).toContain(hostname().split('.')[0]);
});

test('as many win as it has uses, three times as many at once', async () => {
  const { token } = await lineFor('many-*', 7);
  const all = await Promise.all(Array.from({ length: 21 }, (_, i) => join(token, `many-${i}`)));
  expect(all.filter((outcome) => outcome === 'ok')).toHaveLength(7);
  expect(all.filter((outcome) => outcome === 'token-refused')).toHaveLength(14);
});

test('a name that is taken, revoked, not of the pattern or none at all uses nothing up', async () => {
  const { token, id } = await lineFor('x*', 1);
  const other = await lineFor('*', 3);
  expect(await join(other.token, 'x1')).toBe('ok');
  expect(await join(other.token, 'x2')).toBe('ok');
  await revoke(server, 'x2');
  expect(await join(token, 'X1')).toBe('name-taken');
  expect(await join(token, 'x2')).toBe('name-taken');
  expect(await join(token, 'y1')).toBe('bad-name');
  for (const name of ['x/../y', 'x y', 'x;id', 'xé', `x${'y'.repeat(100)}`]) {
    expect(await join(token, name), name).toBe('bad-name');
  }
  expect(await join(other.token, '-rf')).toBe('bad-name');
  expect((await lines()).find((line) => line.id === id)).toMatchObject({ uses_left: 1 });
  expect(await join(token, 'x3')).toBe('ok');
});

test('expires, and is ended by joins rm; who joined stays', async () => {
  const over = await lineFor('*', 5, { lifetime: 1 });
  expect(await join(over.token, 'too-late')).toBe('token-refused');
  const { token, id } = await lineFor('rm-*', 5);
  const identity = newIdentity();
  expect(await join(token, 'rm-1', identity)).toBe('ok');
  expect((await operator('joins', 'rm', id)).code).toBe(0);
  expect((await operator('joins', 'rm', id)).code).toBe(3);
  expect(await join(token, 'rm-2')).toBe('token-refused');
  (await V4Client.back(server.port, identity))[Symbol.dispose]();
});

test('a line that leaked is undone: who joined by it is listed, counted and shut out, at this moment', async () => {
  const [leaked, other] = [await lineFor('leak-*', 9), await lineFor('leak-*', 9)];
  const [good, bad] = [newIdentity(), newIdentity()];
  expect(await join(leaked.token, 'leak-1', bad)).toBe('ok');
  expect(await join(leaked.token, 'leak-2')).toBe('ok');
  expect(await join(other.token, 'leak-3', good)).toBe('ok');
  const by = ['--joined-by', leaked.id];
  const listed = JSON.parse((await operator('clients', 'ls', ...by, '--json')).stdout) as ListedClient[];
  expect(listed.map(({ name, joined_by: id }) => [name, id])).toEqual([
    ['leak-1', leaked.id],
    ['leak-2', leaked.id],
  ]);
  expect((await operator('clients', 'ls', ...by)).stdout).not.toContain('leak-3');
  using live = await V4Client.back(server.port, bad);

  for (const args of [[], ['leak-1', ...by], ['--joined-by', 'leak-1', '--yes'], by]) {
    expect((await operator('clients', 'revoke', ...args)).code, args.join(' ')).toBe(2);
  }
  const argv = [process.execPath, MAIN, 'clients', 'revoke', ...by, '--data-dir', server.dataDir];
  const refused = await typeAt('[y/N]', 'n\n', argv);
  expect([refused.code, refused.shown]).toEqual([
    1,
    expect.stringContaining('2 clients are to be revoked: leak-1, leak-2'),
  ]);
  expect(await join(leaked.token, 'leak-4')).toBe('ok');
  const { code, stdout, stderr } = await operator('clients', 'revoke', ...by, '--yes');
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('3 clients are revoked');
  expect((await live.over)?.error).toBe('revoked');
  expect(await join(leaked.token, 'leak-5')).toBe('token-refused');
  expect((await lines()).map(({ id }) => id)).not.toContain(leaked.id);
  (await V4Client.back(server.port, good))[Symbol.dispose]();
  expect((await operator('clients', 'revoke', ...by, '--yes')).code, 'nothing is left').toBe(3);
  expect((await operator('audit', 'ls', '--json')).stdout).toContain('fleet-line.revoke');
});

test('a line of one machine is listed and ended beside them', async () => {
  await operator('enroll', 'single');
  expect(await lines()).toEqual(
    expect.arrayContaining([expect.objectContaining({ id: 'single', for: 'single', uses_left: 1 })]),
  );
  expect((await operator('joins', 'rm', 'SINGLE')).code).toBe(0);
  expect((await lines()).filter(({ id }) => id === 'single')).toEqual([]);
});

test.for([
  ['--pattern', '*'],
  ['--uses', '3'],
  ['name', '--pattern', '*', '--uses', '3'],
  ['--pattern', '*', '--uses', '0'],
  ['--pattern', '*', '--uses', '100001'],
  ['--pattern', '*', '--uses', '1.5'],
  ['--pattern', '*', '--uses', '3', '--expires', '8761'],
  [],
])('sesamed enroll %j is a mistake', async (args) => {
  expect((await operator('enroll', ...args)).code).toBe(2);
});

test.for(['', 'a/*', '*'.repeat(201)])('%j is no pattern', async (pattern) => {
  expect((await operator('enroll', '--pattern', pattern, '--uses', '1')).code).not.toBe(0);
});
