// The console's guard and gate: who is blocked and let in, by hand, in a real browser.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewLink } from '../../src/gateway/api-types.ts';
import type { Security } from '../../src/gateway/security-types.ts';
import { ConsoleBrowser, type ConsolePage, eventually, NARROW } from '../support/browser.ts';
import { looksWell } from '../support/looks.ts';
import { SignedIn, WebServer } from '../support/web.ts';

const HOSTILE = '<img src=x onerror="document.title=1">\u202egnp.exe & "quoted"';

let web: WebServer;
let browser: ConsoleBrowser;
let ada: SignedIn;
let vic: SignedIn;

beforeAll(async () => {
  [web, browser] = await Promise.all([
    WebServer.start('--gate', 'simple', '--gate-port', '0', '--http-proxies', '127.0.0.1'),
    ConsoleBrowser.launch(),
  ]);
  ada = await web.operator();
  const { link } = await ada.json<NewLink>('/api/users', { json: { name: 'vic', role: 'viewer' } });
  vic = await SignedIn.byLink(web.origin, link);
});
afterAll(async () => {
  await Promise.all([browser[Symbol.asyncDispose](), web[Symbol.asyncDispose]()]);
});

async function open(as = ada): Promise<ConsolePage> {
  const console = await browser.open(web.origin, { as, place: '#/security' });
  await console.shows('Guard and gate');
  return console;
}

const security = (): Promise<Security> => ada.json<Security>('/api/security');
const block = (who: string, reason: string | null = null, seconds = 3600): Promise<unknown> =>
  ada.json('/api/guard/block', { json: { who, seconds, reason } });
const letIn = (address: string): Promise<unknown> =>
  ada.json('/api/gate/open', { json: { address, seconds: 600 } });

/** Whatever tests left. */
async function clear(): Promise<void> {
  const { guard, gate } = await security();
  for (const { who } of guard.entries)
    await ada.ask(`/api/guard/block?who=${encodeURIComponent(who)}`, { method: 'DELETE' });
  for (const { address } of gate.open)
    await ada.ask(`/api/gate/open?address=${encodeURIComponent(address)}`, { method: 'DELETE' });
}

describe('where there is nothing to see', () => {
  test('nobody is counted, nobody is let in: what to do next', async () => {
    await clear();
    const console = await open();
    await console.says('Nobody has misbehaved of late.');
    await console.says('sesamed guard block WHO');
    await console.says('Nobody is let in.');
    await console.says('sesame knock open');
    await console.says('Shut to strangers, driver simple');
    await looksWell(console, 'security-empty');
  });

  test('the gate and the guard are off: how they are switched on', async () => {
    await using bare = await WebServer.start('--guard', 'off');
    const eve = await bare.operator('eve');
    const console = await browser.open(bare.origin, { as: eve, place: '#/security' });
    // The server goes before the page does.
    console.allow(/ GET \/api\/live$/);
    await console.says('The guard is off.');
    await console.says('--guard on');
    await console.says('The gate is off.');
    await console.says('docs/GATE.md says how');
    expect(await console.page.locator('main').getByRole('button').count()).toBe(0);
    await looksWell(console, 'security-off');
  });
});

