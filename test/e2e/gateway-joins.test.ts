// Who joins, over the API: machines that ask, and join lines for many (docs/HTTP.md 4).
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClientList } from '../../src/gateway/client-types.ts';
import type { AuditPage } from '../../src/gateway/api-types.ts';
import type { Approved, Joins, NewFleetLine } from '../../src/gateway/join-types.ts';
import { V4Client } from '../support/v4-client.ts';
import { parseJoinLine } from '../support/v4-enrolment.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { newIdentity, type Identity } from '../support/v4-identity.ts';
import { ask, type SignedIn, WebServer } from '../support/web.ts';

let web: WebServer;
let ada: SignedIn;
beforeAll(async () => {
  web = await WebServer.start('--join', 'approval');
  ada = await web.operator();
});
afterAll(() => web[Symbol.asyncDispose]());

const joins = (): Promise<Joins> => ada.json<Joins>('/api/joins');
const asked = async (name: string) => (await joins()).requests.find((request) => request.name === name);
const post = async (path: string, json: object) => {
  const { status, code } = await ada.ask(path, { json });
  return [status, code];
};
const joinAs = async (identity: Identity, name: string) => {
  using client = await V4Client.connect(web.server.port, identity);
  return await outcomeOfRequest(client.join(name));
};

test('a machine that asks is listed, and approved by name and whole fingerprint', async () => {
  const identity = newIdentity();
  expect(await joinAs(identity, 'web')).toBe('awaiting-approval');
  const request = await asked('web');
  expect(request).toMatchObject({ address: '127.0.0.1', denied: null });
  const { asked: since = '', expires = '' } = request ?? {};
  expect(Date.parse(expires) - Date.parse(since), 'a day from the first ask').toBe(86_400_000);
  expect(Date.parse(request?.expires ?? '') - Date.parse(request?.asked ?? '')).toBe(24 * 3_600_000);
  expect((await web.ask('/metrics')).text).toContain('sesame_join_requests 1\n');
  const fingerprint = request?.fingerprint ?? '';
  const wrong = `${fingerprint.startsWith('A') ? 'B' : 'A'}${fingerprint.slice(1)}`;
  expect(await post('/api/joins/approve', { name: 'web', fingerprint: wrong })).toEqual([404, 'not-found']);
  expect(await post('/api/joins/approve', { name: 'db', fingerprint })).toEqual([404, 'not-found']);
  const cut = { name: 'web', fingerprint: fingerprint.slice(0, 42) };
  expect(await post('/api/joins/approve', cut)).toEqual([400, 'bad-request']);
  const approval = { name: 'WEB', fingerprint, as: 'web-1', write_only: true };
  const approved = await ada.json<Approved>('/api/joins/approve', { json: approval });
  expect(approved).toEqual({ name: 'web-1', id: expect.stringMatching(/^[0-9a-f]{32}$/) as string });
  expect(await joinAs(identity, 'web')).toBe('ok');
  expect(await asked('web')).toBeUndefined();
  const { entries } = await ada.json<AuditPage>('/api/audit?search=client.approve');
  expect(entries).toMatchObject([{ target: 'web-1', detail: fingerprint, actor: ada.session.user.name }]);
});

test('a taken name is 409; the denied stay listed', async () => {
  const identity = newIdentity();
  await joinAs(identity, 'web-1');
  const fingerprint = (await asked('web-1'))?.fingerprint ?? '';
  expect(await post('/api/joins/approve', { name: 'web-1', fingerprint })).toEqual([409, 'name-taken']);
  expect(await post('/api/joins/deny', { name: 'web-1', fingerprint })).toEqual([204, undefined]);
  expect(await joinAs(identity, 'web-1')).toBe('join-refused');
  expect((await asked('web-1'))?.denied).toMatch(/Z$/);
});

test('a line for many is made, listed, used and ended', async () => {
  const enrolment = { pattern: 'db-*', uses: 2, write_only: true, expires_hours: 5 };
  const made = await ada.json<NewFleetLine>('/api/fleet-lines', { json: enrolment });
  const { token } = parseJoinLine(made.line);
  using client = await V4Client.connect(web.server.port);
  expect(await client.join({ token }, 'db-1')).toMatchObject({ name: 'db-1', writeOnly: true });
  expect((await joins()).fleet_lines).toMatchObject([
    { id: made.id, pattern: 'db-*', uses: 2, uses_left: 1 },
  ]);
  const { clients } = await ada.json<ClientList>('/api/clients');
  expect(clients.find(({ name }) => name === 'db-1')?.joined_by).toBe(made.id);
  expect(clients.find(({ name }) => name === 'web-1')?.joined_by).toBeNull();
  expect(JSON.stringify(await joins())).not.toContain(token.toString('base64url'));
  const end = { method: 'DELETE' };
  expect((await ada.ask(`/api/fleet-line?id=${made.id}`, end)).status).toBe(204);
  expect((await ada.ask(`/api/fleet-line?id=${made.id}`, end)).status).toBe(404);
  expect((await joins()).fleet_lines).toEqual([]);
});

test.for([
  [{ pattern: '', uses: 1 }, 'bad-request'],
  [{ pattern: 'a/*', uses: 1 }, 'bad-name'],
  [{ pattern: '*', uses: 0 }, 'bad-request'],
  [{ pattern: '*', uses: 100_001 }, 'bad-request'],
  [{ pattern: '*', uses: 1, expires_hours: 8761 }, 'bad-request'],
] as const)('a line of %j is refused', async ([json, code]) => {
  expect(await post('/api/fleet-lines', json)).toEqual([400, code]);
});

test('none of it is for strangers', async () => {
  for (const path of ['/api/joins', '/api/joins/approve', '/api/joins/deny', '/api/fleet-lines']) {
    expect((await ask(web.origin, path, path === '/api/joins' ? {} : { json: {} })).status).toBe(401);
  }
});
