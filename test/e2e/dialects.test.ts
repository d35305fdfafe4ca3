// Every kind of v3 program against the real server, which adapts itself to each (docs/PROTOCOL.md, 1.5).
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROFILES } from '../support/profiles.ts';
import { RunningServer } from '../support/running-server.ts';
import { SimulatedClient } from '../support/simulated-client.ts';

type Files = ReadonlyMap<string, Buffer>;

const FILES: Files = new Map([
  ['empty', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['15', Buffer.alloc(15, 'fifteen')],
  ['16', Buffer.alloc(16, 'sixteen')],
  ['C:\\data\\Größe 🎈.bin', Buffer.alloc(17, 'seventeen')],
  ['../deep/er/large', Buffer.alloc(200_000, 'large and larger')],
]);

/** Where a file of `FILES` lies below the client's folder. */
function segmentsOf(name: string): string[] {
  return name
    .replaceAll('\\', '/')
    .replace(/^C:/, '')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '..');
}

async function isStored(
  server: RunningServer,
  client: SimulatedClient,
  name: string,
  content: Buffer,
): Promise<boolean> {
  const stored = await readFile(server.file(client.name, ...segmentsOf(name))).catch(() => undefined);
  return stored?.equals(content) ?? false;
}

/** One run of the program: it sends what is not stored yet, as far as it comes. */
async function oneRun(
  server: RunningServer,
  client: SimulatedClient,
  files: Files,
): Promise<Map<string, Buffer>> {
  const missing = new Map<string, Buffer>();
  let over = false;
  for (const [name, content] of files) {
    const outcome: string = over ? 'not sent' : (await client.sendFile(name, content)).outcome;
    const stored = await isStored(server, client, name, content);
    expect(stored, `${name}: ${outcome}`).toBe(outcome === 'verified');
    if (!stored) missing.set(name, content);
    over ||= outcome === 'believed' && client.habits.after1030 === 'hurries';
  }
  client.close();
  return missing;
}

/** How many runs it takes until every file is stored. */
async function runsUntilStored(server: RunningServer, client: SimulatedClient): Promise<number> {
  await client.enrol();
  const key = client.aesKey;
  let missing = await oneRun(server, client, FILES);
  for (let runs = 1; runs <= 6; runs++) {
    if (missing.size === 0) return runs;
    await client.reconnect();
    expect(client.aesKey).toEqual(key);
    missing = await oneRun(server, client, missing);
  }
  throw new Error(`never stored: ${[...missing.keys()].join(', ')}`);
}

describe('a server with automatic dialects', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await RunningServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.concurrent.for(Object.entries(PROFILES))(
    'gets every file from: %s',
    async ([name, habits], { expect }) => {
      using client = new SimulatedClient(() => server.port, name, habits);
      const runs = await runsUntilStored(server, client);
      const patient = client.habits.after1030 !== 'listens';
      if (patient) expect(runs).toBeLessThanOrEqual(2);

      // What was learnt holds: one send is enough from now on, also where a file is another one.
      await client.reconnect();
      const report = await client.sendFile('one byte', Buffer.from('y'));
      expect(report).toMatchObject({ outcome: 'verified', crcs: { length: 1 } });
      await expect(isStored(server, client, 'one byte', Buffer.from('y'))).resolves.toBe(true);
    },
  );

  test.concurrent.for(Object.entries(PROFILES))(
    'lets a doubt be cleared up by another send: %s',
    async ([name, habits], { expect }) => {
      using client = new SimulatedClient(() => server.port, `doubting, ${name}`, habits);
      await runsUntilStored(server, client);
      await client.reconnect();
      const report = await client.sendFile('doubted', Buffer.from('d'), 1);
      expect(report.outcome).toBe('verified');
      expect(new Set(report.crcs).size, 'a confirmed variant stays').toBe(1);
    },
  );

  test('gives ids that every program can hold', async () => {
    const ids = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        using client = new SimulatedClient(() => server.port, `id ${i}`);
        await client.register();
        return client.id;
      }),
    );
    expect(new Set(ids.map((id) => id.toString('hex'))).size).toBe(300);
    for (const id of ids) {
      expect(id.includes(0)).toBe(false);
      expect(Math.min(id.readUInt8(7), id.readUInt8(15))).toBeGreaterThanOrEqual(0x10);
      expect(id.readUInt8(6) >> 4, 'version of the UUID').toBe(4);
      expect(id.readUInt8(8) >> 6, 'variant of the UUID').toBe(2);
    }
  });
});