describe('the guard', () => {
  test('somebody is blocked, counted down, and let in again', async () => {
    const console = await open();
    await console.button('Block somebody').click();
    const dialog = console.dialog('Block somebody');
    await console.focuses(console.field('Who'));
    await console.field('Who').fill(' 203.0.113.7 ');
    await console.field('For how long').selectOption('15 minutes');
    await console.field('Reason').fill('scans for holes');
    await looksWell(console, 'security-block');
    await dialog.getByRole('button', { name: 'Block', exact: true }).click();
    await console.says('203.0.113.7 is blocked.');
    await dialog.waitFor({ state: 'detached' });
    await console.focuses(console.button('Block somebody'));

    const row = console.row('203.0.113.7');
    await eventually(() => row.innerText()).toMatch(
      /blocked\s+14 min 5\d s\s+0\.0\s+0\s+operator\s+scans for holes/,
    );
    expect(await row.getByRole('meter', { name: 'Score' }).getAttribute('aria-valuetext')).toBe('0.0 of 20');
    const left = row.locator('.time-left');
    const first = await left.innerText();
    await eventually(() => left.innerText(), 'it counts down').not.toBe(first);

    await row.getByRole('button', { name: 'Unblock' }).click();
    await console.says('203.0.113.7 is let in again.');
    await row.waitFor({ state: 'detached' });
    await console.focuses(console.page.getByRole('heading', { name: /^Guard/, level: 2 }));
    expect((await security()).guard.entries).toEqual([]);
  });

  test('a reason is not needed; who cannot be blocked is said, and the form stays', async () => {
    const console = await open();
    console.allow(/^400 POST \/api\/guard\/block$/);
    await console.button('Block somebody').click();
    const dialog = console.dialog('Block somebody');
    const go = dialog.getByRole('button', { name: 'Block', exact: true });
    for (const [who, why] of [
      ['somebody', 'is nobody: give an address'],
      ['127.0.0.1', 'loopback is never blocked'],
      ['user:ada', 'you would lock yourself out'],
    ] as const) {
      await console.field('Who').fill(who);
      await go.click();
      await dialog.getByRole('alert').filter({ hasText: why }).waitFor();
    }
    await console.field('Who').fill('2001:db8::7');
    await go.click();
    await console.says('2001:db8::/64 is blocked.');
    await clear();
  });

  test('what a hostile reason or name says stays text', async () => {
    await block(`client:${HOSTILE}`, HOSTILE);
    const console = await open();
    const row = console.row('client:');
    await row.waitFor();
    expect(await row.innerText()).toContain('<img src=x onerror=');
    expect(await row.innerText()).toContain('\\u{202e}');
    expect(await row.locator('img').count()).toBe(0);
    expect(await console.page.title()).not.toBe('1');
    await row.getByRole('button', { name: 'Unblock' }).click();
    await row.waitFor({ state: 'detached' });
    await console.says('is let in again.');
  });

  test('whom the score blocked stands there, and who was only warned can be forgotten', async () => {
    const wrong = { name: 'ada', password: 'wrong' };
    const guess = async (address: string, times: number): Promise<void> => {
      for (let n = 0; n < times; n++)
        await web.ask('/api/session', { json: wrong, headers: { 'x-forwarded-for': address } });
    };
    await guess('198.51.100.50', 6);
    await guess('198.51.100.51', 3);
    const console = await open();
    await eventually(() => console.row('198.51.100.50').innerText()).toMatch(/blocked[\s\S]+score\s+sign-in/);
    const warned = console.row('198.51.100.51');
    await eventually(() => warned.innerText()).toMatch(/warned\s+1\d\.\d/);
    await warned.getByRole('button', { name: 'Forget' }).click();
    await console.says('What 198.51.100.51 did is forgotten.');
    await warned.waitFor({ state: 'detached' });
    await clear();
  });

  test('a new recovery PIN is asked for, shown once, and copied', async () => {
    const console = await open();
    const button = console.button('New recovery PIN…');
    await button.click();
    await console.focuses(console.button('Cancel'));
    await console.button('Cancel').click();
    await console.focuses(button);
    await button.click();
    await console.button('Make a new PIN').click();
    const pin = console.page.getByRole('group', { name: 'the PIN' });
    const text = await pin.innerText();
    expect(text).toMatch(/^\d{8}$/);
    await looksWell(console, 'security-pin');
    await console.button('Copy the PIN').waitFor();
    await console.button('Done').click();
    await console.focuses(button);
    expect(await console.page.content(), 'it is not shown again').not.toContain(text);

    await block('203.0.113.9');
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    expect((await web.ask(`/${text}`, { headers })).status, 'it is the PIN').toBe(200);
  });
});

