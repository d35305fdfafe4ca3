// Policies over the API: whom each matches, and what is wrong with which field (docs/HTTP.md 4).
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../src/gateway/client-types.ts';
import type { Problem } from '../../src/gateway/api-types.ts';
import type { MatchingClients, PolicyList } from '../../src/gateway/fleet-types.ts';
import { V4Client } from '../support/v4-client.ts';
import { ask, type SignedIn, WebServer } from '../support/web.ts';

let web: WebServer;
let ada: SignedIn;
beforeAll(async () => {
  web = await WebServer.start('--policies', 'WEB-?:max-files=3;none-*:max-files=1');
  ada = await web.operator();
  for (const name of ['web-2', 'Web-1', 'db-1'])
    (await V4Client.joined(web.server.port, name))[Symbol.dispose]();
});
afterAll(() => web[Symbol.asyncDispose]());

const matching = (pattern: string) =>
  ada.json<MatchingClients>(`/api/policies/clients?pattern=${encodeURIComponent(pattern)}`);

test('the list says how many clients each matches; which ones is asked for, by any pattern', async () => {
  const { policies } = await ada.json<PolicyList>('/api/policies');
  expect(policies.map(({ pattern, clients }) => [pattern, clients])).toEqual([
    ['none-*', 0],
    ['WEB-?', 2],
  ]);
  expect(await matching('web-*')).toEqual({ total: 2, names: ['Web-1', 'web-2'] });
  expect(await matching('*')).toMatchObject({ total: 3 });
  expect(await matching('x')).toEqual({ total: 0, names: [] });
  expect((await ada.ask('/api/policies/clients?pattern=a%2Fb')).code).toBe('bad-name');
  expect((await ada.ask('/api/policies/clients?pattern=')).code).toBe('bad-request');
  expect((await ask(web.origin, '/api/policies/clients?pattern=x')).status).toBe(401);
});

test('one client is what the list has of it', async () => {
  expect(await ada.json<Client>('/api/client?name=db-1')).toMatchObject({
    ...{ name: 'db-1', state: 'joined', watch: null, quota_files: null },
  });
  expect((await ada.ask('/api/client?name=db-2')).code).toBe('not-found');
  expect((await ask(web.origin, '/api/client?name=db-1')).status).toBe(401);
});

test('what makes no sense is said field by field, for people', async () => {
  const json = { pattern: 'a', max_rate: 1, max_bytes: -1, max_files: 1.5 };
  const answer = await ada.ask('/api/policies', { method: 'PUT', json });
  expect([answer.status, answer.code]).toEqual([400, 'bad-request']);
  expect(answer.json<Problem>().faults).toEqual([
    { field: 'max_bytes', message: 'a whole number, or none' },
    { field: 'max_files', message: 'a whole number, or none' },
    { field: 'max_rate', message: 'at least 1K a second, or none' },
  ]);
});
