// The console's Joining: machines that ask, let in or denied, and join lines for many; in a real browser, with the real client.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Locator } from 'playwright-core';
import type { NewLink } from '../../src/gateway/api-types.ts';
import type { Joins } from '../../src/gateway/join-types.ts';
import { ConsoleBrowser, type ConsolePage, eventually, NARROW } from '../support/browser.ts';
import { looksWell } from '../support/looks.ts';
import { listClients } from '../support/sesamed.ts';
import { approve, startAsking, waits } from '../support/v4-approval.ts';
import { V4Folder } from '../support/v4-folder.ts';
import { SignedIn, WebServer } from '../support/web.ts';

/** With pictures, or with a client that waits in between. */
const LONG = { timeout: 60_000 } as const;
const HOSTILE = '<img src=x onerror=document.title=1>\u202egnp';
const HOSTILE_SHOWN = '<img src=x onerror=document.title=1>\\u{202e}gnp';

let web: WebServer;
let browser: ConsoleBrowser;
let ada: SignedIn;
let vic: SignedIn;

beforeAll(async () => {
  [web, browser] = await Promise.all([WebServer.start('--join', 'approval'), ConsoleBrowser.launch()]);
  ada = await web.operator();
  const { link } = await ada.json<NewLink>('/api/users', { json: { name: 'vic', role: 'viewer' } });
  vic = await SignedIn.byLink(web.origin, link);
});
afterAll(async () => {
  await Promise.all([browser[Symbol.asyncDispose](), web[Symbol.asyncDispose]()]);
});

async function open(as = ada, place = '#/joining', heading = 'Joining'): Promise<ConsolePage> {
  const console = await browser.open(web.origin, { as, place });
  await console.shows(heading);
  return console;
}

const joins = (): Promise<Joins> => ada.json<Joins>('/api/joins');
const askingAs = async (name: string) => (await joins()).requests.find((request) => request.name === name);
const stateOf = async (name: string): Promise<string | undefined> =>
  (await listClients(web.server.dataDir)).find((client) => client.name === name)?.state;
const count = (console: ConsolePage): Locator =>
  console.page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Clients' });
const FINGERPRINT = 'Fingerprint, as the machine shows it';

