// What watchers have waiting, in the console: told by the real client, and by one that tells what no real one would.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConsoleBrowser, type ConsolePage } from '../support/browser.ts';
import { looksWell } from '../support/looks.ts';
import { sampleBytes } from '../support/native-client.ts';
import { V4Client } from '../support/v4-client.ts';
import { V4Folder } from '../support/v4-folder.ts';
import { v4Payload, V4_REQUEST, type WaitingFacts } from '../support/v4-frames.ts';
import { Watching } from '../support/watching.ts';
import { type SignedIn, WebServer } from '../support/web.ts';

const TWO_HOURS_LATER = 'const now = Date.now; Date.now = () => now() + 7_200_000;';

let web: WebServer;
let browser: ConsoleBrowser;
let ada: SignedIn;

beforeAll(async () => {
  [web, browser] = await Promise.all([WebServer.start(), ConsoleBrowser.launch()]);
  ada = await web.operator();
});
afterAll(async () => {
  await Promise.all([browser[Symbol.asyncDispose](), web[Symbol.asyncDispose]()]);
});

async function tell(client: V4Client, facts: Partial<WaitingFacts>): Promise<void> {
  const stream = client.newStream();
  const oldest = BigInt(Date.now()) * 1_000_000n;
  const told = { files: 3, bytes: 4096, failing: 0, oldest, why: '', ...facts };
  await client.request(V4_REQUEST.waiting, v4Payload.waiting(stream, told));
  await client.next(stream, 'done');
}

async function open(place: string, heading: string, script?: string): Promise<ConsolePage> {
  const console = await browser.open(web.origin, { as: ada, place, ...(script !== undefined && { script }) });
  await console.shows(heading);
  return console;
}

test(
  'files that the real watcher cannot get rid of are seen, and why, until they are gone',
  { timeout: 60_000 },
  async () => {
    await ada.json('/api/policies', { method: 'PUT', json: { pattern: 'full', max_bytes: 1024 } });
    await using folder = await V4Folder.joined(web.server, 'full');
    await folder.write('out/large.bin', sampleBytes(5000));
    await using _watching = await Watching.start(folder, ['out']);
    const console = await open('#/clients', 'Clients');
    const row = console.row('full');
    await row.getByText('1 failing').waitFor({ timeout: 20_000 });
    expect(await row.innerText()).toMatch(/1 file, 4\.9 KiB\s+1 failing\s+told /);
    await row.getByRole('link', { name: 'full' }).click();
    await console.shows('full');
    const panel = console.page.getByRole('region', { name: 'Waiting on the machine' });
    await panel.getByText('1 file failed or was refused.').waitFor();
    expect(await panel.innerText()).toMatch(/Files\s+1\s+Size\s+4\.9 KiB\s+Failing\s+1\s+Oldest/);
    await panel.getByText('quota of 1 KiB for full').waitFor();
    await looksWell(console, 'client-failing');
  },
);

test('who has not told for long is marked, in the list and on its page; the list shows those alone', async () => {
  using quiet = await V4Client.joined(web.server.port, 'quiet');
  // A moment that is neither when it joined nor when it tells.
  const oldest = Date.now() + 50;
  await delay(100);
  await tell(quiet, { oldest: BigInt(oldest) * 1_000_000n });
  using idle = await V4Client.joined(web.server.port, 'idle');
  await tell(idle, { files: 0, bytes: 0, oldest: 0n });
  using never = await V4Client.joined(web.server.port, 'never');
  expect(never.welcome.takesWaiting).toBe(true);

  const console = await open('#/clients', 'Clients');
  expect(await console.row('quiet').innerText()).toMatch(/3 files, 4\.0 KiB\s+told just now/);
  expect(await console.row('idle').innerText()).toMatch(/nothing\s+told just now/);
  expect(await console.row('never').innerText()).not.toContain('told');
  expect(await console.page.getByText('silent', { exact: true }).count()).toBe(0);
  await console.button(/^Files waiting/).click();
  await console.row('idle').waitFor({ state: 'detached' });
  await console.row('quiet').waitFor();
  await console.button(/^Silent 0/).click();
  await console.says('There is no such client now.');

  const later = await open('#/clients', 'Clients', TWO_HOURS_LATER);
  await later.row('quiet').getByText('silent', { exact: true }).waitFor();
  expect(await later.row('quiet').innerText()).toContain('told 2 h ago');
  await looksWell(later, 'clients-waiting');
  await later.goTo('#/client?name=quiet');
  await later.says('It has said nothing for over an hour');
  const panel = later.page.getByRole('region', { name: 'Waiting on the machine' });
  expect(await panel.innerText()).toMatch(/Oldest\s+2 h ago/);
  expect(await panel.getByRole('time').first().getAttribute('datetime')).toBe(new Date(oldest).toISOString());
  await later.goTo('#/client?name=never');
  await later.says('It has never told.');
});

test('the words of a failure, and a name, are text', async () => {
  const name = '<img src=x onerror=document.title=1>';
  using hostile = await V4Client.joined(web.server.port, name);
  await tell(hostile, {
    failing: 1,
    why: `<svg onload=document.title=2>\u202egpj\u001b[2J${'w'.repeat(400)}`,
  });
  const console = await open('#/clients', 'Clients');
  await console.row('img').getByRole('link', { name }).click();
  await console.shows(name);
  await console.says('<svg onload=document.title=2>\\u{202e}gpj\\u{1b}[2J');
  expect(await console.page.locator('main img, main svg[onload]').count()).toBe(0);
  expect(await console.page.title()).toBe('Client · Sesame');
  await looksWell(console, 'client-hostile');
});
