// The console's doors: the first sign-in, passwords, signing out, a session that ended elsewhere, and what a viewer sees.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewLink } from '../../src/gateway/api-types.ts';
import { ConsoleBrowser, type ConsolePage } from '../support/browser.ts';
import { PASSWORD, SignedIn, WebServer } from '../support/web.ts';

let web: WebServer;
let browser: ConsoleBrowser;

beforeAll(async () => {
  [web, browser] = await Promise.all([WebServer.start(), ConsoleBrowser.launch()]);
});
afterAll(async () => {
  await Promise.all([browser[Symbol.asyncDispose](), web[Symbol.asyncDispose]()]);
});

/** What stands behind the origin in a sign-in link. */
const placeOf = (link: string): string => new URL(link).hash;

async function signIn(console: ConsolePage, name: string, password: string): Promise<void> {
  await console.field('Name').fill(name);
  await console.field('Password').fill(password);
  await console.button('Sign in').click();
}

describe('a sign-in link', () => {
  test('leaves the address at once, and makes the first operator', async () => {
    const console = await browser.open(web.origin, { place: placeOf(web.firstLink) });
    await console.shows('Welcome to Sesame');
    expect(console.place).toBe('#/');
    await console.focuses(console.field('Name'));
    await console.field('Name').fill('ada');
    await console.field('Password').fill('too short');
    await console.field('Password').press('Enter');
    const isTooShort = (field: { validity: { tooShort: boolean } }): boolean => field.validity.tooShort;
    expect(await console.field('Password').evaluate(isTooShort)).toBe(true);
    await console.field('Password').fill(PASSWORD);
    expect(await console.field('Password').getAttribute('type')).toBe('password');
    await console.button('Show: Password').click();
    expect(await console.field('Password').getAttribute('type')).toBe('text');
    await console.button('Set password and sign in').click();
    await console.shows('Overview');
    await console.says('Welcome, ada.');
    await console.page.goBack().catch(() => null);
    expect(console.page.url()).not.toContain('sign-in=');
  });

  test('is good once', async () => {
    const console = await browser.open(web.origin, { place: placeOf(web.firstLink) });
    console.allow(/^401 POST \/api\/session\/link$/);
    await console.page.getByRole('alert').waitFor();
    expect(await console.button('Try again').count()).toBe(0);
    await console.button('Sign in with a password instead').click();
    await console.shows('Sign in');
  });
});

describe('name and password', () => {
  test('wrong ones are refused, and the right ones lead to where the address says', async () => {
    const console = await browser.open(web.origin, { place: '#/files?search=report' });
    console.allow(/^401 POST \/api\/session$/);
    await console.shows('Sign in');
    expect(await console.page.title()).toBe('Sign in · Sesame');
    await signIn(console, 'ada', 'not her password');
    await console.page.getByRole('alert').waitFor();
    expect(await console.field('Password').inputValue()).toBe('not her password');
    await console.field('Password').fill(PASSWORD);
    await console.field('Password').press('Enter');
    await console.shows('Files');
    expect(await console.field('Search paths').inputValue()).toBe('report');
  });

  test('a session outlives a reload, and ends with signing out', async () => {
    const ada = await SignedIn.byPassword(web.origin, 'ada');
    const console = await browser.open(web.origin, { as: ada, place: '#/clients' });
    await console.shows('Clients');
    await console.page.reload();
    await console.shows('Clients');
    await console.button('Sign out').click();
    await console.shows('Sign in');
    expect((await ada.ask('/api/session')).status).toBe(401);
    expect(await console.page.context().cookies()).toEqual([]);
    console.allow(/^401 GET \/api\/session$/);
    await console.page.reload();
    await console.shows('Sign in');
    expect(await console.page.getByText('Your session has ended').count()).toBe(0);
  });

  test('a session that ended elsewhere: signing in goes on where one was', async () => {
    const ada = await SignedIn.byPassword(web.origin, 'ada');
    const console = await browser.open(web.origin, { as: ada, place: '#/audit' });
    console.allow(/^401 GET /);
    await console.row('session.start').first().waitFor();
    await ada.ask('/api/session', { method: 'DELETE' });
    await console.button('Refresh').click();
    await console.says('Your session has ended. Sign in to go on where you were.');
    expect(console.place).toBe('#/audit');
    await signIn(console, 'ada', PASSWORD);
    await console.shows('Audit trail');
    await console.row('session.end').first().waitFor();
  });
});

test('a viewer sees everything, and no button for what he may not do', async () => {
  const ada = await SignedIn.byPassword(web.origin, 'ada');
  const { link } = await ada.json<NewLink>('/api/users', { json: { name: 'vic', role: 'viewer' } });
  await ada.json('/api/clients', { json: { name: 'web-1' } });
  const upload = await ada.ask('/upload/notes.txt', { method: 'PUT', body: 'notes' });
  expect(upload.status).toBe(201);

  const console = await browser.open(web.origin, { place: placeOf(link) });
  await console.says('who is a viewer');
  await console.field('Password').fill(PASSWORD);
  await console.button('Set password and sign in').click();
  await console.shows('Overview');

  const forOperators = /enrol|revoke|withdraw|delete|remove|make|add a|sign-in link/i;
  const seen: string[] = [];
  for (const [place, heading, something] of [
    ['#/clients', 'Clients', 'web-1'],
    ['#/tokens', 'Access tokens', 'There are no tokens.'],
    ['#/people', 'People', 'vic'],
    ['#/files?of=ada&path=notes.txt', 'Files', 'in the client’s chain'],
    ['#/settings', 'Settings', 'http.max-active'],
    ['#/audit', 'Audit trail', 'user.add'],
  ] as const) {
    await console.goTo(place);
    await console.shows(heading);
    await console.says(something);
    seen.push(...(await console.page.getByRole('button').allTextContents()));
  }
  expect(seen).toContain('Verify now');
  expect(seen.filter((name) => forOperators.test(name))).toEqual([]);
});
