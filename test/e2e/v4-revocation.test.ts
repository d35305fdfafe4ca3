// `sesamed clients revoke`, and what becomes of the name (docs/PROTOCOL.md, 2.3; docs/OPERATIONS.md).
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ending } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { listClients, sesamed } from '../support/sesamed.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { V4Client } from '../support/v4-client.ts';
import { enrol, revoke } from '../support/v4-enrolment.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { MAX_CHUNK } from '../support/v4-frames.ts';
import { newIdentity, type Identity } from '../support/v4-identity.ts';
import { checkChain } from '../support/v4-receipts.ts';
import { standsThere, storedFile } from '../support/v4-uploads.ts';
import { until } from '../support/waiting.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

const clients = (...args: string[]): Promise<Ending> =>
  sesamed(['clients', ...args, '--data-dir', server.dataDir]);

/** What a key hears that tries to get in by every way there is. */
async function attempts(identity: Identity, name: string): Promise<string[]> {
  const { token } = await enrol(server, `for ${name} ${randomBytes(4).toString('hex')}`);
  const ways = [
    (client: V4Client) => client.hello(),
    (client: V4Client) => client.join(name),
    (client: V4Client) => client.join({ token }),
  ];
  return Promise.all(
    ways.map(async (way) => {
      using client = await V4Client.connect(server.port, identity);
      return await outcomeOfRequest(way(client));
    }),
  );
}

/** A client of this name with a new key, by a line of the operator's. */
async function joinedByLine(name: string): Promise<V4Client> {
  const { token } = await enrol(server, name);
  const client = await V4Client.connect(server.port);
  await client.join({ token });
  return client;
}

describe('revoke', () => {
  test('in the middle of an upload: it ends, nothing of it is stored, and the key never comes back', async () => {
    using client = await V4Client.joined(server.port, 'Traitor');
    await client.put('before', Buffer.from('acknowledged'));
    const { stream } = await client.open('large', { size: null });
    const chunk = randomBytes(MAX_CHUNK);
    const over = new AbortController();
    void client.over.then(() => {
      over.abort();
    });
    const sending = (async (): Promise<void> => {
      for (let at = 0; !over.signal.aborted; at += chunk.length) {
        await client.data(stream, at, chunk);
        await sleep(5);
      }
    })();
    await until('content is taken', async () => client.taken > 0);
    expect(over.signal.aborted).toBe(false);
    const { code, stdout, stderr } = await clients('revoke', 'TRAITOR');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      'TRAITOR is revoked. Its files and receipts stay. For a new key under this name: sesamed enroll NAME\n',
    );
    expect(await client.over).toMatchObject({ error: 'revoked', stream: 0 });
    await sending;
    expect(await attempts(client.identity, 'Traitor')).toEqual(['revoked', 'revoked', 'revoked']);
    expect(await storedFile(server, client, 'large')).toBeUndefined();
    await standsThere(server, client, 'before', Buffer.from('acknowledged'));
    const listed = (await listClients(server.dataDir)).find(({ name }) => name === 'Traitor');
    expect(listed).toMatchObject({ protocol: 4, state: 'revoked', receipts: 1, files: 1, bytes: 12 });
  });

  test('a second time changes nothing; --json', async () => {
    using _ = await V4Client.joined(server.port, 'twice');
    for (let time = 0; time < 2; time++) {
      const { code, stdout } = await clients('revoke', 'twice', '--json');
      expect([code, JSON.parse(stdout)]).toEqual([0, { revoked: 'twice' }]);
    }
  });

  test('a name that nobody has, or a v3 client: exit code 3', async () => {
    using _ = await new SimulatedClient(() => server.port, 'of v3').enrol();
    for (const name of ['nobody', 'of v3', '']) {
      const { code, stdout, stderr } = await clients('revoke', name);
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toBe(
        `sesamed: no client that joined by v4 is called "${name}": sesamed clients ls shows them all\n`,
      );
    }
    expect((await clients('revoke')).code).toBe(2);
  });

  test('on the folder of a server that does not run: refused from the next start on', async () => {
    const identity = newIdentity();
    (await V4Client.joined(server.port, 'absent', identity))[Symbol.dispose]();
    await server.stop();
    expect((await clients('revoke', 'absent')).code).toBe(0);
    await server.again();
    expect(await attempts(identity, 'absent')).toEqual(['revoked', 'revoked', 'revoked']);
  });
});

