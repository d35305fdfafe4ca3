// The console's policies and quotas: made, changed and taken away in a real browser, and held by the real programs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewLink } from '../../src/gateway/api-types.ts';
import type { ClientPolicyListing } from '../../src/control/policy-operations.ts';
import { ConsoleBrowser, type ConsolePage, eventually } from '../support/browser.ts';
import { looksWell } from '../support/looks.ts';
import { sampleBytes } from '../support/native-client.ts';
import { sesamed } from '../support/sesamed.ts';
import { V4Folder } from '../support/v4-folder.ts';
import { SignedIn, WebServer } from '../support/web.ts';

const KIB = 1024;
/** With pictures. */
const LONG = { timeout: 60_000 } as const;
const HOSTILE = '<img src=x onerror=document.title=1>\u202egnp';
const HOSTILE_SHOWN = '<img src=x onerror=document.title=1>\\u{202e}gnp';

let web: WebServer;
let browser: ConsoleBrowser;
let ada: SignedIn;
let vic: SignedIn;
let client: V4Folder;

beforeAll(async () => {
  [web, browser] = await Promise.all([
    WebServer.start('--policies', 'old-*:max-bytes=10K'),
    ConsoleBrowser.launch(),
  ]);
  ada = await web.operator();
  const { link } = await ada.json<NewLink>('/api/users', { json: { name: 'vic', role: 'viewer' } });
  vic = await SignedIn.byLink(web.origin, link);
  client = await V4Folder.joined(web.server, 'web-1');
  await client.write('six.bin', sampleBytes(6 * KIB));
  await client.write('five.bin', sampleBytes(5 * KIB));
});
afterAll(async () => {
  await Promise.all([browser, client, web].map((part) => part[Symbol.asyncDispose]()));
});

async function open(place = '#/policies', heading = 'Policies', as = ada): Promise<ConsolePage> {
  const console = await browser.open(web.origin, { as, place });
  await console.shows(heading);
  return console;
}

