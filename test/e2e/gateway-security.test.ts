// The guard and the gate over HTTP: what is shown, what operators do, what is counted, and how it stands in the trail.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditPage, Overview } from '../../src/gateway/api-types.ts';
import type { NewBlock, NewPin, Opening, Security } from '../../src/gateway/security-types.ts';
import { ask, SignedIn, WebServer, type WebAnswer } from '../support/web.ts';
import { sesamed } from '../support/sesamed.ts';
import { until } from '../support/waiting.ts';

/** Through a proxy that is believed, anybody comes from where the test says. */
const PROXIED = ['--http-proxies', '127.0.0.1'] as const;
const from = (address: string) => ({ 'x-forwarded-for': address });

let web: WebServer;
let ada: SignedIn;
let vic: SignedIn;

beforeAll(async () => {
  web = await WebServer.start(
    ...PROXIED,
    '--gate',
    'simple',
    '--gate-port',
    '0',
    '--guard-allow',
    '10.9.0.0/16',
  );
  ada = await web.operator();
  const { link } = await ada.json<{ link: string }>('/api/users', { json: { name: 'vic', role: 'viewer' } });
  vic = await SignedIn.byLink(web.origin, link);
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
});

const security = (): Promise<Security> => ada.json<Security>('/api/security');
const suspect = async (who: string) => (await security()).guard.entries.find((one) => one.who === who);
const block = (json: object): Promise<WebAnswer> => ada.ask('/api/guard/block', { json });
const remove = (path: string): Promise<WebAnswer> => ada.ask(path, { method: 'DELETE' });
const open = (json: object): Promise<WebAnswer> => ada.ask('/api/gate/open', { json });

/** The newest of this kind. */
async function noted(action: string) {
  const { entries } = await ada.json<AuditPage>(`/api/audit?search=${action}`);
  return entries.find((entry) => entry.action === action);
}

async function metric(line: string): Promise<number | undefined> {
  const { text } = await web.ask('/metrics');
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length));
}

