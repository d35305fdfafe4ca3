// Who a client is: me.info, what the server makes of it, and what the client does when the server does not know it.
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientFolder } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { RunningServer } from '../support/running-server.ts';
import { listClients, sesamed } from '../support/sesamed.ts';
import { notStored } from '../support/stored-files.ts';
import { vectors } from '../support/vectors.ts';

const FILES = new Map([['f', Buffer.from('content')]]);

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

async function newFolder(client: string, port = server.port): Promise<ClientFolder> {
  const folder = await ClientFolder.create(port, client, [...FILES.keys()]);
  for (const [name, content] of FILES) await folder.write(name, content);
  return folder;
}

async function reset(client: string): Promise<void> {
  const { code, stderr } = await sesamed(['clients', 'reset', client, '--data-dir', server.dataDir]);
  expect(code, stderr).toBe(0);
}

async function idOf(client: string): Promise<string | undefined> {
  return (await listClients(server.dataDir)).find(({ name }) => name === client)?.id;
}

describe('a server that does not know the client any more', () => {
  test('its data folder is gone: registered again, the old me.info kept', async () => {
    await using lost = await RunningServer.start();
    const port = lost.port;
    await using folder = await newFolder('lost', port);
    expect((await folder.run()).code).toBe(0);
    const before = await readFile(folder.meInfo, 'utf8');
    await lost.stop();
    await rm(lost.dataDir, { recursive: true });
    await lost.again();

    const { code, events, stderr } = await folder.run('--port', `${lost.port}`);
    expect(code, stderr).toBe(0);
    const kept = folder.at('me.info.old');
    expect(events[0]).toEqual({ event: 'registered', client: 'lost', kept: 'me.info.old' });
    expect(await readFile(kept, 'utf8')).toBe(before);
    const now = await readFile(folder.meInfo, 'utf8');
    expect(now).not.toBe(before);
    expect(now.split('\n')[1]).toBe((await listClients(lost.dataDir))[0]?.id);
    expect(await notStored(lost, 'lost', FILES)).toEqual([]);
  });

  test('clients reset, twice: each me.info is kept under a name of its own', async () => {
    await using folder = await newFolder('reset');
    const known: string[] = [];
    for (let time = 1; time <= 2; time++) {
      expect((await folder.run()).code).toBe(0);
      known.push(await readFile(folder.meInfo, 'utf8'));
      expect(known.at(-1)?.split('\n')[1]).toBe(await idOf('reset'));
      await reset('reset');
    }
    const { code, events } = await folder.run();
    expect(code).toBe(0);
    expect(events[0]?.event).toBe('registered');
    const kept = (await readdir(folder.path)).filter((name) => name.startsWith('me.info.')).sort();
    expect(kept).toEqual(['me.info.old', 'me.info.old-2']);
    expect(await Promise.all(kept.map((name) => readFile(folder.at(name), 'utf8')))).toEqual(known);
    expect(await notStored(server, 'reset', FILES)).toEqual([]);
  });
});

describe('a name that is taken', () => {
  test.for(['taken', 'TAKEN'])('%s: exit code 6, and three ways out', async (name) => {
    await using first = await newFolder('taken');
    await first.send();
    const id = await idOf('taken');
    await using second = await newFolder(name);
    const { code, events, stderr } = await second.run();
    expect(code).toBe(6);
    expect(events).toMatchObject([
      { event: 'file', path: 'f', status: 'failed', code: 'name-taken' },
      { event: 'error', code: 'name-taken' },
      { event: 'summary', acknowledged: 0, exit: 6 },
    ]);
    for (const hint of ['line 2 of transfer.info', '10 minutes', 'sesamed clients reset NAME']) {
      expect(stderr).toContain(hint);
    }
    expect(await readdir(second.path), 'no me.info').not.toContain('me.info');
    expect(await idOf('taken')).toBe(id);
  });

  test('after a reset it is free, with its files', async () => {
    await using first = await newFolder('handed over');
    expect((await first.send()).code).toBe(0);
    await reset('handed over');
    await using second = await newFolder('handed over');
    await second.list(server.port, 'handed over', ['g']);
    await second.write('g', 'more');
    expect((await second.send()).code).toBe(0);
    expect(await notStored(server, 'handed over', new Map([...FILES, ['g', Buffer.from('more')]]))).toEqual(
      [],
    );
  });
});

test('me.info of another name: exit code 7, nothing is said to the server', async () => {
  await using folder = await newFolder('one name');
  expect((await folder.send()).code).toBe(0);
  const meInfo = await readFile(folder.meInfo);
  await folder.list(server.port, 'another name', ['f']);
  const { code, events, stderr } = await folder.run();
  expect(code).toBe(7);
  expect(events.at(-2)).toMatchObject({ event: 'error', code: 'identity-mismatch' });
  expect(stderr).toContain("'one name'");
  expect(stderr).toContain("'another name'");
  expect(await readFile(folder.meInfo)).toEqual(meInfo);
  expect(await idOf('another name')).toBeUndefined();
});

test('a key in me.info that is not the one the server knows: exit code 7', async () => {
  await using folder = await newFolder('other key');
  expect((await folder.send()).code).toBe(0);
  const [name, id] = (await readFile(folder.meInfo, 'utf8')).split('\n');
  const [vector] = vectors('me-info');
  if (vector?.expect !== 'ok') throw new Error('the first vector has a key');
  await folder.write('me.info', [name, id, vector.private_pkcs8_base64].join('\n'));
  const { code, events } = await folder.run();
  expect(code).toBe(7);
  expect(events.at(-2)).toMatchObject({ event: 'error', code: 'identity-mismatch' });
});

test('no server: exit code 5 after the retries', async () => {
  await using folder = await newFolder('alone', await freePort());
  const { code, events } = await folder.run('--retries', '1');
  expect(code).toBe(5);
  expect(events.map(({ event, code: why }) => [event, why])).toEqual([
    ['retry', 'connect'],
    ['file', 'connect'],
    ['error', 'connect'],
    ['summary', undefined],
  ]);
  expect(await readdir(folder.path)).not.toContain('me.info');
});

describe('a folder where a file is wrong or missing', () => {
  test('no transfer.info: exit code 3', async () => {
    await using folder = await newFolder('none');
    await rename(folder.at('transfer.info'), folder.at('elsewhere.info'));
    for (const args of [[], ['no/such/file'], [join(folder.path, 'transfer.info')]]) {
      const { code, stderr } = await folder.send(...args);
      expect(code).toBe(3);
      expect(stderr).toContain('sesame send --help');
    }
    expect((await folder.send('elsewhere.info')).code).toBe(0);
  });

  test('malformed transfer.info: exit code 2', async () => {
    await using folder = await newFolder('malformed');
    const bad = vectors('transfer-info').filter(({ expect }) => expect !== 'ok');
    const wrong: string[] = [];
    for (const { name, text } of bad) {
      await folder.write('transfer.info', text);
      const { code, stderr } = await folder.send('--retries', '0');
      if (code !== 2 || !stderr.includes('transfer.info')) wrong.push(`${name}: ${code ?? 'killed'}`);
    }
    expect(wrong).toEqual([]);
  });
});
