// The console's Files: finding them, leafing through them, and what can be done with one.
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileDetails } from '../../src/gateway/api-types.ts';
import { ConsoleBrowser, type ConsolePage, eventually } from '../support/browser.ts';
import { sampleBytes } from '../support/native-client.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';
import { WebServer, type SignedIn } from '../support/web.ts';

const LARGE = sampleBytes(300_000);
/** On three pages of 100. */
const MANY = Array.from({ length: 250 }, (_, n) => `many/file-${String(n).padStart(3, '0')}.txt`);

let web: WebServer;
let browser: ConsoleBrowser;
let ada: SignedIn;

beforeAll(async () => {
  [web, browser] = await Promise.all([WebServer.start('--conflict', 'version'), ConsoleBrowser.launch()]);
  ada = await web.operator();
  await using client = await V4Folder.joined(web.server, 'web-1');
  await client.writeAll(new Map(MANY.map((name) => [name, Buffer.from(name)])));
  await client.write('large.bin', LARGE);
  await client.write('notes.txt', 'as they were');
  await client.write('keep.txt', 'keep');
  await client.write('rot.txt', 'sound');
  await client.sesame('put', '-r', 'many', 'large.bin', 'notes.txt', 'keep.txt', 'rot.txt');
  await client.write('notes.txt', 'as they are now');
  const { code, stderr } = await client.sesame('put', 'notes.txt');
  if (code !== 0) throw new Error(stderr);
  await allStored(web.server, 'web-1', new Map([['notes.txt', Buffer.from('as they are now')]]));
});
afterAll(async () => {
  await Promise.all([browser[Symbol.asyncDispose](), web[Symbol.asyncDispose]()]);
});

async function open(place = '#/files'): Promise<ConsolePage> {
  const console = await browser.open(web.origin, { as: ada, place });
  await console.shows('Files');
  return console;
}

/** The drawer of one file. */
async function openFile(path: string): Promise<ConsolePage> {
  const console = await open(`#/files?of=web-1&path=${encodeURIComponent(path)}`);
  await console.dialog('File').getByText('SHA-256').waitFor();
  return console;
}

const firstRow = (console: ConsolePage): Promise<string> =>
  console.page.locator('.file-table tbody tr').first().innerText();

/** Resolves when the page that the pager names is the one that is shown, with this file first. */
async function atPage(console: ConsolePage, page: number, first: string): Promise<void> {
  await eventually(() => firstRow(console)).toContain(first);
  expect(await console.field('Page').inputValue()).toBe(String(page));
}

