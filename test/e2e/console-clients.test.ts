// The console's Clients: from "Enrol" to a machine that sends, and out again; tokens for scripts.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConsoleBrowser, type ConsolePage, eventually } from '../support/browser.ts';
import { Program } from '../support/program.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';
import { WebServer, type SignedIn } from '../support/web.ts';

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

async function open(place: string, heading: string): Promise<ConsolePage> {
  const console = await browser.open(web.origin, { as: ada, place });
  await console.shows(heading);
  return console;
}

/** A text that is shown once, to be copied. */
const secret = (console: ConsolePage, name: string): Promise<string> =>
  console.page.getByRole('group', { name, exact: true }).innerText();

async function enrol(console: ConsolePage, name: string): Promise<string> {
  await console.button('Enrol a client').click();
  await console.focuses(console.field('Name of the machine'));
  await console.field('Name of the machine').fill(name);
  await console.button('Make a join line').click();
  await console.dialog('Join line').waitFor();
  return secret(console, 'the join line');
}

describe('a machine', () => {
  test('joins with the line that is shown, and sends', async () => {
    const console = await open('#/clients', 'Clients');
    await console.says('No client has joined yet.');
    await console.button('Enrol the first client').click();
    await console.field('Name of the machine').fill('web-1');
    await console.button('Make a join line').click();
    const command = await secret(console, 'the command');
    const line = await secret(console, 'the join line');
    expect(command).toBe(`sesame enroll '${line}'`);
    expect(line).toMatch(/^sesame:\/\/\S+:\d+\/#[\w-]{43}\.[\w-]{43}$/);
    await console.page.getByRole('img', { name: 'The join line as a QR code' }).waitFor();
    await console.button('Done').click();
    await console.page.getByRole('region', { name: 'Join lines not used yet' }).getByText('web-1').waitFor();
    expect(await console.page.content(), 'shown once').not.toContain(line);

    await using client = await V4Folder.fresh();
    expect(await client.sesame('enroll', line)).toMatchObject({ code: 0 });
    await client.write('report.txt', 'all is well');
    expect(await client.sesame('put', 'report.txt')).toMatchObject({ code: 0 });
    await allStored(web.server, 'web-1', new Map([['report.txt', Buffer.from('all is well')]]));

    await console.page.reload();
    const row = console.row('web-1');
    await eventually(() => row.innerText()).toMatch(/joined\s+v4\s+.+\s+1\s+11 B/);
    await row.getByRole('link', { name: 'web-1' }).click();
    await console.shows('web-1');
    await console.page.getByRole('link', { name: 'Its files' }).click();
    await console.shows('Files');
    await console.row('report.txt').waitFor();
    expect(console.place).toBe('#/files?client=web-1');
  });

  test('is shut out by revoking it, once one has said so twice', async () => {
    await using client = await V4Folder.joined(web.server, 'web-2');
    await client.write('a.txt', 'a');
    const console = await open('#/clients', 'Clients');
    const row = console.row('web-2');
    await row.getByRole('button', { name: 'Revoke…' }).click();
    await console.dialog('Revoke this client?').getByRole('button', { name: 'Cancel' }).click();
    expect(await client.sesame('put', 'a.txt')).toMatchObject({ code: 0 });

    await row.getByRole('button', { name: 'Revoke…' }).click();
    await console.button('Revoke client').click();
    await console.says('web-2 is revoked.');
    await row.getByText('revoked', { exact: true }).waitFor();
    expect(await row.getByRole('button').count()).toBe(0);
    const refused = await client.sesame('put', 'a.txt', '--retries', '0');
    expect(refused.code).toBe(6);
  });

  test('does not join with a line that was withdrawn', async () => {
    const console = await open('#/clients', 'Clients');
    const line = await enrol(console, 'web-3');
    await console.page.keyboard.press('Escape');
    const waiting = console.page.getByRole('region', { name: 'Join lines not used yet' });
    await waiting.getByRole('button', { name: 'Withdraw…' }).click();
    await console.button('Withdraw line').click();
    await waiting.waitFor({ state: 'detached' });
    await using client = await V4Folder.fresh();
    expect((await client.sesame('enroll', line)).code).toBe(6);
  });

  test('needs a name that is fit for one: the server says why, and what was typed stays', async () => {
    const console = await open('#/clients', 'Clients');
    console.allow(/^4\d\d POST \/api\/clients$/);
    await console.button('Enrol a client').click();
    const dialog = console.dialog('Enrol a client');
    await console.field('Name of the machine').fill('../etc');
    await console.button('Make a join line').click();
    await dialog.getByRole('alert').waitFor();
    expect(await console.field('Name of the machine').inputValue()).toBe('../etc');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await console.focuses(console.button('Enrol a client'));
  });
});

describe('a token', () => {
  test('made here works with the command that is shown, until it is removed', async () => {
    const console = await open('#/tokens', 'Access tokens');
    await console.button('Make a token').click();
    await console.field('Client').fill('backup');
    await console.field('It is good for').selectOption('30 days');
    await console.button('Make token').click();
    const dialog = console.dialog('Access token');
    await dialog.getByText('in 30 days').waitFor();
    const token = await secret(console, 'the token');
    const command = await secret(console, 'the command');
    expect(command).toContain(token);
    await console.button('Done').click();

    await using folder = await V4Folder.fresh();
    await folder.write('FILE', 'by curl');
    const upload = (): Promise<{ readonly stdout: string; readonly code: number | null }> =>
      Program.run('sh', ['-c', `${command} -sS -o answer -w '%{http_code}'`], { cwd: folder.path });
    expect(await upload()).toMatchObject({ code: 0, stdout: '201' });
    expect(await readFile(web.server.file('backup', 'FILE'), 'utf8')).toBe('by curl');

    await console.page.reload();
    const row = console.row('backup');
    await row.getByText('just now').waitFor();
    await row.getByRole('button', { name: 'Remove…' }).click();
    await console.button('Remove token').click();
    await console.says('A token of backup is removed.');
    await console.says('There are no tokens.');
    expect(await upload()).toMatchObject({ code: 0, stdout: '401' });
  });
});

test('a secret is copied with one click', async () => {
  const console = await open('#/clients', 'Clients');
  await console.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const line = await enrol(console, 'web-4');
  await console.button('Copy the join line').click();
  await console.says('Copied the join line.');
  expect(await console.page.evaluate<string>('navigator.clipboard.readText()')).toBe(line);
});