describe('the guard', () => {
  test('says by which rules it goes', async () => {
    const { guard } = await security();
    expect(guard).toMatchObject({
      state: 'on',
      rules: { warn_at: 10, block_at: 20, half_life: 60, block_time: 15, max_block_time: 600 },
      more: false,
    });
  });

  test('an operator blocks somebody, who is listed, refused, and let in again', async () => {
    const made = await block({ who: '203.0.113.7', seconds: 600, reason: 'scans' });
    expect([made.status, made.json<NewBlock>()]).toEqual([200, { who: '203.0.113.7', seconds_left: 600 }]);
    expect(await suspect('203.0.113.7')).toMatchObject({
      ...{ state: 'blocked', score: 0, by: 'operator', reason: 'scans', blocks: 0 },
      seconds_left: expect.toSatisfy((left: number) => left > 590 && left <= 600) as number,
    });
    expect(await noted('guard.block')).toMatchObject({
      ...{ actor: 'ada', address: '127.0.0.1', target: '203.0.113.7', outcome: 'done' },
      detail: '600 s, scans',
    });
    const refused = await web.ask('/api/session', { headers: from('203.0.113.7') });
    expect([refused.status, refused.code]).toEqual([403, 'blocked']);

    expect((await remove('/api/guard/block?who=203.0.113.7')).status).toBe(204);
    expect(await suspect('203.0.113.7')).toBeUndefined();
    expect((await web.ask('/api/session', { headers: from('203.0.113.7') })).status).toBe(401);
    expect(await noted('guard.unblock')).toMatchObject({ actor: 'ada', target: '203.0.113.7' });
    expect((await remove('/api/guard/block?who=203.0.113.7')).status, 'nothing is known of it').toBe(404);
  });

  test('of an IPv6 address, its /64 is blocked; a person and a client by name', async () => {
    for (const [who, subject] of [
      ['2001:db8::1:7', '2001:db8::/64'],
      ['client:laptop', 'client:laptop'],
      ['user:mallory', 'user:mallory'],
    ] as const) {
      const made = await block({ who, seconds: 60, reason: null });
      expect(made.json<NewBlock>().who).toBe(subject);
      expect((await remove(`/api/guard/block?who=${encodeURIComponent(subject)}`)).status).toBe(204);
    }
  });

  test.for([
    ['nobody', { who: 'somebody', seconds: 60 }, 'bad-setting', 'is nobody'],
    ['a network', { who: '203.0.113.0/24', seconds: 60 }, 'bad-setting', 'is nobody'],
    ['loopback', { who: '127.0.0.1', seconds: 60 }, 'bad-setting', 'never blocked'],
    ['who is never counted', { who: '10.9.1.1', seconds: 60 }, 'bad-setting', 'never blocked'],
    ['who asks', { who: 'user:ada', seconds: 60 }, 'bad-request', 'lock yourself out'],
    ['no time', { who: '203.0.113.7', seconds: 0 }, 'bad-request', 'seconds'],
    ['more than a year', { who: '203.0.113.7', seconds: 366 * 86_400 }, 'bad-request', 'seconds'],
    ['a long reason', { who: '203.0.113.7', seconds: 60, reason: 'x'.repeat(201) }, 'bad-request', 'reason'],
  ] as const)('blocks not %s: 400', async ([, json, code, why]) => {
    const answer = await block(json);
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(answer.json<{ detail: string }>().detail).toContain(why);
  });

  test.for(['198.51.100.1', '2001:db8:5::1'])(
    'an operator does not lock himself out from %s',
    async (address) => {
      const headers = { ...from(address), cookie: ada.cookie, 'x-csrf-token': ada.session.csrf };
      const answer = await ask(web.origin, '/api/guard/block', {
        json: { who: address, seconds: 60 },
        headers,
      });
      expect([answer.status, answer.code]).toEqual([400, 'bad-request']);
      expect((await ask(web.origin, '/api/session', { headers })).status).toBe(200);
      expect(await suspect(address)).toBeUndefined();
      expect(await noted('request')).toMatchObject({ actor: 'ada', address, outcome: 'refused' });
    },
  );

  test('whose score led to it is listed as such, and counted', async () => {
    const wrong = { name: 'ada', password: 'wrong' };
    for (let n = 0; n < 6; n++)
      await web.ask('/api/session', { json: wrong, headers: from('198.51.100.50') });
    expect(await suspect('198.51.100.50')).toMatchObject({
      state: 'blocked',
      by: 'score',
      reason: 'sign-in',
      blocks: 1,
    });
    expect(await metric('sesame_guard_offences_total{offence="sign-in"}')).toBeGreaterThanOrEqual(5);
    expect(await metric('sesame_guard_offences_total{offence="traversal"}')).toBe(0);
    expect(await metric('sesame_guard_warnings_total')).toBeGreaterThanOrEqual(1);
    expect(await metric('sesame_guard_blocks_total')).toBeGreaterThanOrEqual(1);
    expect(await metric('sesame_guard_blocked{family="ipv4"}')).toBeGreaterThanOrEqual(1);
    expect(await metric('sesame_guard_tracked{family="ipv6"}')).toBe(0);
    const before = (await metric('sesame_guard_refused_total')) ?? 0;
    await web.ask('/', { headers: from('198.51.100.50') });
    expect(await metric('sesame_guard_refused_total')).toBe(before + 1);
  });

  test('whoever is blocked by name does not look on', async () => {
    const { link } = await ada.json<{ link: string }>('/api/users', {
      json: { name: 'eve', role: 'viewer' },
    });
    const eve = await SignedIn.byLink(web.origin, link);
    const live = await fetch(`${web.origin}/api/live`, { headers: { cookie: eve.cookie } });
    const over = live.text().catch(() => 'cut');
    expect((await block({ who: 'user:eve', seconds: 60 })).status).toBe(200);
    const refused = await eve.ask('/api/security');
    expect([refused.status, refused.code]).toEqual([403, 'blocked']);
    expect(await over).toBeDefined();
    await remove('/api/guard/block?who=user:eve');
  });
});