async function policies(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await sesamed([
    'policies',
    ...args,
    '--json',
    '--data-dir',
    web.server.dataDir,
  ]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as unknown;
}
const holds = async (): Promise<ClientPolicyListing['holds']> =>
  ((await policies('show', 'web-1')) as ClientPolicyListing).holds;

describe('a policy', () => {
  test('is made with sizes as people write them, holds, is changed, and taken away', LONG, async () => {
    const console = await open();
    await console.row('old-*').getByText('10.0 KiB in all').waitFor();
    await console.button('Make a policy').click();
    await console.field('Clients it is for').fill('web-*');
    await console.says('Matches 1 client: web-1');
    await console.field('Storage in all').fill('10K');
    await console.field('Files in all').fill('1,000');
    await console.field('One file').fill('2.5 GiB');
    await console.field('Rate').fill('5M/s');
    await console.field('Append only').selectOption('no');
    await console.field('Where another version stands').selectOption('version');
    await looksWell(console, 'policy-dialog');
    await console.button('Make policy').click();
    await console.says('The policy for web-* holds from the next file on.');
    const row = console.row('web-*');
    await row.waitFor();
    expect(await row.getByRole('listitem').allInnerTexts()).toEqual([
      '10.0 KiB in all',
      '1,000 files',
      '2.5 GiB a file',
      '5.0 MiB/s',
      'may replace',
      'conflict: version',
    ]);
    expect(await holds()).toMatchObject({
      'max-bytes': { value: 10 * KIB },
      'max-files': { value: 1000 },
      'max-file': { value: 2.5 * KIB ** 3 },
      'max-rate': { value: 5 * KIB ** 2 },
      'append-only': { value: false },
      conflict: { value: 'version' },
    });
    await row.getByRole('button', { name: '1 client' }).click();
    await console.dialog('Matching clients').getByRole('link', { name: 'web-1' }).waitFor();
    await console.page.keyboard.press('Escape');

    expect((await client.sesame('put', 'six.bin')).code).toBe(0);
    expect((await client.sesame('put', 'five.bin', '--retries', '0')).code, 'no room').not.toBe(0);
    await looksWell(console, 'policies');

    await row.getByRole('button', { name: 'Change…' }).click();
    expect(await console.field('Storage in all').inputValue()).toBe('10K');
    expect(await console.field('One file').inputValue()).toBe('2560M');
    await policies('set', 'web-*', '--max-file', '3G');
    await console.field('Storage in all').fill('none');
    await console.field('Files in all').fill('');
    await console.button('Save policy').click();
    await row.getByText('any storage').waitFor();
    expect((await client.sesame('put', 'five.bin')).code).toBe(0);
    const changed = await holds();
    expect(changed['max-files'].value).toBeNull();
    expect(changed['max-file'].value, 'what is not touched stays as it is now').toBe(3 * KIB ** 3);

    await row.getByRole('button', { name: 'Remove…' }).click();
    await console.dialog('Remove this policy?').getByRole('button', { name: 'Cancel' }).click();
    await row.getByRole('button', { name: 'Remove…' }).click();
    await console.button('Remove policy').click();
    await console.says('The policy for web-* is removed.');
    await row.waitFor({ state: 'detached' });
    expect((await holds())['max-rate'].value).toBeNull();
  });

  test('of sesame.toml is shown, and changed there', async () => {
    const console = await open();
    const row = console.row('old-*');
    await row.getByText('sesame.toml').waitFor();
    expect(await row.getByRole('button').count()).toBe(0);
    expect(await row.innerText()).toContain('no client');
  });

  test(
    'that makes no sense: each fault stands beside its field, and what was typed stays',
    LONG,
    async () => {
      const console = await open();
      console.allow(/^400 PUT \/api\/policies$/);
      await console.button('Make a policy').click();
      await console.field('Clients it is for').fill('a/b');
      await console.field('Storage in all').fill('ten gigs');
      await console.field('Files in all').fill('5K');
      await console.button('Make policy').click();
      await console.says('A number with K, M, G or T behind it, or none.');
      await console.says('A whole number, or none.');
      await console.focuses(console.field('Storage in all'));
      await looksWell(console, 'policy-faults');
      await console.field('Storage in all').fill('');
      await console.field('Files in all').fill('');
      await console.field('Rate').fill('1');
      await console.button('Make policy').click();
      await console.says('at least 1K a second, or none');
      await console.focuses(console.field('Rate'));
      await console.field('Rate').fill('1M');
      await console.button('Make policy').click();
      await console.says('is no pattern of client names');
      await console.focuses(console.field('Clients it is for'));
      await console.field('Clients it is for').fill('ok-*');
      await console.field('Rate').fill('');
      await console.button('Make policy').click();
      await console.says('a policy says at least one of');
      await console.field('Rate').fill('1M');
      await console.button('Make policy').click();
      await console.row('ok-*').waitFor();

      await console.button('Make a policy').click();
      await console.field('Clients it is for').fill('OK-*');
      await console.field('Rate').fill('2M');
      await console.button('Make policy').click();
      await console.says('There is a policy for this pattern already');
      expect(await policies('ls')).toContainEqual(
        expect.objectContaining({ pattern: 'ok-*', policy: { 'max-rate': 1024 * KIB } }),
      );
    },
  );

  test('for whatever names: text', async () => {
    const console = await open();
    await console.button('Make a policy').click();
    await console.field('Clients it is for').fill(HOSTILE);
    await console.field('Rate').fill('1M');
    await console.button('Make policy').click();
    const row = console.row('img');
    await row.getByText(HOSTILE_SHOWN).waitFor();
    await row.getByRole('button', { name: 'Change…' }).click();
    await console.dialog('Change this policy').locator('.thing').getByText(HOSTILE_SHOWN).waitFor();
    await console.button('Cancel').click();
    await row.getByRole('button', { name: 'Remove…' }).click();
    await console.dialog('Remove this policy?').locator('.thing').getByText(HOSTILE_SHOWN).waitFor();
    await console.button('Remove policy').click();
    await row.waitFor({ state: 'detached' });
    expect(await console.page.locator('main img, dialog img').count()).toBe(0);
  });

  test('is seen by a viewer, who changes nothing', async () => {
    const console = await open('#/policies', 'Policies', vic);
    await console.row('old-*').waitFor();
    expect(await console.button(/Make|Change|Remove/).count()).toBe(0);
    await console.goTo('#/client?name=web-1');
    await console.page.getByRole('group', { name: 'Storage in use' }).waitFor();
    expect(await console.button(/limits|Revoke/).count()).toBe(0);
  });
});

describe('one client', () => {
  test('what holds for it, what is used and left; its own limits are set here', LONG, async () => {
    const console = await open('#/client?name=web-1', 'web-1');
    const storage = console.page.getByRole('group', { name: 'Storage in use' });
    await storage.getByText(/used; no limit$/).waitFor();
    const { bytes } = (await policies('show', 'web-1')) as ClientPolicyListing;

    await console.button('Set its own limits…').click();
    await console.focuses(console.field('Storage in all'));
    await console.field('Storage in all').fill('16K');
    await console.field('Files in all').fill('4');
    await console.field('Rate').fill('1M');
    await console.button('Make policy').click();
    const used = (bytes / KIB).toFixed(1);
    const left = (16 - bytes / KIB).toFixed(1);
    await eventually(() => storage.innerText()).toContain(`${used} KiB of 16.0 KiB used; ${left} KiB left`);
    const meter = storage.getByRole('meter');
    expect(Number(await meter.getAttribute('aria-valuenow'))).toBe(Math.round((100 * bytes) / KIB / 16));
    await storage.getByRole('link', { name: 'web-1' }).waitFor();
    await console.page.getByRole('group', { name: 'Rate in use' }).getByText('of 1.0 MiB/s').waitFor();
    await looksWell(console, 'client-limits');

    await console.button('Set its own limits…').click();
    await console.dialog('Change this policy').waitFor();
    expect(await console.field('Files in all').inputValue()).toBe('4');
    await console.field('Storage in all').fill('11K');
    await console.button('Save policy').click();
    await eventually(() => storage.innerText()).toContain('0 B left');
    await client.write('seven.bin', sampleBytes(7 * KIB));
    expect((await client.sesame('put', 'seven.bin', '--retries', '0')).code, 'no room').not.toBe(0);

    await console.goTo('#/clients');
    await console.row('web-1').getByRole('meter', { name: 'Of its quota' }).waitFor();
    await looksWell(console, 'clients-quota');
  });

  test('while it sends, the rate is seen, and what is claimed', async () => {
    await policies('set', 'web-1', '--unset', 'max-bytes', '--max-files', '100', '--max-rate', '512K');
    await client.write('slow.bin', sampleBytes(8 * KIB * KIB, 3));
    const console = await open('#/client?name=web-1', 'web-1');
    await using upload = client.program(['put', 'slow.bin']);
    const rate = console.page.getByRole('group', { name: 'Rate in use' });
    await eventually(() => rate.innerText()).toMatch(/[1-9][\d.]* KiB\/s now, of 512\.0 KiB\/s/);
    await upload.stop('SIGKILL');
  });

  test('that there is not: said so', async () => {
    const console = await browser.open(web.origin, { as: ada });
    console.allow(/^404 GET \/api\/client/);
    await console.goTo('#/client?name=nobody');
    await console.says('no client is called "nobody"');
  });
});
