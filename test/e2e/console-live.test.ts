// The console's Overview while the real client sends: progress as it happens, what has ended, and a server that restarts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Locator } from 'playwright-core';
import { ConsoleBrowser, type ConsolePage, eventually } from '../support/browser.ts';
import { sampleBytes } from '../support/native-client.ts';
import { V4Folder } from '../support/v4-folder.ts';
import { WebServer, type SignedIn } from '../support/web.ts';

const MIB = 1024 * 1024;

let web: WebServer;
let browser: ConsoleBrowser;
let ada: SignedIn;
let client: V4Folder;

beforeAll(async () => {
  [web, browser] = await Promise.all([WebServer.start(), ConsoleBrowser.launch()]);
  ada = await web.operator();
  client = await V4Folder.joined(web.server, 'web-1');
  await client.write('disk.img', sampleBytes(5 * MIB));
  await client.write('lost.img', sampleBytes(64 * MIB));
});
afterAll(async () => {
  await Promise.all([browser, client, web].map((part) => part[Symbol.asyncDispose]()));
});

const underWay = (console: ConsolePage, name: string): Locator =>
  console.page.getByRole('list', { name: 'Transfers under way' }).getByRole('listitem').filter({
    hasText: name,
  });

const ended = (console: ConsolePage, name: string): Locator =>
  console.page.getByRole('list', { name: 'Transfers that ended' }).getByRole('listitem').filter({
    hasText: name,
  });

/** How far a transfer's bar is drawn, 0 to 1. */
async function barOf(row: Locator): Promise<number> {
  const style = await row.locator('.bar-fill').getAttribute('style');
  return Number(/scaleX\(([\d.]+)\)/.exec(style ?? '')?.[1]);
}

/** A number of the page's head: of `Receiving`, say. */
const figure = (console: ConsolePage, name: string): Locator =>
  console.page.locator('.figure').filter({ hasText: name }).locator('dd');

test('an upload is followed: its bar moves, with rate and time left, until it stands under Ended', async () => {
  const console = await browser.open(web.origin, { as: ada });
  await console.says('Nothing is under way.');
  const { width } = (await console.page.locator('.chart canvas').boundingBox()) ?? { width: 0 };
  expect(width).toBeGreaterThan(300);

  await using upload = client.program(['put', 'disk.img', '--bwlimit', '1M']);
  const row = underWay(console, 'disk.img');
  await row.waitFor();
  expect(await row.innerText()).toMatch(/web-1 · v4/);
  expect(await console.button(/^In flight/).innerText()).toBe('In flight 1');

  const before = await barOf(row);
  await eventually(() => barOf(row)).toBeGreaterThan(before);
  await eventually(() => row.innerText()).toMatch(/[1-9]\d?% of 5\.0 MiB\n[\d.]+ (KiB|MiB)\/s\n\d+ s left/);
  await eventually(() => figure(console, 'Receiving').innerText()).toMatch(/^[1-9][\d.]* [KM]iB\/s$/);
  expect(await figure(console, 'Connections').innerText()).not.toBe('0');

  expect((await upload.ended).code).toBe(0);
  await console.says('Nothing is under way.');
  await console.button('Ended').click();
  await eventually(() => ended(console, 'disk.img').innerText()).toMatch(/5\.0 MiB\n[\d.]+ s\ndone just now/);
});

test('one that breaks off is told apart, and one that comes back later is followed again', async () => {
  const console = await browser.open(web.origin, { as: ada });
  await using upload = client.program(['put', 'lost.img', '--bwlimit', '4M']);
  await underWay(console, 'lost.img').waitFor();
  await upload.stop('SIGKILL');
  await console.says('Nothing is under way.');
  await console.button('Ended').click();
  await eventually(() => ended(console, 'lost.img').first().innerText()).toMatch(/interrupted/);

  await using again = client.program(['put', 'lost.img', '--bwlimit', '16M']);
  await console.button(/^In flight/).click();
  await underWay(console, 'lost.img').waitFor();
  await again.stop('SIGKILL');
});

test('a server that restarts: the page says so, moves nothing, and is live again by itself', async () => {
  const console = await browser.open(web.origin, { as: ada });
  console.allow(/^net::ERR_\w+ GET \/api\//, /^503 GET \/api\//);
  await console.says('Nothing is under way.');
  const panel = console.page.getByRole('region', { name: 'Throughput' });
  const place = await panel.boundingBox();

  await web.server.stop();
  await console.says('Connection lost, trying again…');
  expect(await panel.boundingBox()).toEqual(place);
  await web.server.again('--http-port', String(web.port));
  await console.page.getByText('Connection lost').waitFor({ state: 'detached', timeout: 15_000 });

  await using upload = client.program([
    'put',
    'disk.img',
    '--as',
    'after.img',
    '--bwlimit',
    '2M',
    '--port',
    String(web.server.port),
  ]);
  await underWay(console, 'after.img').waitFor();
  await upload.stop('SIGKILL');
});