test('a new recovery PIN is good once, in the place of the one before', async () => {
  const made = await ada.ask('/api/guard/pin', { method: 'POST' });
  expect(made.status).toBe(201);
  const { pin } = made.json<NewPin>();
  expect(pin).toMatch(/^\d{8}$/);
  expect(await noted('guard.pin')).toMatchObject({ actor: 'ada', outcome: 'done', detail: null });
  const trail = await ada.ask('/api/audit');
  expect(trail.text, 'the trail has no PIN').not.toContain(pin);
  await block({ who: '203.0.113.9', seconds: 60 });
  expect((await web.ask(`/${pin}`, { headers: from('203.0.113.9') })).status).toBe(200);
  expect(await suspect('203.0.113.9')).toBeUndefined();
  await block({ who: '203.0.113.9', seconds: 60 });
  expect((await web.ask(`/${pin}`, { headers: from('203.0.113.9') })).status).toBe(401);
  expect(await metric('sesame_guard_recoveries_total{outcome="recovered"}')).toBe(1);
  expect(await metric('sesame_guard_recoveries_total{outcome="wrong"}')).toBe(1);
  await remove('/api/guard/block?who=203.0.113.9');
});

describe('the gate', () => {
  test('shows its driver and its knock port', async () => {
    const { gate } = await security();
    expect(gate).toMatchObject({ state: 'shut', driver: 'simple', fault: null, open_time: 30, open: [] });
    expect(gate.port).toBeGreaterThan(0);
  });

  test('an operator lets an address in, and shuts it out', async () => {
    const made = await open({ address: '198.51.100.7', seconds: 600 });
    expect(made.status).toBe(200);
    const opening = { address: '198.51.100.7', by: 'operator ada', seconds_left: 600 };
    expect(made.json<Opening>()).toMatchObject(opening);
    expect(await noted('gate.open')).toMatchObject({ actor: 'ada', target: '198.51.100.7', detail: '600 s' });
    const { open: listed } = (await security()).gate;
    expect(listed).toMatchObject([{ address: '198.51.100.7', by: 'operator ada' }]);
    expect(await metric('sesame_gate_open')).toBe(1);

    expect((await remove('/api/gate/open?address=198.51.100.7')).status).toBe(204);
    expect((await security()).gate.open).toEqual([]);
    expect(await noted('gate.close')).toMatchObject({ actor: 'ada', target: '198.51.100.7' });
    expect((await remove('/api/gate/open?address=198.51.100.7')).status, 'it is not let in').toBe(404);
  });

  test('for as long as a knock opens, where nothing else is said', async () => {
    expect((await open({ address: '2001:db8::7' })).json<Opening>().seconds_left).toBe(30);
    expect((await remove('/api/gate/open?address=2001:0db8::7')).status, 'another way of writing').toBe(204);
  });

  test.for([
    [{ address: '198.51.100.0/24' }, 'bad-setting'],
    [{ address: 'files.example.org' }, 'bad-setting'],
    [{ address: 'fe80::1%eth0' }, 'bad-setting'],
    [{ address: '198.51.100.7', seconds: 86_401 }, 'bad-request'],
    [{ address: '198.51.100.7', seconds: 0.5 }, 'bad-request'],
    [{}, 'bad-request'],
  ] as const)('opens not for %j: 400', async ([json, code]) => {
    const answer = await open(json);
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect((await security()).gate.open).toEqual([]);
  });

  test('its metrics are there', async () => {
    expect(await metric('sesame_gate_fault')).toBe(0);
    expect(await metric('sesame_gate_refused_total')).toBe(0);
    for (const listener of ['transfer', 'http']) {
      for (const reason of ['blocked', 'shut', 'crowd', 'room', 'header']) {
        const name = `sesame_connections_refused_total{listener="${listener}",reason="${reason}"}`;
        expect(await metric(name), name).toBe(0);
      }
    }
    expect(await metric('sesame_connections_refused_total{listener="transfer",reason="v3"}')).toBe(0);
    const { text } = await web.ask('/metrics');
    expect(text, 'no address in them').not.toMatch(/192\.0\.2|198\.51\.100|203\.0\.113|2001:db8/);
  });
});