describe('the list', () => {
  test('is searched as one types, and the address says for what', async () => {
    const console = await open();
    await console.says(/^255 files/);
    await console.field('Search paths').fill('file-04');
    await console.says(/^10 files/);
    expect(console.place).toBe('#/files?search=file-04');
    await console.field('Search paths').fill('nothing is called so');
    await console.says('No file matches.');
    await console.button('Show all files').click();
    await console.says(/^255 files/);
    expect(console.place).toBe('#/files');
    expect(await console.field('Search paths').inputValue()).toBe('');
  });

  test('is sorted by a column, and by it again the other way round', async () => {
    const console = await open();
    const size = console.page.getByRole('columnheader', { name: 'Size' });
    expect(await size.getAttribute('aria-sort')).toBe('none');
    await size.getByRole('button').click();
    await eventually(() => firstRow(console)).toContain('large.bin');
    expect(await size.getAttribute('aria-sort')).toBe('descending');
    await size.getByRole('button').click();
    await eventually(() => firstRow(console)).toContain('keep.txt');
    expect(await size.getAttribute('aria-sort')).toBe('ascending');
    expect(console.place).toBe('#/files?sort=size&order=asc');
  });

  test('is leafed through; back, forward, reload and the address lead to the same page', async () => {
    const console = await open('#/files?search=many&sort=path');
    await atPage(console, 1, 'file-000.txt');
    await console.button('Next page').click();
    await atPage(console, 2, 'file-100.txt');
    await console.button('Last page').click();
    await atPage(console, 3, 'file-200.txt');
    expect(await console.button('Next page').getAttribute('aria-disabled')).toBe('true');
    await console.page.goBack();
    await atPage(console, 2, 'file-100.txt');
    await console.page.goForward();
    await atPage(console, 3, 'file-200.txt');
    await console.page.reload();
    await atPage(console, 3, 'file-200.txt');
    await console.field('Page').fill('1');
    await console.field('Page').press('Enter');
    await atPage(console, 1, 'file-000.txt');
    await console.goTo('#/files?search=many&sort=path&page=99');
    await atPage(console, 3, 'file-200.txt');
    expect(console.place).toBe('#/files?search=many&sort=path&page=3');
  });

  test('stays as it was while files come in, until it is refreshed', async () => {
    const console = await open('#/files?client=ada');
    await console.says('No file matches.');
    expect((await ada.ask('/upload/new.txt', { method: 'PUT', body: 'new' })).status).toBe(201);
    await console.button('Refresh').click();
    await console.row('new.txt').waitFor();
    await console.button(/^Client: ada/).click();
    await console.says(/^256 files/);
    expect(await console.page.getByText('Client: ada').count()).toBe(0);
    expect((await ada.ask('/api/file?client=ada&path=new.txt', { method: 'DELETE' })).status).toBe(204);
  });

  test('is there as CSV, as it is searched and sorted', async () => {
    const console = await open('#/files?search=file-00&sort=path');
    const [download] = await Promise.all([
      console.page.waitForEvent('download'),
      console.page.getByRole('link', { name: 'CSV' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    expect(lines).toHaveLength(11);
    expect(lines[1]).toContain('many/file-000.txt');
  });
});

describe('a file', () => {
  test('comes down byte for byte, from its row and from its drawer', async () => {
    const console = await open('#/files?search=large');
    const link = console.page.getByRole('link', { name: 'Download large.bin' });
    for (const click of [
      () => link.click(),
      async () => {
        await console.page.getByRole('link', { name: 'large.bin', exact: true }).click();
        await console.dialog('File').getByRole('link', { name: 'Download' }).click();
      },
    ]) {
      const [download] = await Promise.all([console.page.waitForEvent('download'), click()]);
      expect(download.suggestedFilename()).toBe('large.bin');
      expect((await readFile(await download.path())).equals(LARGE)).toBe(true);
    }
    expect(console.place).toBe('#/files?search=large&of=web-1&path=large.bin');
    await console.page.goBack();
    await console.dialog('File').waitFor({ state: 'detached' });
    expect(console.place).toBe('#/files?search=large');
  });

  test('is read again on request: intact, and changed after somebody wrote to the disk', async () => {
    const console = await openFile('rot.txt');
    await console.button('Verify now').click();
    await console.says(/^intact$/);
    await writeFile(web.server.file('web-1', 'rot.txt'), 'mould');
    await console.button('Verify now').click();
    await console.says(/^changed$/);
  });

  test('shows its receipt as it was signed', async () => {
    const { receipt } = await ada.json<FileDetails>('/api/file?client=web-1&path=keep.txt');
    if (!receipt) throw new Error('no receipt');
    const console = await openFile('keep.txt');
    await console.says(`Number ${receipt.seq} in the client’s chain.`);
    const block = (name: string) => console.page.getByRole('group', { name, exact: true });
    expect(await block('Text').textContent()).toBe(receipt.text);
    expect(await block('Signature').textContent()).toBe(receipt.signature);
    expect(receipt.signature).toMatch(/^-----BEGIN SSH SIGNATURE-----\n/);
  });

  test('shows its versions, and leads to them', async () => {
    const console = await openFile('notes.txt');
    await console.says('1 other version of this file:');
    await console.dialog('File').getByRole('link', { name: 'notes.txt.~1~' }).click();
    const name = console.page.locator('.file-name');
    await eventually(() => name.textContent()).toBe('notes.txt.~1~');
    const [download] = await Promise.all([
      console.page.waitForEvent('download'),
      console.dialog('File').getByRole('link', { name: 'Download' }).click(),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toBe('as they were');
    await console.page.goBack();
    await eventually(() => name.textContent()).toBe('notes.txt');
  });

  test('is deleted when one says so twice, and leaves a gap in the list', async () => {
    const console = await open('#/files?search=keep.txt');
    await console.page.getByRole('link', { name: 'keep.txt', exact: true }).click();
    const question = console.dialog('Delete this file?');

    await console.button('Delete…').click();
    await console.focuses(question.getByRole('button', { name: 'Cancel' }));
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    await console.button('Delete…').click();
    await console.page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect((await ada.ask('/api/file?client=web-1&path=keep.txt')).status).toBe(200);

    await console.button('Delete…').click();
    await question.getByRole('button', { name: 'Delete file' }).click();
    await console.dialog('File').waitFor({ state: 'detached' });
    await console.says('Deleted keep.txt.');
    await console.says('Deleted since');
    expect(console.place).toBe('#/files?search=keep.txt');
    expect((await ada.ask('/api/file?client=web-1&path=keep.txt')).status).toBe(404);
    await expect(readFile(web.server.file('web-1', 'keep.txt'))).rejects.toThrow('ENOENT');
    await console.button('Refresh').click();
    await console.says('No file matches.');
  });

  test('that is not there: the page says so, and goes on', async () => {
    const console = await open('#/files?of=web-1&path=nowhere.txt');
    console.allow(/^404 GET \/api\/file$/);
    await console.page.getByRole('alert').waitFor();
    await console.page.keyboard.press('Escape');
    await console.says(/^25\d files/);
  });
});