describe('the gate', () => {
  test('an address is let in, and shut out', async () => {
    const console = await open();
    console.allow(/^400 POST \/api\/gate\/open$/);
    await console.button('Let an address in').click();
    const dialog = console.dialog('Let an address in');
    await console.focuses(console.field('Address'));
    await console.field('Address').fill('198.51.100.0/24');
    const go = dialog.getByRole('button', { name: 'Let in', exact: true });
    await go.click();
    await dialog.getByRole('alert').filter({ hasText: 'is no address' }).waitFor();
    await console.field('Address').fill('198.51.100.7');
    await console.field('For how long').selectOption('8 hours');
    await looksWell(console, 'security-open');
    await go.click();
    await console.says('198.51.100.7 is let in for 8 h 0 min.');
    await console.focuses(console.button('Let an address in'));
    const row = console.row('198.51.100.7');
    await eventually(() => row.innerText()).toMatch(/(8 h 0|7 h 59) min\s+operator ada\s+\d{4}-\d\d-\d\d/);
    await row.getByRole('button', { name: 'Close' }).click();
    await console.says('198.51.100.7 is let in no longer.');
    await row.waitFor({ state: 'detached' });
    await console.focuses(console.page.getByRole('heading', { name: /^Gate/, level: 2 }));
    expect((await security()).gate.open).toEqual([]);
  });

  test('who is let in elsewhere shows up by itself', async () => {
    const console = await open();
    await console.says('Nobody is let in.');
    await letIn('198.51.100.8');
    await console.row('198.51.100.8').waitFor();
    await clear();
  });
});

test('a gate that cannot be opened says why', async () => {
  const shown = await security();
  const fault = 'the helper of the gate died: it is started again';
  const console = await browser.open(web.origin, { as: ada });
  await console.page.route('**/api/security', (route) =>
    route.fulfill({ json: { ...shown, gate: { ...shown.gate, driver: 'nftables', fault } } }),
  );
  await console.goTo('#/security');
  await console.page.getByRole('alert').filter({ hasText: fault }).waitFor();
  await looksWell(console, 'security-fault');
});

test('a viewer sees all of it, and no button', async () => {
  await block('203.0.113.7', 'scans for holes');
  await letIn('198.51.100.7');
  const console = await open(vic);
  await console.row('203.0.113.7').waitFor();
  await console.row('198.51.100.7').waitFor();
  expect(await console.page.locator('main').getByRole('button').count()).toBe(0);
  await clear();
  await console.says('An operator blocks by hand');
  await console.says('An operator lets an address in here');
});

test('many of them: within the rules, in every shape, and nothing jumps', { timeout: 60_000 }, async () => {
  await block('user:mallory', 'has left the company', 30 * 86_400);
  await block('2001:db8:1:2::', `scans ${'again and '.repeat(18)}again`, 86_400);
  for (let n = 1; n <= 220; n++) await block(`203.0.113.${n}`, n % 3 === 0 ? null : 'scans', 60 + n);
  for (let n = 1; n <= 4; n++)
    await web.ask('/api/session', {
      json: { name: 'ada', password: 'wrong' },
      headers: { 'x-forwarded-for': '198.51.100.60' },
    });
  await letIn('198.51.100.7');
  await letIn('2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff');
  const script = `window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });`;
  for (const viewport of [undefined, NARROW]) {
    const console = await browser.open(web.origin, {
      ...{ as: ada, place: '#/security', script },
      ...(viewport && { viewport }),
    });
    await console.row('user:mallory').waitFor();
    await console.page.evaluate('window.shifted = 0');
    // Two refreshes, and a dozen seconds counted.
    await console.page.waitForTimeout(11_000);
    expect(await console.page.evaluate<number>('window.shifted')).toBeLessThan(0.01);
    if (viewport) continue;
    const rows = console.page.getByRole('table', { name: 'Who is counted' }).locator('tbody tr');
    expect(await rows.count()).toBe(200);
    await console.button(/^Show \d+ more$/).click();
    expect(await rows.count()).toBe(223);
    await console.goTo('#/');
    await console.says('222 blocked: see Security');
  }
  // Few enough for a picture of all of them.
  const { guard } = await security();
  for (const { who } of guard.entries.filter((one) => one.reason !== null).slice(12))
    await ada.ask(`/api/guard/block?who=${encodeURIComponent(who)}`, { method: 'DELETE' });
  for (const { who } of guard.entries.filter((one) => one.reason === null && one.state === 'blocked'))
    await ada.ask(`/api/guard/block?who=${encodeURIComponent(who)}`, { method: 'DELETE' });
  const console = await open();
  await console.row('user:mallory').waitFor();
  await looksWell(console, 'security-full');
});
