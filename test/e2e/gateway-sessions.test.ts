// People: the first sign-in, passwords, sessions, roles; and pages of others that would like to use them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditPage, LinkOwner, NewLink, Session, UserList } from '../../src/gateway/api-types.ts';
import { sesamed } from '../support/sesamed.ts';
import { until } from '../support/waiting.ts';
import { ask, cookieOf, PASSWORD, SignedIn, WebServer, type WebAnswer } from '../support/web.ts';

let web: WebServer;
let ada: SignedIn;

beforeAll(async () => {
  // What the guard would do to who guesses has tests of its own.
  web = await WebServer.start('--guard', 'off');
  await web.printedLink();
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
});

/** Each from an address of its own, for attempts are limited. */
let strangers = 0;
function attempt(json: unknown, path = '/api/session'): Promise<WebAnswer> {
  strangers += 1;
  return ask(`http://127.0.0.1:${web.port}`, path, {
    json,
    headers: { 'x-forwarded-for': `203.0.113.${strangers}` },
  });
}

const secretOf = (link: string): string => link.split('#sign-in=')[1] ?? '';

describe('the first sign-in', () => {
  test('is by a link that the server prints, behind a # so that it is in no log', async () => {
    const link = web.firstLink;
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#sign-in=[\w-]{43}$/);
    const owner = (await attempt({ token: secretOf(link) }, '/api/session/link')).json<LinkOwner>();
    expect(owner).toMatchObject({ name: null, role: 'operator' });
    const ends = Date.parse(owner.expires) - Date.now();
    expect(ends).toBeGreaterThan(23 * 3_600_000);
    expect(ends).toBeLessThan(25 * 3_600_000);
  });

  test.for([
    ['too short', 'ada', '123456789', 'weak-password'],
    ['too long', 'ada', 'x'.repeat(257), 'weak-password'],
    ['a name that is none', '../ada', PASSWORD, 'bad-name'],
    ['no name', '', PASSWORD, 'bad-request'],
  ] as const)('%s: refused, and the link is still good', async ([, name, password, code]) => {
    const token = secretOf(web.firstLink);
    const answer = await attempt({ token, name, password }, '/api/session/link');
    expect([answer.status, answer.code]).toEqual([400, code]);
  });

  test('makes the first operator, once', async () => {
    const token = secretOf(web.firstLink);
    const two = [{ name: 'ada' }, { name: 'eve' }].map((who) =>
      attempt({ ...who, token, password: PASSWORD }, '/api/session/link'),
    );
    const answers = await Promise.all(two);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    const winner = answers.find(({ status }) => status === 200);
    if (!winner) throw new Error('nobody won');
    ada = new SignedIn(web.origin, winner);
    expect(ada.session.user.role).toBe('operator');
    expect((await attempt({ token }, '/api/session/link')).code).toBe('wrong-password');
    expect(winner.headers['set-cookie']).toEqual([
      expect.stringMatching(/^sesame-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
  });

  test('no other link is printed from then on', async () => {
    await web.server.stop();
    const before = web.server.stderr.length;
    // The limits of signing in are looked at from here on: the guard would be there before them.
    const flags = ['--http-port', String(web.port), '--http-proxies', '127.0.0.1', '--guard', 'off'];
    await web.server.again(...flags);
    // The last that it says at a start, behind where a link would be.
    await until('it has said all', async () => web.server.stderr.slice(before).includes('v3 proves neither'));
    expect(web.server.stderr.slice(before)).toContain('console at');
    expect(web.server.stderr.slice(before)).not.toContain('#sign-in');
    // A restart ends no session.
    expect((await ada.ask('/api/session')).status).toBe(200);
  });
});

describe('a password', () => {
  test('signs in, with another session each time', async () => {
    const name = ada.session.user.name;
    const [one, two] = [
      await attempt({ name, password: PASSWORD }),
      await attempt({ name, password: PASSWORD }),
    ];
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(cookieOf(one)).not.toBe(cookieOf(two));
    expect(one.json<Session>().csrf).not.toBe(two.json<Session>().csrf);
  });

  test('signs in again over a session that is still there', async () => {
    const name = ada.session.user.name;
    const answer = await ask(web.origin, '/api/session', {
      json: { name, password: PASSWORD },
      headers: { cookie: ada.cookie, 'x-forwarded-for': '203.0.113.250' },
    });
    expect(answer.status).toBe(200);
    expect(cookieOf(answer)).not.toBe(ada.cookie);
  });

  test('wrong, or of nobody: one and the same refusal', async () => {
    const wrong = await attempt({ name: ada.session.user.name, password: `${PASSWORD}!` });
    const nobody = await attempt({ name: 'nobody', password: PASSWORD });
    expect([wrong.status, wrong.code]).toEqual([401, 'wrong-password']);
    const said = ({ detail, title }: { detail: string; title: string }) => [detail, title];
    expect(said(nobody.json())).toEqual(said(wrong.json()));
  });

  test('the eleventh attempt of an address in a minute: 429 with Retry-After, and others go on', async () => {
    const guess = (address: string) =>
      ask(web.origin, '/api/session', {
        json: { name: 'ada', password: 'wrong guess' },
        headers: { 'x-forwarded-for': address },
      });
    const statuses: number[] = [];
    for (let n = 0; n < 10; n++) statuses.push((await guess('198.51.100.7')).status);
    expect(statuses).toEqual(Array<number>(10).fill(401));
    const limited = await guess('198.51.100.7');
    expect([limited.status, limited.code]).toEqual([429, 'too-many-requests']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect((await guess('198.51.100.8')).status).toBe(401);
  });

  test('is changed by who knows the old one, and ends the other sessions', async () => {
    const name = ada.session.user.name;
    const other = await SignedIn.byPassword(web.origin, name);
    const change = (old: string) =>
      ada.ask('/api/session/password', { method: 'PUT', json: { old, new: 'another good one' } });
    expect((await change('not the old one')).code).toBe('wrong-password');
    expect((await other.ask('/api/session')).status).toBe(200);
    expect((await change(PASSWORD)).status).toBe(204);
    expect((await ada.ask('/api/session')).status).toBe(200);
    expect((await other.ask('/api/session')).status).toBe(401);
    expect((await attempt({ name, password: PASSWORD })).status).toBe(401);
    const back = { old: 'another good one', new: PASSWORD };
    expect((await ada.ask('/api/session/password', { method: 'PUT', json: back })).status).toBe(204);
  });

  test('signing out ends the session in the server', async () => {
    const session = await SignedIn.byPassword(web.origin, ada.session.user.name);
    const answer = await session.ask('/api/session', { method: 'DELETE' });
    expect(answer.status).toBe(204);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^sesame-session=; .*Expires=Thu, 01 Jan 1970/);
    expect((await session.ask('/api/session')).status).toBe(401);
  });
});

describe('changes from elsewhere', () => {
  const enrol = (headers: Record<string, string>, name: string) =>
    ada.ask('/api/clients', { json: { name }, headers });

  test.for([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ 'x-csrf-token': '' }],
    [{ 'x-csrf-token': 'x'.repeat(43) }],
  ])('%j: 403', async ([headers = {}]) => {
    const answer = await enrol(headers, 'elsewhere');
    expect([answer.status, answer.code]).toEqual([403, 'cross-site']);
  });

  test('from the page itself: done', async () => {
    const headers = { 'sec-fetch-site': 'same-origin', origin: `http://127.0.0.1:${web.port}` };
    expect((await enrol(headers, 'from-here')).status).toBe(201);
  });

  test('reading needs no token, and no other site may read', async () => {
    const answer = await ask(web.origin, '/api/session', {
      headers: { cookie: ada.cookie, origin: 'https://evil.example' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('roles', () => {
  let vic: SignedIn;

  test('somebody new signs in by a link first', async () => {
    const { link } = await ada.json<NewLink>('/api/users', { json: { name: 'vic', role: 'viewer' } });
    expect((await attempt({ name: 'vic', password: PASSWORD })).status, 'no password yet').toBe(401);
    vic = await SignedIn.byLink(web.origin, link);
    expect(vic.session.user).toEqual({ name: 'vic', role: 'viewer' });
    const again = await ada.ask('/api/users', { json: { name: 'Vic', role: 'operator' } });
    expect([again.status, again.code]).toEqual([409, 'name-taken']);
  });

  test.for([
    '/api/overview',
    '/api/files',
    '/api/clients',
    '/api/tokens',
    '/api/audit',
    '/api/settings',
    '/api/users',
  ])('a viewer sees %s', async (path) => {
    expect((await vic.ask(path)).status).toBe(200);
  });

  test.for([
    ['POST', '/api/clients', { name: 'x' }],
    ['POST', '/api/clients/revoke', { name: 'x' }],
    ['DELETE', '/api/join-line?name=x', undefined],
    ['POST', '/api/tokens', { client: 'x' }],
    ['DELETE', '/api/token?id=1', undefined],
    ['DELETE', '/api/file?client=x&path=y', undefined],
    ['POST', '/api/users', { name: 'x', role: 'operator' }],
    ['POST', '/api/users/link', { name: 'ada' }],
    ['DELETE', '/api/user?name=ada', undefined],
    ['PUT', '/upload/x', {}],
  ] as const)('a viewer changes nothing: %s %s', async ([method, path, json]) => {
    const answer = await vic.ask(path, { method, json });
    expect([answer.status, answer.code]).toEqual([403, 'not-allowed']);
  });

  test('a forgotten password: the operator’s new link, here or on the command line', async () => {
    const { link } = await ada.json<NewLink>('/api/users/link', { json: { name: 'vic' } });
    const { stdout } = await sesamed(['users', 'link', 'vic', '--data-dir', web.server.dataDir]);
    expect(
      (await attempt({ token: secretOf(link) }, '/api/session/link')).status,
      'the newer one counts',
    ).toBe(401);
    expect(stdout.trim()).toMatch(new RegExp(`^${web.origin}/#sign-in=[\\w-]{43}$`));
    const back = await SignedIn.byLink(web.origin, stdout.trim(), undefined, 'a new password');
    expect((await vic.ask('/api/session')).status, 'sessions before it end').toBe(401);
    vic = back;
  });

  test('who is removed is out at once; the last operator stays', async () => {
    const last = await ada.ask(`/api/user?name=${ada.session.user.name}`, { method: 'DELETE' });
    expect([last.status, last.code]).toEqual([409, 'last-operator']);
    expect((await ada.ask('/api/user?name=VIC', { method: 'DELETE' })).status).toBe(204);
    expect((await vic.ask('/api/session')).status).toBe(401);
    expect((await ada.json<UserList>('/api/users')).users).toHaveLength(1);
    expect((await ada.ask('/api/user?name=vic', { method: 'DELETE' })).status).toBe(404);
  });

  test('what was done, and refused, is in the audit trail', async () => {
    const { entries } = await ada.json<AuditPage>('/api/audit?limit=500');
    const deeds = entries.map(({ actor, action, target, outcome }) =>
      [actor, action, target, outcome].join(' '),
    );
    const name = ada.session.user.name;
    expect(deeds).toEqual(
      expect.arrayContaining([
        `${name} user.add vic done`,
        `${name} user.remove VIC done`,
        `${name} client.enroll from-here done`,
        'local user.link vic done',
        'nobody session.start  refused',
        `${name} session.end  done`,
        `${name} request POST /api/users refused`,
        'vic request DELETE /api/file?client=x&path=y refused',
      ]),
    );
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq).toSorted((a, b) => b - a));
    expect(entries[0]?.address).toMatch(/^127\.0\.0\.1$|^203\./);
    const page = await ada.json<AuditPage>(`/api/audit?limit=2&before=${String(entries[3]?.seq)}`);
    expect(page).toEqual({ entries: entries.slice(4, 6), more: true });
    const found = await ada.json<AuditPage>('/api/audit?search=FROM-HERE');
    expect(found.entries).toHaveLength(1);
  });
});
