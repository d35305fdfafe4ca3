// How the console looks, on a desk and on a telephone, in light and dark: within the rules of accessibility, nothing
// beside the screen, and nothing that jumps. Pictures of every page are left in test-output/console.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewLink, Transfer } from '../../src/gateway/api-types.ts';
import { ConsoleBrowser, type ConsolePage, eventually, NARROW, WIDE } from '../support/browser.ts';
import { looksWell } from '../support/looks.ts';
import { sampleBytes } from '../support/native-client.ts';
import type { Program } from '../support/program.ts';
import { V4Folder } from '../support/v4-folder.ts';
import { WebServer, type SignedIn } from '../support/web.ts';

/** The share of the screen that may move by itself, times how far; 0.1 counts as good. */
const MOST_SHIFT = 0.05;

let web: WebServer;
let browser: ConsoleBrowser;
let ada: SignedIn;
let client: V4Folder;

beforeAll(async () => {
  [web, browser] = await Promise.all([WebServer.start(), ConsoleBrowser.launch()]);
  ada = await web.operator();
  client = await V4Folder.joined(web.server, 'web-1');
  for (let n = 0; n < 130; n++) await client.write(`logs/2026/app-${n}.log`, `line ${n}\n`.repeat(n));
  await client.write('backup.img', sampleBytes(8 * 1024 * 1024));
  await client.sesame('put', '-r', 'logs');
  await Promise.all([
    ada.json('/api/clients', {
      json: { name: 'a-machine-with-quite-a-long-name.example.org', write_only: true },
    }),
    ada.json('/api/users', { json: { name: 'vic', role: 'viewer' } }),
    ada.tokenFor('backup'),
  ]);
});
afterAll(async () => {
  await Promise.all([browser, client, web].map((part) => part[Symbol.asyncDispose]()));
});

/** Takes longer than a test. */
const slowUpload = (name: string): Program =>
  client.program(['put', 'backup.img', '--as', name, '--bwlimit', '50K']);

/** Each with its address, its heading, and a text that stands there when it is whole. */
const PAGES = [
  ['overview', '#/', 'Overview', 'Nothing is under way.'],
  ['files', '#/files?search=app-1', 'Files', 'app-129.log'],
  ['file', '#/files?of=web-1&path=logs%2F2026%2Fapp-7.log', 'Files', 'in the client’s chain'],
  ['no-files', '#/files?search=nothing', 'Files', 'No file matches.'],
  ['clients', '#/clients', 'Clients', 'web-1'],
  ['client', '#/client?name=web-1', 'web-1', 'no limit'],
  ['joining', '#/joining', 'Joining', 'Nobody asks to join.'],
  ['policies', '#/policies', 'Policies', 'There are no policies.'],
  ['tokens', '#/tokens', 'Access tokens', 'backup'],
  ['audit', '#/audit', 'Audit trail', 'user.add'],
  ['security', '#/security', 'Guard and gate', 'The gate is off.'],
  ['settings', '#/settings', 'Settings', 'SESAME_CONFLICT'],
  ['people', '#/people', 'People', 'vic'],
  ['account', '#/account', 'My password', 'At least 10 characters.'],
  ['not-found', '#/nowhere', 'Not found', 'There is no such page.'],
] as const;

