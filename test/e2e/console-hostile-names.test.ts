// Names that would like to be markup, scripts, or something else than they are: the console shows them as text.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConsoleBrowser, type ConsolePage, eventually, NARROW } from '../support/browser.ts';
import { WebServer, type SignedIn } from '../support/web.ts';

const SHOUT = '<img src=x onerror=document.title=`taken`>';

/** Each with what must be read on the page. */
const NAMES: readonly (readonly [what: string, name: string, shown: string])[] = [
  ['markup', SHOUT, SHOUT],
  ['a script', '<script>document.title=`taken`<\u2215script>', '<script>document.title=`taken`<∕script>'],
  ['quotes', `"'\`><b onmouseover=document.title=1>`, `"'\`><b onmouseover=document.title=1>`],
  ['entities', '&lt;b&gt;&#x202e;', '&lt;b&gt;&#x202e;'],
  ['a right-to-left override', 'invoice\u202efdp.exe', 'invoice\\u{202e}fdp.exe'],
  ['isolates and zero widths', 'a\u2066b\u2069c\u200bd\ufeffe', 'a\\u{2066}b\\u{2069}c\\u{200b}d\\u{feff}e'],
  [
    'control characters',
    'bell\u0007esc\u001b[31mline\nback\u0008',
    'bell\\u{7}esc\\u{1b}[31mline\\u{a}back\\u{8}',
  ],
  ['a separator', 'one\u2028two\u0085three', 'one\\u{2028}two\\u{85}three'],
  ['what an address would mean', 'a&of=b#c?d=%2e%2e%00+e', 'a&of=b#c?d=%2e%2e%00+e'],
  ['a template', '${1+1}{{1+1}}%s%d', '${1+1}{{1+1}}%s%d'],
  ['Hebrew, which runs to the left by right', 'שלום.txt', 'שלום.txt'],
  ['many marks on one letter', `z${'\u0335'.repeat(60)}`, `z${'\u0335'.repeat(60)}`],
];
const DEEP = `${'d/'.repeat(200)}deep.txt`;

let web: WebServer;
let browser: ConsoleBrowser;
let ada: SignedIn;
/** A client whose name is as bad. */
const CLIENT = '<img src=x onerror=document.title=1>';

beforeAll(async () => {
  [web, browser] = await Promise.all([WebServer.start(), ConsoleBrowser.launch()]);
  ada = await web.operator();
  const token = await ada.tokenFor(CLIENT);
  for (const name of [...NAMES.map(([, name]) => name), DEEP]) {
    const path = name.split('/').map(encodeURIComponent).join('/');
    const answer = await web.ask(`/upload/${path}`, { method: 'PUT', body: name, headers: token });
    if (answer.status !== 201) throw new Error(`${JSON.stringify(name)}: ${answer.text}`);
  }
  await ada.json('/api/clients', { json: { name: '"><svg onload=document.title=2>' } });
});
afterAll(async () => {
  await Promise.all([browser[Symbol.asyncDispose](), web[Symbol.asyncDispose]()]);
});

/** Nothing of a name has become an element, and none of its scripts has run. */
async function staysText(console: ConsolePage): Promise<void> {
  const made = console.page.locator('img, svg[onload], b, [onmouseover], [onerror], body script');
  expect(await made.count()).toBe(0);
  expect(await console.page.title()).toMatch(/ · Sesame$/);
}

test('in the list and in the drawer', async () => {
  const console = await browser.open(web.origin, { as: ada, place: '#/files' });
  const links = console.page.locator('.row-link');
  await links.first().waitFor();
  const texts = await console.page.locator('.file-table .path-name').allInnerTexts();
  expect(texts.toSorted()).toEqual([...NAMES.map(([, , shown]) => shown), 'deep.txt'].toSorted());

  const whole = console.page.getByRole('group', { name: 'Path', exact: true });
  for (const [what, , shown] of NAMES) {
    await links.nth(texts.indexOf(shown)).click();
    await whole.waitFor();
    expect(await whole.innerText(), what).toBe(shown);
    expect(await console.page.locator('.file-name').innerText(), what).toBe(shown);
    await console.page.keyboard.press('Escape');
    await whole.waitFor({ state: 'detached' });
  }
  await staysText(console);
});

