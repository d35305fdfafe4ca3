// How who was blocked by mistake gets back in over HTTP: with the recovery PIN, once (docs/GUARD.md 4).
import { execFileSync } from 'node:child_process';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { askFrom, BEHIND_BALANCER } from '../support/from-source.ts';
import { TemporaryFolder } from '../support/running-server.ts';
import { block, isBlocked, suspect } from '../support/suspects.ts';
import { operate } from '../support/operate.ts';
import { until } from '../support/waiting.ts';
import { SignedIn, WebServer, type WebAnswer } from '../support/web.ts';

const BROWSER = { accept: 'text/html' };
const PIN = /recovery PIN (\d{8}):/g;

let sources = 0;
function stranger(): string {
  return `198.51.100.${++sources}`;
}

/** All that have been printed. */
function printed({ server }: WebServer): string[] {
  return Array.from(server.stderr.matchAll(PIN), ([, pin = '']) => pin);
}

async function firstPin(web: WebServer): Promise<string> {
  await until('the PIN is printed', () => Promise.resolve(printed(web).length > 0));
  return printed(web)[0] ?? '';
}

function guess(web: WebServer, source: string, pin: string): Promise<WebAnswer> {
  return askFrom(source, web.origin, `/${pin}`);
}

function submit(web: WebServer, source: string, pin: string, headers = {}): Promise<WebAnswer> {
  const form = { 'content-type': 'application/x-www-form-urlencoded', ...BROWSER };
  return askFrom(source, web.origin, '/recover', { body: `pin=${pin}`, headers: { ...form, ...headers } });
}

/** Another than this. */
function wrong(pin: string): string {
  return pin === '00000000' ? '11111111' : '00000000';
}