describe('a viewer', () => {
  test('sees it', async () => {
    expect((await vic.ask('/api/security')).status).toBe(200);
  });

  test.for([
    ['POST', '/api/guard/block', { who: '203.0.113.8', seconds: 60, reason: null }],
    ['DELETE', '/api/guard/block?who=203.0.113.8', undefined],
    ['POST', '/api/guard/pin', undefined],
    ['POST', '/api/gate/open', { address: '203.0.113.8', seconds: null }],
    ['DELETE', '/api/gate/open?address=203.0.113.8', undefined],
  ] as const)('changes nothing: %s %s', async ([method, path, json]) => {
    const answer = await vic.ask(path, { method, json });
    expect([answer.status, answer.code]).toEqual([403, 'not-allowed']);
    expect(await noted('request')).toMatchObject({ actor: 'vic', outcome: 'refused', detail: 'not-allowed' });
    expect((await web.ask(path, { method, json })).status, 'nor does a stranger').toBe(401);
  });
});

describe('health', () => {
  test('warns of many blocks, and says that the gate is shut', async () => {
    const health = async (name: string) =>
      (await ada.json<Overview>('/api/overview')).health.find((check) => check.name === name);
    expect(await health('guard')).toMatchObject({ state: 'ok' });
    expect(await health('gate')).toEqual({
      name: 'gate',
      state: 'ok',
      message: 'shut to strangers (simple)',
    });
    for (let n = 1; n <= 101; n++) await block({ who: `203.0.113.${n}`, seconds: 60 });
    expect(await health('guard')).toMatchObject({ state: 'warning' });
    for (let n = 1; n <= 101; n++) await remove(`/api/guard/block?who=203.0.113.${n}`);
    await until('it is well again', async () => (await health('guard'))?.state === 'ok');
  });

  test('more than 500: the first of them are listed', { timeout: 60_000 }, async () => {
    const all = Array.from({ length: 510 }, (_, n) => `10.0.${Math.floor(n / 250)}.${n % 250}`);
    for (const who of all) await block({ who, seconds: 60 });
    const { guard } = await security();
    expect(guard.entries).toHaveLength(500);
    expect(guard).toMatchObject({ more: true });
    expect(guard.blocked).toBeGreaterThanOrEqual(510);
  });
});

describe('where both are off', () => {
  test('it is said so, and nothing can be done with them', async () => {
    await using bare = await WebServer.start('--guard', 'off');
    const eve = await bare.operator('eve');
    const shown = await eve.json<Security>('/api/security');
    expect(shown.guard).toMatchObject({ state: 'off', entries: [], tracked: 0, blocked: 0 });
    expect(shown.gate).toEqual({
      state: 'off',
      driver: null,
      fault: null,
      port: null,
      open_time: 30,
      open: [],
    });
    const blocked = await eve.ask('/api/guard/block', { json: { who: '203.0.113.7', seconds: 60 } });
    expect([blocked.status, blocked.code]).toEqual([400, 'bad-setting']);
    const { stderr } = await sesamed(['guard', 'block', '203.0.113.7', '--data-dir', bare.server.dataDir]);
    expect(stderr, 'nor on the command line').toContain('the guard is off');
    const opened = await eve.ask('/api/gate/open', { json: { address: '203.0.113.7' } });
    expect([opened.status, opened.code]).toEqual([404, 'not-found']);
    const closed = await eve.ask('/api/gate/open?address=203.0.113.7', { method: 'DELETE' });
    expect(closed.status).toBe(404);
  });
});
