// Clients over the API and on the command line: join lines, tokens, revoking, people, the audit trail.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientList, TokenList } from '../../src/gateway/client-types.ts';
import type { NewJoinLine } from '../../src/gateway/join-types.ts';
import type { AuditPage } from '../../src/gateway/api-types.ts';
import type { Ending } from '../support/program.ts';
import { sesamed } from '../support/sesamed.ts';
import { until } from '../support/waiting.ts';
import { SignedIn, WebServer } from '../support/web.ts';
import { V4Folder } from '../support/v4-folder.ts';

let web: WebServer;
let ada: SignedIn;

beforeAll(async () => {
  web = await WebServer.start('--join', 'token');
  ada = await web.operator();
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
});

const run = (...args: string[]): Promise<Ending> => sesamed([...args, '--data-dir', web.server.dataDir]);
const clients = (): Promise<ClientList> => ada.json<ClientList>('/api/clients');
const client = async (name: string) => (await clients()).clients.find((one) => one.name === name);

describe('a join line made over the API', () => {
  test('is listed until it is used, by the real client, which is then listed', async () => {
    const made = await ada.json<NewJoinLine>('/api/clients', {
      json: { name: 'laptop', write_only: true, expires_hours: 2 },
    });
    expect(made.line).toMatch(/^sesame:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}\.[\w-]{43}$/);
    expect((await clients()).join_lines).toEqual([
      { name: 'laptop', write_only: true, expires: expect.stringMatching(/Z$/) as string },
    ]);
    await using folder = await V4Folder.fresh();
    expect((await folder.sesame('enroll', made.line)).code).toBe(0);
    await folder.write('f.txt', 'content');
    expect((await folder.sesame('put', 'f.txt')).code).toBe(0);
    expect((await clients()).join_lines).toEqual([]);
    expect(await client('laptop')).toMatchObject({
      ...{ protocol: 4, state: 'joined', write_only: true, dialect: null, files: 1, bytes: 7, receipts: 1 },
    });
    await until('it has gone', async () => (await client('laptop'))?.connected === false);
  });

  test('can be taken back', async () => {
    const { line } = await ada.json<NewJoinLine>('/api/clients', { json: { name: 'taken-back' } });
    expect((await ada.ask('/api/join-line?name=taken-back', { method: 'DELETE' })).status).toBe(204);
    expect((await ada.ask('/api/join-line?name=taken-back', { method: 'DELETE' })).status).toBe(404);
    await using folder = await V4Folder.fresh();
    expect((await folder.sesame('enroll', line)).code).toBe(6);
  });

  test.for([
    ['laptop', 409, 'name-taken'],
    ['../x', 400, 'bad-name'],
    ['', 400, 'bad-request'],
  ] as const)('for "%s": %i', async ([name, status, code]) => {
    const answer = await ada.ask('/api/clients', { json: { name } });
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test('of a client that was revoked: its connections end, and the name is free for another key', async () => {
    expect((await ada.ask('/api/clients/revoke', { json: { name: 'LAPTOP' } })).status).toBe(204);
    expect(await client('laptop')).toMatchObject({ state: 'revoked' });
    expect((await ada.ask('/api/clients/revoke', { json: { name: 'nobody' } })).status).toBe(404);
    expect((await ada.ask('/api/clients', { json: { name: 'laptop' } })).status).toBe(201);
  });
});

describe('sesamed tokens', () => {
  test('add prints the token once; ls and rm', async () => {
    const added = await run('tokens', 'add', 'script', '--expires', '30');
    expect(added.code).toBe(0);
    expect(added.stdout).toMatch(/^[\w-]{43}\n$/);
    const headers = { authorization: `Bearer ${added.stdout.trim()}` };
    expect((await web.ask('/upload/x', { method: 'PUT', body: 'x', headers })).status).toBe(201);
    expect(await client('script')).toMatchObject({ protocol: 'http', state: 'joined' });

    const { tokens } = await ada.json<TokenList>('/api/tokens');
    const [token] = tokens;
    expect(token).toMatchObject({ client: 'script', last_used: expect.stringMatching(/Z$/) as string });
    const days = (Date.parse(token?.expires ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    const listed = await run('tokens', 'ls', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ id: Number(token?.id), client: 'script' }]);
    expect((await run('tokens', 'ls')).stdout).not.toContain(added.stdout.trim());

    expect((await run('tokens', 'rm', token?.id ?? '')).code).toBe(0);
    expect((await web.ask('/api/files', { headers })).status).toBe(401);
    expect((await run('tokens', 'rm', token?.id ?? '')).code).toBe(3);
    expect((await run('tokens', 'rm', 'x')).code).toBe(2);
    expect((await run('tokens', 'add', 'script', '--expires', '0')).code).toBe(2);
  });

  test('work on the folder where no server runs', async () => {
    await web.server.stop();
    const added = await run('tokens', 'add', 'offline', '--write-only');
    expect(added.code).toBe(0);
    await web.server.again('--http-port', String(web.port), '--join', 'token');
    const headers = { authorization: `Bearer ${added.stdout.trim()}` };
    expect((await web.ask('/upload/x', { method: 'PUT', body: 'x', headers })).status).toBe(201);
    expect((await web.ask('/api/files', { headers })).code).toBe('write-only');
  });

  test('a name that a v3 client or a join line has is taken', async () => {
    expect((await run('enroll', 'reserved')).code).toBe(0);
    const { code, stderr } = await run('tokens', 'add', 'reserved');
    expect(code).toBe(1);
    expect(stderr).toContain('reserved');
  });
});

describe('sesamed users', () => {
  test('add, ls, link, rm', async () => {
    const added = await run('users', 'add', 'vic', '--role', 'operator');
    expect(added.code).toBe(0);
    const vic = await SignedIn.byLink(web.origin, added.stdout.trim());
    expect(vic.session.user).toEqual({ name: 'vic', role: 'operator' });
    const people = JSON.parse((await run('users', 'ls', '--json')).stdout) as unknown[];
    expect(people).toMatchObject([
      { name: 'ada', role: 'operator', has_password: true },
      { name: 'vic', role: 'operator', has_password: true },
    ]);
    expect((await run('users', 'ls')).stdout).toMatch(/ada +operator +yes/);
    expect((await run('users', 'add', 'VIC')).code).toBe(1);
    expect((await run('users', 'rm', 'vic')).code).toBe(0);
    expect((await vic.ask('/api/session')).status).toBe(401);
    expect((await run('users', 'rm', 'ada')).stderr).toContain('last operator');
    expect((await run('users', 'link', 'nobody')).code).toBe(3);
  });
});

test('sesamed audit shows what was done here and there', async () => {
  const { entries } = await ada.json<AuditPage>('/api/audit?search=script');
  expect(entries.map(({ actor, action }) => `${actor} ${action}`)).toContain('local token.add');
  const listed = JSON.parse((await run('audit', 'ls', 'laptop', '-n', '3', '--json')).stdout) as unknown[];
  expect(listed).toMatchObject([
    { actor: 'ada', action: 'client.enroll', target: 'laptop' },
    { actor: 'ada', action: 'client.revoke', target: 'LAPTOP' },
    { actor: 'ada', action: 'client.enroll', target: 'laptop' },
  ]);
  expect((await run('audit', 'ls')).stdout).toMatch(/client\.revoke/);
  expect((await run('audit', 'ls', '-n', '0')).code).toBe(2);
});