describe('looks well', () => {
  test('every page', { timeout: 120_000 }, async () => {
    const console = await browser.open(web.origin, { as: ada });
    for (const [name, place, heading, something] of PAGES) {
      await console.goTo(place);
      await console.shows(heading);
      await console.says(something);
      await looksWell(console, name);
    }
  });

  test('the overview, while a file comes in', async () => {
    await using _upload = slowUpload('backup.img');
    const console = await browser.open(web.origin, { as: ada });
    await console.says('backup.img');
    await looksWell(console, 'overview-busy');
  });

  test('sign-in, after a wrong password', async () => {
    const console = await browser.open(web.origin);
    console.allow(/^401 POST \/api\/session$/);
    await console.field('Name').fill('ada');
    await console.field('Password').fill('wrong');
    await console.button('Sign in').click();
    await console.page.getByRole('alert').waitFor();
    await looksWell(console, 'sign-in');
  });

  test('the first sign-in', async () => {
    const { link } = await ada.json<NewLink>('/api/users/link', { json: { name: 'vic' } });
    const console = await browser.open(web.origin, { place: new URL(link).hash });
    await console.says('who is a viewer');
    await looksWell(console, 'sign-in-link');
  });

  test('a dialog, and what it leads to', async () => {
    const console = await browser.open(web.origin, { as: ada, place: '#/clients' });
    await console.button('Enrol a client').click();
    await looksWell(console, 'enrol');
    await console.field('Name of the machine').fill('web-2');
    await console.button('Make a join line').click();
    await console.dialog('Join line').waitFor();
    await looksWell(console, 'join-line');
  });
});

describe('with the keyboard alone', () => {
  /** Goes on with Tab until this has the focus, which must be seen at each stop. */
  async function tabTo(console: ConsolePage, name: string): Promise<void> {
    const { page } = console;
    const target = page.getByRole('link', { name }).or(page.getByRole('button', { name }));
    for (let stops = 0; stops < 30; stops++) {
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus');
      expect(await focused.evaluate(isOutlined), `the focus can be seen before ${name}`).toBe(true);
      if ((await target.and(focused).count()) > 0) return;
    }
    throw new Error(`${name} cannot be reached`);
  }

  test('every page is reached, and its heading has the focus then', async () => {
    const console = await browser.open(web.origin, { as: ada });
    await console.shows('Overview');
    for (const [section, heading, ...tabs] of [
      ['Files', 'Files'],
      ['Clients', 'Clients', 'Joining', 'Policies', 'Access tokens'],
      ['Security', 'Audit trail', 'Guard and gate'],
      ['Settings', 'Settings', 'People', 'My password'],
      ['Overview', 'Overview'],
    ] as const) {
      await tabTo(console, section);
      await console.page.keyboard.press('Enter');
      const title = console.page.getByRole('heading', { level: 1 });
      await console.shows(heading);
      await console.focuses(title);
      for (const tab of tabs) {
        await tabTo(console, tab);
        await console.page.keyboard.press('Enter');
        await console.shows(tab);
        await console.focuses(title);
      }
      await console.page.reload(); // the focus starts at the top again
      await console.shows(tabs.at(-1) ?? heading);
    }
  });

  test('the skip link leads past the navigation', async () => {
    const console = await browser.open(web.origin, { as: ada, place: '#/people' });
    await console.shows('People');
    await console.page.keyboard.press('Tab');
    const skip = console.page.getByRole('link', { name: 'Skip to content' });
    await console.focuses(skip);
    expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0);
    await console.page.keyboard.press('Enter');
    await console.focuses(console.page.getByRole('heading', { level: 1 }));
    await tabTo(console, 'Server');
  });

  test('a dialog keeps the focus, and gives it back', async () => {
    const console = await browser.open(web.origin, { as: ada, place: '#/people' });
    await console.shows('People');
    await tabTo(console, 'Add a person');
    await console.page.keyboard.press('Enter');
    const dialog = console.dialog('Add a person');
    await console.focuses(console.field('Name'));
    const stops = new Set<string>();
    for (let n = 0; n < 12; n++) {
      await console.page.keyboard.press('Tab');
      const inside = dialog.locator(':focus');
      // Between the last and the first it is the browser's own turn.
      if (await console.page.evaluate<boolean>('document.activeElement === document.body')) continue;
      expect(await inside.count(), 'the focus has left the dialog').toBe(1);
      stops.add((await inside.getAttribute('aria-label')) ?? (await inside.innerText()));
    }
    expect([...stops]).toEqual(expect.arrayContaining(['Close', 'Cancel', 'Add and make a sign-in link']));
    await console.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await console.focuses(console.button('Add a person'));
  });
});

