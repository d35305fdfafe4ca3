// The console's audit trail and Settings: what was done, what the server runs with, who may sign in, and one's password.
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConsoleBrowser, type ConsolePage, eventually } from '../support/browser.ts';
import { PASSWORD, SignedIn, WebServer } from '../support/web.ts';

let web: WebServer;
let browser: ConsoleBrowser;
let ada: SignedIn;

beforeAll(async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sesame-test-'));
  const config = join(folder.path, 'sesame.toml');
  await writeFile(config, 'max-upload = "123M"\n');
  [web, browser] = await Promise.all([
    WebServer.start('--config', config, '--conflict', 'version'),
    ConsoleBrowser.launch(),
  ]);
  ada = await web.operator();
});
afterAll(async () => {
  await Promise.all([browser[Symbol.asyncDispose](), web[Symbol.asyncDispose]()]);
});

async function open(place: string, heading: string): Promise<ConsolePage> {
  const console = await browser.open(web.origin, { as: ada, place });
  await console.shows(heading);
  return console;
}

describe('the audit trail', () => {
  test('shows what was done and what was refused, and is searched', async () => {
    await ada.json('/api/clients', { json: { name: 'web-1' } });
    await expect(SignedIn.byPassword(web.origin, 'mallory')).rejects.toThrow('401');
    const console = await open('#/audit', 'Audit trail');
    const enrolled = console.row('client.enroll');
    await eventually(() => enrolled.innerText()).toMatch(
      /ada\s+127\.0\.0\.1\s+client\.enroll\s+done\s+web-1/,
    );
    expect(await console.row('mallory').innerText()).toMatch(/session\.start\s+refused/);

    await console.field('Search the trail').fill('web-1');
    await console.row('session.start').first().waitFor({ state: 'detached' });
    expect(await console.page.locator('tbody tr').count()).toBe(1);
    await console.field('Search the trail').fill('nobody did this');
    await console.says('No entry matches.');
  });

  test('has more than a page, and shows older entries on request', async () => {
    const enrolments = Array.from({ length: 110 }, (_, n) =>
      ada.json('/api/clients', { json: { name: `old-${n}` } }),
    );
    await Promise.all(enrolments);
    const console = await open('#/audit', 'Audit trail');
    const rows = console.page.locator('tbody tr');
    await eventually(() => rows.count()).toBe(100);
    await console.button('Show older entries').click();
    await eventually(() => rows.count()).toBeGreaterThan(110);
    await console.row('mallory').waitFor();
  });
});

test('settings say where each value comes from', async () => {
  const console = await open('#/settings', 'Settings');
  const row = (key: string) =>
    console.page.locator('tbody tr').filter({ has: console.page.getByText(key, { exact: true }) });
  await eventually(() => row('conflict').innerText()).toMatch(/version\s+(flag|--conflict)/);
  expect(await row('max-upload').innerText()).toMatch(/123M|128974848/);
  expect(await row('max-upload').innerText()).toMatch(/sesame\.toml|file/);
  expect(await row('max-upload').innerText()).toContain('SESAME_MAX_UPLOAD');
  await console.field('Search settings').fill('conflict');
  await row('max-upload').waitFor({ state: 'detached' });
  await row('conflict').waitFor();
});

describe('people', () => {
  test('are added with a link, get another one, and are removed', async () => {
    const console = await open('#/people', 'People');
    await console.says('(you)');
    await console.button('Add a person').click();
    await console.field('Name').fill('vic');
    await console.field('Role').selectOption('Viewer');
    await console.button('Add and make a sign-in link').click();
    const link = console.page.getByRole('group', { name: 'the link' });
    const first = await link.innerText();
    expect(first).toMatch(new RegExp(`^${web.origin}/#sign-in=[\\w-]{43}$`));
    await console.button('Done').click();
    const row = console.row('vic');
    await row.getByText('has not chosen a password yet').waitFor();

    await row.getByRole('button', { name: 'Sign-in link' }).click();
    const second = await link.innerText();
    expect(second).not.toBe(first);
    await console.button('Done').click();
    await expect(SignedIn.byLink(web.origin, first)).rejects.toThrow('401');
    const vic = await SignedIn.byLink(web.origin, second);
    expect(vic.session.user).toEqual({ name: 'vic', role: 'viewer' });

    await row.getByRole('button', { name: 'Remove…' }).click();
    await console.button('Remove person').click();
    await console.says('vic is removed.');
    await row.waitFor({ state: 'detached' });
    expect((await vic.ask('/api/session')).status).toBe(401);
  });

  test('the last operator stays', async () => {
    const console = await open('#/people', 'People');
    console.allow(/^409 DELETE \/api\/user$/);
    await console.row('ada').getByRole('button', { name: 'Remove…' }).click();
    await console.button('Remove person').click();
    const dialog = console.dialog('Remove this person?');
    await dialog.getByRole('alert').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await console.row('ada').waitFor();
  });
});

test('a password is changed by who knows the old one', async () => {
  const console = await open('#/account', 'My password');
  console.allow(/^401 PUT \/api\/session\/password$/);
  const change = async (old: string, next: string): Promise<void> => {
    await console.field('Password now').fill(old);
    await console.field('New password').fill(next);
    await console.button('Change password').click();
  };
  await change('not the old one', 'another good one');
  await console.page.getByRole('alert').waitFor();
  await change(PASSWORD, 'another good one');
  await console.says('Your password is changed.');
  expect(await console.field('New password').inputValue()).toBe('');
  await expect(SignedIn.byPassword(web.origin, 'ada')).rejects.toThrow('wrong-password');
  await SignedIn.byPassword(web.origin, 'ada', 'another good one');
});