describe('a machine that asks', () => {
  test('appears by itself, is counted, and is let in with the fingerprint that it shows', LONG, async () => {
    const console = await open();
    await console.says('Nobody asks to join.');
    expect(await count(console).innerText()).toBe('Clients');
    await looksWell(console, 'joining-empty');

    await using folder = await V4Folder.fresh();
    await using asking = startAsking(folder, web.server, '--name', 'web-1');
    const { fingerprint } = await waits(asking);
    const row = console.row('web-1');
    await row.getByRole('group', { name: `Fingerprint ${fingerprint}` }).waitFor();
    expect((await row.locator('.fingerprint').innerText()).replaceAll(/\s/g, '')).toBe(fingerprint);
    expect(await row.innerText()).toMatch(/127\.0\.0\.1\s+just now\s+in 24 h/);
    await console.says('1 machine waits.');
    await eventually(() => count(console).textContent()).toBe('Clients1 waiting to join');
    await looksWell(console, 'joining');

    await row.getByRole('button', { name: 'Approve…' }).click();
    const dialog = console.dialog('Approve this machine');
    await console.focuses(console.field(FINGERPRINT));
    expect(await dialog.innerText(), 'it is read off the machine').not.toContain(fingerprint.slice(0, 8));
    // In groups, as somebody would type it.
    await console.field(FINGERPRINT).fill(fingerprint.replaceAll(/.{4}/g, '$& '));
    await console.button('Approve machine').click();
    await console.says('web-1 is let in at its next attempt.');
    expect((await asking.ended).code).toBe(0);
    expect(await stateOf('web-1')).toBe('joined');
    await console.says('No machine waits.');
    await eventually(() => count(console).textContent()).toBe('Clients');
  });

  test(
    'with another fingerprint than is given: said beside the field, and nothing is done',
    LONG,
    async () => {
      await using folder = await V4Folder.fresh();
      await using asking = startAsking(folder, web.server, '--name', 'web-2');
      const { fingerprint } = await waits(asking);
      const console = await open();
      await console.row('web-2').getByRole('button', { name: 'Approve…' }).click();
      const field = console.field(FINGERPRINT);
      const approveIt = console.button('Approve machine');
      await field.fill(fingerprint.slice(0, 15));
      await approveIt.click();
      await console.says('That is too little of it: 16 characters at least.');
      await console.focuses(field);
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      await field.fill(`${fingerprint.slice(0, 42)}!`);
      await approveIt.click();
      await console.says('That is not the key that asks here.');
      await looksWell(console, 'approve-wrong');
      expect(await askingAs('web-2')).toMatchObject({ denied: null });

      await field.fill(fingerprint.slice(0, 16));
      await console.field('Its name here').fill('web-1');
      console.allow(/^409 POST \/api\/joins\/approve$/);
      await approveIt.click();
      await console.says('has the name "web-1" already');
      await console.focuses(console.field('Its name here'));
      await console.field('Its name here').fill('web-two');
      await console.page.getByLabel(/^Write only/).check();
      await approveIt.click();
      await console.says('web-two is let in at its next attempt.');
      expect((await asking.ended).code).toBe(0);
      expect(await stateOf('web-two')).toBe('joined');
      await folder.write('a.txt', 'a');
      expect((await folder.sesame('put', 'a.txt')).code).toBe(0);
      expect((await folder.sesame('ls')).code).not.toBe(0);
    },
  );

  test('that is answered meanwhile: a clear refusal, and the list is as it is now', async () => {
    await using folder = await V4Folder.fresh();
    await using asking = startAsking(folder, web.server, '--name', 'web-3');
    const { fingerprint } = await waits(asking);
    const console = await open();
    await console.row('web-3').getByRole('button', { name: 'Approve…' }).click();
    await approve(web.server, { name: 'web-3', fingerprint });
    await console.row('web-3').waitFor({ state: 'detached' });
    await console.field(FINGERPRINT).fill(fingerprint);
    console.allow(/^404 POST \/api\/joins\/approve$/);
    await console.button('Approve machine').click();
    await console.says('This request is there no longer');
    await console.page.keyboard.press('Escape');
    expect(await askingAs('web-3')).toBeUndefined();
  });

  test(
    'is denied after one has said so twice, stays listed, and can be approved all the same',
    LONG,
    async () => {
      await using folder = await V4Folder.fresh();
      await using asking = startAsking(folder, web.server, '--name', 'web-4');
      const { fingerprint } = await waits(asking);
      const console = await open();
      const row = console.row('web-4');
      await row.getByRole('button', { name: 'Deny…' }).click();
      await console.dialog('Deny this machine?').getByRole('button', { name: 'Cancel' }).click();
      expect(await askingAs('web-4')).toMatchObject({ denied: null });
      await row.getByRole('button', { name: 'Deny…' }).click();
      await console.button('Deny machine').click();
      await console.says('web-4 is denied for a day.');
      await row.getByText('denied', { exact: true }).waitFor();
      await console.focuses(console.page.getByRole('heading', { name: 'Waiting machines' }));
      expect((await asking.ended).code).not.toBe(0);
      expect(await row.getByRole('button', { name: 'Deny…' }).count()).toBe(0);

      await row.getByRole('button', { name: 'Approve…' }).click();
      await console.field(FINGERPRINT).fill(fingerprint);
      await console.button('Approve machine').click();
      await console.says('web-4 is let in at its next attempt.');
      await using again = startAsking(folder, web.server, '--name', 'web-4');
      expect((await again.ended).code).toBe(0);
    },
  );

  test('is seen by a viewer, who decides nothing', async () => {
    await using folder = await V4Folder.fresh();
    await using asking = startAsking(folder, web.server, '--name', 'web-5');
    const { fingerprint } = await waits(asking);
    const console = await open(vic);
    await console
      .row('web-5')
      .getByRole('group', { name: `Fingerprint ${fingerprint}` })
      .waitFor();
    await console.says('There is no such line.');
    expect(await console.button(/Approve|Deny|Make/).count()).toBe(0);
    await ada.ask('/api/joins/deny', { json: { name: 'web-5', fingerprint } });
    await console.row('web-5').getByText('denied', { exact: true }).waitFor();
  });

  test('whatever it calls itself: text, and no wider than the screen', async () => {
    const time = new Date().toISOString();
    const fingerprint = 'A'.repeat(43);
    const request = { name: HOSTILE, fingerprint, address: '2001:db8::7', asked: time, denied: null };
    const long = { ...request, name: 'm'.repeat(100), fingerprint: 'B'.repeat(43), denied: time };
    const console = await browser.open(web.origin, { as: ada, viewport: NARROW });
    await console.page.route('**/api/joins', (route) =>
      route.fulfill({
        json: {
          requests: [request, long].map((one) => ({ ...one, heard: time, expires: time })),
          join_lines: [],
          fleet_lines: [],
        },
      }),
    );
    await console.goTo('#/joining');
    await console.says(HOSTILE_SHOWN);
    await console.row('img').getByRole('button', { name: 'Approve…' }).click();
    await console.dialog('Approve this machine').getByText(HOSTILE_SHOWN).waitFor();
    expect(await console.page.locator('main img, dialog img').count()).toBe(0);
    await console.page.keyboard.press('Escape');
    const width = await console.page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(NARROW.width);
  });
});