describe('nothing jumps', () => {
  const WATCH = `window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });`;
  const shifted = (console: ConsolePage): Promise<number> => console.page.evaluate<number>('window.shifted');

  test.for([
    ['wide', WIDE],
    ['narrow', NARROW],
  ] as const)('while files come in: %s', async ([, viewport]) => {
    const console = await browser.open(web.origin, { as: ada, script: WATCH, viewport });
    await console.says('Nothing is under way.');
    const underWay = console.page.getByRole('list', { name: 'Transfers under way' }).getByRole('listitem');
    await using _upload = slowUpload(`${viewport.width}/backup.img`);
    await underWay.first().waitFor();
    const names = ['one.img', 'two.img', 'three.img'];
    for (const name of names) await client.write(name, sampleBytes(1024 * 1024, name.length));
    const sent = await Promise.all(
      names.map((name) =>
        client.sesame('put', name, '--as', `${viewport.width}/${name}`, '--bwlimit', '500K'),
      ),
    );
    expect(sent.map(({ code }) => code)).toEqual([0, 0, 0]);
    await eventually(() => underWay.count()).toBe(1);
    expect(await shifted(console)).toBeLessThan(MOST_SHIFT);
  });

  test('while 500 transfers are under way and 200 more are not listed', async () => {
    const fake = `window.EventSource = class extends EventTarget {
      constructor() { super(); window.live = this; }
      close() {}
    };`;
    const console = await browser.open(web.origin, { as: ada, script: WATCH + fake });
    await console.shows('Overview');
    const tell = (turn: number): Promise<number> => {
      const data = JSON.stringify({ active: manyTransfers(turn), hidden: 200, recent: [] });
      return console.page.evaluate<number>(`new Promise((resolve) => {
        const start = performance.now();
        live.dispatchEvent(new MessageEvent('transfers', { data: ${JSON.stringify(data)} }));
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
      })`);
    };
    await tell(0);
    const rows = console.page.getByRole('list', { name: 'Transfers under way' }).getByRole('listitem');
    expect(await rows.count()).toBe(500);
    await console.says('And 200 smaller ones.');
    expect(await console.button(/^In flight/).innerText()).toBe('In flight 700');

    const row = rows.nth(250);
    await row.evaluate((element: { id: string }) => (element.id = 'marked'));
    const took: number[] = [];
    for (let turn = 1; turn <= 20; turn++) took.push(await tell(turn));
    expect(await row.getAttribute('id'), 'rows are not made anew').toBe('marked');
    expect(await row.textContent()).toContain('20% of 100 B');
    expect(await shifted(console)).toBeLessThan(MOST_SHIFT);
    // ms from an event to the next picture: there is one event a second.
    expect(took.toSorted((a, b) => a - b)[10]).toBeLessThan(200);
    await console.screenshot('overview-500');
  });
});

function manyTransfers(turn: number): Transfer[] {
  return Array.from({ length: 500 }, (_, n) => ({
    ...{
      id: String(n),
      client: `web-${n % 7}`,
      path: `data/part-${n}.bin`,
      direction: 'upload',
      protocol: 'v4',
    },
    ...{ size: 100, bytes: turn, rate: 1, started: '2026-03-01T12:00:00Z', seconds_left: 100 - turn },
  }));
}

/** Whether one can see that an element has the focus: by its outline, or by that of what stands over its row. */
function isOutlined(element: unknown): boolean {
  interface Page {
    readonly getComputedStyle: (of: unknown, part?: string) => { outlineStyle: string; outlineWidth: string };
  }
  const page = globalThis as unknown as Page;
  return [undefined, '::after'].some((part) => {
    const { outlineStyle, outlineWidth } = page.getComputedStyle(element, part);
    return outlineStyle !== 'none' && outlineWidth !== '0px';
  });
}