describe('the PIN', () => {
  let web: WebServer;
  let folder: TemporaryFolder;
  let pinFile: string;
  const used: string[] = [];

  beforeAll(async () => {
    folder = await TemporaryFolder.create();
    pinFile = join(folder.path, 'pin');
    web = await WebServer.start(...BEHIND_BALANCER, '--guard-pin-file', pinFile, '--log-level', 'debug');
    used.push(await firstPin(web));
  });
  afterAll(async () => {
    await web[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('stands in the file that was asked for, for the owner alone', async () => {
    expect((await readFile(pinFile, 'utf8')).trim()).toBe(used[0]);
    expect((await stat(pinFile)).mode & 0o777).toBe(0o600);
  });

  test('is nothing to who is not blocked: a path where nothing is, as any', async () => {
    const source = stranger();
    const [known, other] = [await guess(web, source, used[0] ?? ''), await guess(web, source, 'abcdefgh')];
    const plain = ({ status, text }: WebAnswer) => [status, text.replace(/"request_id":"[^"]+"/, '')];
    expect(plain(known)).toEqual(plain(other));
    expect(known.status).toBe(404);
    expect((await suspect(web.server, source))?.score).toBeCloseTo(2, 0);
    expect((await submit(web, source, used[0] ?? '')).status).toBe(404);
    expect(printed(web)).toHaveLength(1);
  });

  test('lets in who asks for its path, is used up, and another is printed and written', async () => {
    const [source, neighbour] = [stranger(), stranger()];
    await block(web.server, source);
    await block(web.server, neighbour);
    const pin = used[0] ?? '';
    expect(await guess(web, source, wrong(pin))).toMatchObject({ status: 401, code: 'wrong-pin' });
    const answer = await guess(web, source, pin);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.text).toContain('let in again');
    expect((await askFrom(source, web.origin, '/')).status).toBe(200);
    expect(await suspect(web.server, source)).toBeUndefined();
    expect(await isBlocked(web.server, neighbour)).toBe(true);

    await until('another is printed', () => Promise.resolve(printed(web).length === 2));
    used.push(printed(web)[1] ?? '');
    expect(used[1]).not.toBe(pin);
    expect((await readFile(pinFile, 'utf8')).trim()).toBe(used[1]);
    expect((await stat(pinFile)).mode & 0o777).toBe(0o600);
    expect((await guess(web, neighbour, pin)).status, 'the used one').toBe(401);
  });

  test('by the form: wrong it says so, right it lets in, and elsewhere it is refused', async () => {
    const source = stranger();
    await block(web.server, source);
    const pin = used[1] ?? '';
    expect(await submit(web, source, pin, { origin: 'http://evil.example' })).toMatchObject({ status: 403 });
    expect(await isBlocked(web.server, source)).toBe(true);
    const refused = await submit(web, source, wrong(pin));
    expect(refused.status).toBe(401);
    expect(refused.headers['content-type']).toContain('text/html');
    expect(refused.text).toContain('not the recovery PIN');
    expect((await submit(web, source, pin, { origin: web.origin })).status).toBe(200);
    expect(await isBlocked(web.server, source)).toBe(false);
    await until('another is printed', () => Promise.resolve(printed(web).length === 3));
    used.push(printed(web)[2] ?? '');
  });

  test('lets in, and is printed, where its file cannot be written', async () => {
    const source = stranger();
    await block(web.server, source);
    await rm(folder.path, { recursive: true });
    const answer = await guess(web, source, used[2] ?? '');
    expect(answer.status, answer.text).toBe(200);
    await until('another is printed', () => Promise.resolve(printed(web).length === 4));
    used.push(printed(web)[3] ?? '');
  });

  test('is in the audit trail as what was done, and nowhere as itself', async () => {
    const link = await web.printedLink();
    const [, token = ''] = link.split('#sign-in=');
    const json = { token, name: 'ada', password: 'correct horse battery' };
    const ada = new SignedIn(
      web.origin,
      await askFrom(stranger(), web.origin, '/api/session/link', { json }),
    );
    const audit = await askFrom(stranger(), web.origin, '/api/audit', { headers: { cookie: ada.cookie } });
    const { entries } = audit.json<{ entries: { action: string; outcome: string; address: string }[] }>();
    const recoveries = entries
      .filter(({ action }) => action === 'guard.recover')
      .map(({ outcome }) => outcome);
    expect(recoveries.toSorted()).toEqual(['done', 'done', 'done', 'refused', 'refused', 'refused']);

    // Asked for in ways that no route has, too.
    const source = stranger();
    await block(web.server, source);
    const pin = used[3] ?? '';
    for (const path of [`/${pin}/`, `//${pin}`, `/?pin=${pin}`, `/${pin}?x`]) {
      await askFrom(source, web.origin, path, { headers: BROWSER });
    }
    await web.server.stop();
    const logged = web.server.stderr.replaceAll(PIN, '');
    for (const pin of used) {
      expect(logged).not.toContain(pin);
      const found = (): Buffer => execFileSync('grep', ['-rl', pin, web.server.dataDir]);
      expect(found, 'grep finds nothing').toThrow();
    }
  });
});

test('guesses are throttled, each address and all together, and a kill forgives none', async () => {
  await using web = await WebServer.start(...BEHIND_BALANCER);
  const pin = await firstPin(web);
  const first = stranger();
  await block(web.server, first);
  for (let i = 0; i < 3; i++) expect((await guess(web, first, wrong(pin))).status).toBe(401);
  for (const again of [false, true]) {
    if (again) {
      await web.server.stop('SIGKILL');
      await web.server.again('--http-port', '0', ...BEHIND_BALANCER);
    }
    // The right one, too, is not even looked at.
    const late = await guess(web, first, pin);
    expect(late).toMatchObject({ status: 429, code: 'too-many-requests' });
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(200);
    expect(Number(late.headers['retry-after'])).toBeLessThanOrEqual(300);
    const page = await submit(web, first, pin);
    expect(page.status).toBe(429);
    expect(Number(page.headers['retry-after'])).toBeGreaterThan(200);
    expect(page.text).toMatch(/try again in \d+ seconds/);
  }
  // Ten in all, from wherever.
  const sources = Array.from({ length: 8 }, stranger);
  for (const source of sources) await block(web.server, source);
  const statuses: number[] = [];
  for (const source of sources) statuses.push((await guess(web, source, wrong(pin))).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 401, 429]);
  expect(printed(web)).toEqual([pin]);
  // What was not looked at is written down nowhere: a flood of it costs no disk.
  const asked = { op: 'audit.ls', before: null, limit: 100, search: 'guard.recover' };
  expect(await operate(web.server, asked)).toHaveLength(10);
  await operate(web.server, { op: 'guard.unblock', who: first });
  expect((await askFrom(first, web.origin, '/')).status).toBe(200);
}, 60_000);

test('two at the same time do not both get in by one PIN', async () => {
  await using web = await WebServer.start(...BEHIND_BALANCER);
  const pin = await firstPin(web);
  const both = [stranger(), stranger()];
  for (const source of both) await block(web.server, source);
  const statuses = (await Promise.all(both.map((source) => guess(web, source, pin)))).map(
    ({ status }) => status,
  );
  expect(statuses.toSorted()).toEqual([200, 401]);
});

test('in a browser: the page has the form, the form is sent as our own, and lets in', async () => {
  // No header of a balancer can be had from a browser: it comes through a proxy.
  await using web = await WebServer.start('--http-proxies', '127.0.0.1');
  const pin = await firstPin(web);
  const source = '203.0.113.77';
  await block(web.server, source);
  await using stack = new AsyncDisposableStack();
  const browser = stack.adopt(await launchChromium(), (one) => one.close());
  const context = await browser.newContext();
  await context.route('**', (route) =>
    route.continue({ headers: { ...route.request().headers(), 'x-forwarded-for': source } }),
  );
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('console', (message) => {
    if (!message.text().startsWith('Failed to load resource')) trouble.push(message.text());
  });
  expect((await page.goto(`${web.origin}/`))?.status()).toBe(403);
  const origins: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') void request.allHeaders().then(({ origin }) => origins.push(origin));
  });
  for (const [given, heading] of [
    [wrong(pin), 'Not let in'],
    [pin, 'Let in again'],
  ] as const) {
    await page.goto(`${web.origin}/`);
    await page.getByLabel('Recovery PIN').fill(given);
    await page.getByRole('button', { name: 'Let me back in' }).click();
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  }
  await page.getByRole('link', { name: 'Go on' }).click();
  await page.getByLabel('Name').waitFor();
  expect(origins).toEqual([web.origin, web.origin]);
  expect(trouble).toEqual([]);
}, 60_000);