describe('a join line for many', () => {
  const secret = (console: ConsolePage, name: string): Promise<string> =>
    console.page.getByRole('group', { name, exact: true }).innerText();

  async function make(console: ConsolePage, pattern: string, uses: string): Promise<void> {
    await console.button('Make a line for many').click();
    await console.field('Names of the machines').fill(pattern);
    await console.field('For how many machines').fill(uses);
    await console.button('Make a join line').click();
  }

  test(
    'is shown once, lets machines in that match, counts down by itself, and is revoked',
    LONG,
    async () => {
      const console = await open();
      await console.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await make(console, 'db-*', '2');
      await console.dialog('Join line').waitFor();
      const line = await secret(console, 'the join line');
      expect(await secret(console, 'the command')).toBe(`sesame enroll '${line}'`);
      await looksWell(console, 'fleet-line');
      await console.button('Copy the join line').click();
      await console.says('Copied the join line.');
      expect(await console.page.evaluate<string>('navigator.clipboard.readText()')).toBe(line);
      await console.button('Done').click();
      const row = console.row('db-*');
      expect(await row.innerText()).toMatch(/2 of 2\s+just now\s+in 3 days/);
      expect(await console.page.content(), 'shown once').not.toContain(line);

      await using folder = await V4Folder.fresh();
      expect((await folder.sesame('enroll', line, '--name', 'web-9')).code, 'another name').not.toBe(0);
      expect(await folder.sesame('enroll', line, '--name', 'db-1')).toMatchObject({ code: 0 });
      await row.getByText('1 of 2').waitFor();
      await looksWell(console, 'fleet-lines');

      await row.getByRole('button', { name: 'Revoke…' }).click();
      await console.button('Revoke line').click();
      await console.says('The join line for db-* is good no longer.');
      await console.says('There is no such line.');
      await using late = await V4Folder.fresh();
      expect((await late.sesame('enroll', line, '--name', 'db-2')).code).not.toBe(0);
      expect(await stateOf('db-1')).toBe('joined');
    },
  );

  test('that makes no sense: the server says which field, and what was typed stays', async () => {
    const console = await open();
    console.allow(/^400 POST \/api\/fleet-lines$/);
    await make(console, 'a/*', '100001');
    await console.says('1 to 100,000 machines');
    await console.focuses(console.field('For how many machines'));
    await console.field('For how many machines').fill('many');
    await console.button('Make a join line').click();
    await console.says('How many machines? A whole number.');
    await console.field('For how many machines').fill('5');
    await console.button('Make a join line').click();
    await console.says('is no pattern of client names');
    await console.focuses(console.field('Names of the machines'));
    expect(await console.field('Names of the machines').inputValue()).toBe('a/*');
    expect((await joins()).fleet_lines).toEqual([]);
  });

  test('for whatever names: text', async () => {
    const console = await open();
    await make(console, HOSTILE, '1');
    await console.dialog('Join line').locator('strong').getByText(HOSTILE_SHOWN).waitFor();
    await console.button('Done').click();
    await console.row('img').getByText(HOSTILE_SHOWN).waitFor();
    await console.row('img').getByRole('button', { name: 'Revoke…' }).click();
    await console.dialog('Revoke this join line?').locator('.thing').getByText(HOSTILE_SHOWN).waitFor();
    await console.button('Revoke line').click();
    await console.says('There is no such line.');
    expect(await console.page.locator('main img, dialog img').count()).toBe(0);
  });
});