test('in an address', async () => {
  const console = await browser.open(web.origin, { as: ada });
  for (const [what, path, shown] of NAMES) {
    await console.goTo(`#/files?${new URLSearchParams({ of: CLIENT, path }).toString()}`);
    await eventually(() => console.page.locator('.file-name').innerText(), what).toBe(shown);
  }
  await staysText(console);
});

test('a path of 200 folders is cut in the list, and whole in the drawer', async () => {
  const console = await browser.open(web.origin, {
    ...{ as: ada, viewport: NARROW, place: '#/files?search=deep.txt' },
  });
  const link = console.page.locator('.row-link');
  await link.click();
  const whole = console.page.getByRole('group', { name: 'Path', exact: true });
  await eventually(() => whole.innerText()).toBe(DEEP);
  expect(await link.innerText()).toMatch(/^(d\/){20,80}d?…\/?(d\/){20,80}\s*deep\.txt$/);
  const width = await console.page.evaluate<number>('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(NARROW.width);
});

test('names of clients, and names in messages, dialogs, the audit trail and what has ended', async () => {
  const console = await browser.open(web.origin, { as: ada });
  await console.button('Ended').click();
  await console.says(SHOUT);
  await staysText(console);

  await console.goTo('#/clients');
  await console.row(CLIENT).waitFor();
  await console.button('Withdraw…').click();
  await console.dialog('Withdraw this join line?').getByText('"><svg onload=document.title=2>').waitFor();
  await console.button('Withdraw line').click();
  await console.says('The join line of "><svg onload=document.title=2> is withdrawn.');
  await staysText(console);

  await console.goTo('#/tokens');
  await console.row(CLIENT).waitFor();
  await staysText(console);

  const gone = '#/files?search=bell';
  await console.goTo(gone);
  await console.page.locator('.row-link').click();
  await console.button('Delete…').click();
  await console.dialog('Delete this file?').getByText('bell\\u{7}esc').waitFor();
  await console.button('Delete file').click();
  await console.says('Deleted bell\\u{7}esc');
  await staysText(console);

  await console.goTo('#/audit');
  await console.row('file.delete').getByText('bell\\u{7}esc').waitFor();
  await staysText(console);
});

test('an address that is hostile itself', async () => {
  const console = await browser.open(web.origin, { as: ada, place: `#/${SHOUT}?${SHOUT}` });
  for (const page of [SHOUT, '__proto__', 'constructor', '%00']) {
    await console.goTo(`#/${page}`);
    await console.shows('Not found');
  }
  await console.goTo(`#/files?client=${SHOUT}&search=${SHOUT}&sort=__proto__&order=constructor&page=-1e9`);
  await console.says('No file matches.');
  await console.goTo('#/files?sort=constructor&page=__proto__');
  await console.says(/^\d+ files/);
  await staysText(console);
});

test('what became markup all the same would run no script: the policy stops it, and we would hear of it', async () => {
  const console = await browser.open(web.origin, { as: ada });
  await console.shows('Overview');
  await console.page.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(SHOUT)});
    document.body.append(Object.assign(document.createElement('script'), { text: 'document.title = 1' }));`);
  await eventually(() => console.trouble).toContainEqual(
    expect.stringMatching(/^console: CSP: script-src-attr/),
  );
  expect(console.trouble).toContainEqual(expect.stringMatching(/^console: CSP: script-src-elem inline/));
  expect(await console.page.title()).toBe('Overview · Sesame');
  console.allow(/^console: /, /^404 GET \/x$/);
});
