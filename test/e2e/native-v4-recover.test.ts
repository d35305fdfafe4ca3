// `sesame knock recover`: the PIN goes to the server of this client and to no other, and what it says to it is the exit
// code. The knock port is the test's, with the server's own key.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SESAME } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { RunningServer } from '../support/running-server.ts';
import { typeAt } from '../support/terminal.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { V4Folder } from '../support/v4-folder.ts';

const PIN = '24681357';

let server: RunningServer;
let folder: V4Folder;
let ownPem: string;
beforeAll(async () => {
  server = await RunningServer.start();
  folder = await V4Folder.joined(server, 'blocked');
  ownPem = await readFile(join(server.dataDir, 'keys', 'server.pem'), 'utf8');
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

let door: Server | undefined;
let heard: string[] = [];
afterEach(() => {
  door?.close();
  door = undefined;
  heard = [];
});

/** A knock port that takes PINs, and says the same to each. @returns its port */
async function listen(answer: string, { key = ownPem, cert = ownPem } = {}): Promise<string> {
  const options = { key, cert, minVersion: 'TLSv1.3', ALPNProtocols: ['sesame-recover/1'] } as const;
  door = createServer(options, (socket) => {
    expect(socket.alpnProtocol).toBe('sesame-recover/1');
    expect(socket.getPeerCertificate(), 'the client does not say who it is').toEqual({});
    socket.setEncoding('utf8').once('data', (said: string) => {
      heard.push(said);
      socket.end(`${answer}\n`);
    });
    socket.on('error', () => undefined);
  });
  door.on('tlsClientError', () => undefined);
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  return String((door.address() as AddressInfo).port);
}

async function recover(port: string, ...args: string[]): ReturnType<V4Folder['sesame']> {
  return folder.sesameWith({ input: `${PIN}\n` }, 'knock', 'recover', '--knock-port', port, ...args);
}

describe('what the server says', () => {
  test.each([
    ['200 this address is free again', 0],
    ['401 that is not the PIN', 6],
    ['404 nothing is blocked', 3],
    ['429 too many attempts: again in 3 min', 5],
  ])('%s: exit %d', async (answer, exit) => {
    const port = await listen(answer);
    expect(await recover(port)).toMatchObject({ code: exit, stdout: `${answer}\n` });
    const json = await recover(port, '--json');
    expect(JSON.parse(json.stdout)).toEqual({
      ...{ event: 'recover', status: Number(answer.slice(0, 3)), answer, exit },
    });
    expect(heard).toEqual([`${PIN}\n`, `${PIN}\n`]);
  });

  test('that is none: exit 1, and nothing of it on stdout', async () => {
    const port = await listen('HTTP/1.1 200 OK');
    expect(await recover(port)).toMatchObject({ code: 1, stdout: '' });
  });
});

test('another server hears no PIN: exit 7', async () => {
  const { key, certificate: cert } = newIdentity();
  const port = await listen('200 thank you', { key, cert });
  const { code, stderr } = await recover(port);
  expect(code).toBe(7);
  expect(stderr).toContain('not the server that this client knows');
  expect(heard).toEqual([]);
});

test('nobody there: exit 5, and the other ways', async () => {
  const { code, stderr } = await recover(String(await freePort()));
  expect(code).toBe(5);
  expect(stderr).toContain('sesamed guard unblock');
  expect(stderr).toMatch(/page that a browser shows/);
});

test('what is no PIN is not sent: exit 2', async () => {
  const port = await listen('200 fine');
  for (const input of ['', '1234567\n', '123456789\n', 'password\n']) {
    const { code } = await folder.sesameWith({ input }, 'knock', 'recover', '--knock-port', port);
    expect(code, input).toBe(2);
  }
  expect(heard).toEqual([]);
});

test('at a terminal it asks, and does not show what is typed', async () => {
  const port = await listen('200 free again');
  const argv = ['env', ...Object.entries(folder.places).map(([name, value]) => `${name}=${value ?? ''}`)];
  const command = [SESAME, 'knock', 'recover', '--knock-port', port];
  const { shown, code, echoes } = await typeAt('PIN: ', `${PIN}\n`, [...argv, ...command]);
  expect(code).toBe(0);
  expect(shown).not.toContain(PIN);
  expect(shown).toContain('200 free again');
  expect(echoes).toBe(true);
  expect(heard).toEqual([`${PIN}\n`]);
});