describe('the name of a revoked client', () => {
  test('is taken for who joins openly, and for v3', async () => {
    using _ = await V4Client.joined(server.port, 'kept');
    await revoke(server, 'kept');
    using other = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(other.join('Kept'))).toBe('name-taken');
    await expect(new SimulatedClient(() => server.port, 'kept').enrol()).rejects.toThrow('got 2101');
  });

  test('has a new key by a line: another client, with its own receipts, and the files', async () => {
    using old = await V4Client.joined(server.port, 'Laptop');
    const content = randomBytes(100_000);
    await old.upload('backup/large', content);
    for (const path of ['backup/a', 'backup/b']) await old.put(path, Buffer.from(path));
    await standsThere(server, old, 'backup/b', Buffer.from('backup/b'));
    await revoke(server, 'laptop');
    using heir = await joinedByLine('Laptop');
    expect(heir.welcome).toMatchObject({ name: 'Laptop', seq: 0 });
    expect(heir.id).not.toEqual(old.id);
    expect(await attempts(old.identity, 'Laptop')).toEqual(['revoked', 'revoked', 'revoked']);

    const entries = await heir.listAll();
    expect(entries.map(({ path, seq }) => [path, seq])).toEqual([
      ['backup/a', 0],
      ['backup/b', 0],
      ['backup/large', 0],
    ]);
    expect((await heir.fetch('backup/large')).content.equals(content)).toBe(true);
    // The same content once more: a receipt of the old key would be no proof for the new one.
    expect((await heir.upload('backup/large', content)).wasThere).toBe(false);
    expect((await heir.put('backup/a', Buffer.from('backup/a'))).wasThere).toBe(false);
    await heir.put('backup/b', Buffer.from('changed'));
    expect((await heir.put('backup/b', Buffer.from('changed'))).wasThere, 'its own').toBe(true);
    await standsThere(server, heir, 'backup/b', Buffer.from('changed'));
    checkChain(heir.receipts);
    checkChain(old.receipts);

    const listed = (await listClients(server.dataDir)).filter(({ name }) => name.startsWith('Laptop'));
    expect(listed).toMatchObject([
      { name: 'Laptop', state: 'joined', id: heir.id.toString('hex'), receipts: 3, files: 3 },
      { name: 'Laptop.~1~', state: 'revoked', id: old.id.toString('hex'), receipts: 3, files: 0 },
    ]);
  });

  test('again and again, over a restart, and every chain still holds', { timeout: 30_000 }, async () => {
    const identities: Identity[] = [];
    for (let generation = 0; generation < 3; generation++) {
      using client = await (generation === 0
        ? V4Client.joined(server.port, 'phoenix')
        : joinedByLine('phoenix'));
      identities.push(client.identity);
      await client.put(`${generation}`, Buffer.from('x'));
      await standsThere(server, client, `${generation}`, Buffer.from('x'));
      if (generation < 2) await revoke(server, 'phoenix');
    }
    await server.stop();
    await server.again();
    const [first, second, last] = identities;
    if (!first || !second || !last) throw new Error('nobody joined');
    for (const dead of [first, second]) {
      expect(await attempts(dead, 'phoenix')).toEqual(['revoked', 'revoked', 'revoked']);
    }
    using back = await V4Client.back(server.port, last);
    expect(back.welcome.seq).toBe(1);
    expect((await back.listAll()).map(({ seq }) => seq)).toEqual([0, 0, 1]);
    const { code, stdout } = await sesamed(['files', 'verify', '--json', '--data-dir', server.dataDir]);
    expect([code, stdout.trimEnd().split('\n')]).toEqual([0, [expect.stringContaining('"findings":0')]]);
  });
});
