// How a client joins (docs/PROTOCOL.md, 2.3), with the real sub-commands on the operator's side.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HAS_IPV6 } from '../support/network.ts';
import { RunningServer } from '../support/running-server.ts';
import { listClients, sesamed } from '../support/sesamed.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { enrol, parseJoinLine, revoke } from '../support/v4-enrolment.ts';
import { newIdentity } from '../support/v4-identity.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

describe('openly', () => {
  test('from loopback: welcomed, with an id, a window and no receipts yet', async () => {
    using client = await V4Client.joined(server.port, 'Zoë 🎈');
    const { welcome } = client;
    expect(welcome).toMatchObject({ name: 'Zoë 🎈', writeOnly: false, seq: 0, head: Buffer.alloc(32) });
    expect(welcome.clientId.toString('hex')).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(welcome.window).toBeGreaterThanOrEqual(1 << 20);
    expect(welcome.receiptKey.equals(Buffer.alloc(32))).toBe(false);
  });

  test.runIf(HAS_IPV6)('from the loopback of IPv6, and back by that of IPv4: the same client', async () => {
    using first = await V4Client.connect(server.port, newIdentity(), { host: '::1' });
    await first.join('two addresses');
    using again = await V4Client.back(server.port, first.identity);
    expect(again.id).toEqual(first.id);
  });

  test('a known key: welcomed as who it is, whatever it asks for', async () => {
    const identity = newIdentity();
    using first = await V4Client.joined(server.port, 'known', identity);
    using again = await V4Client.connect(server.port, identity);
    expect(await again.join('another name')).toEqual(first.welcome);
    using third = await V4Client.back(server.port, identity);
    expect(third.welcome).toEqual(first.welcome);
    expect(await third.hello(), 'and once more').toEqual(first.welcome);
  });

  test('an unknown key: not-joined, and a 1102 may follow', async () => {
    using client = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(client.hello())).toBe('not-joined');
    expect(await outcomeOfRequest(client.hello())).toBe('not-joined');
    expect((await client.join('second thoughts')).name).toBe('second thoughts');
  });

  test.each([
    '../x',
    'a/b',
    'a\\b',
    '..',
    '.',
    'C:',
    'nul',
    'CON.txt',
    'trailing.',
    'trailing ',
    'n'.repeat(101),
  ])('the name %j: bad-name', async (name) => {
    using client = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(client.join(name))).toBe('bad-name');
    expect(await outcomeOfRequest(client.join(`better ${randomBytes(4).toString('hex')}`))).toBe('ok');
  });

  test.each([
    ['taken', 'taken'],
    ['Größe', 'GRÖßE'],
    ['composed é', 'composed e\u0301'],
    ['UPPER', 'upper'],
  ])('%j, then %j: the name is taken', async (first, second) => {
    using _ = await V4Client.joined(server.port, first);
    using other = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(other.join(second))).toBe('name-taken');
  });

  test('the name of a v3 client is taken, and the other way round', async () => {
    using _ = await new SimulatedClient(() => server.port, 'old hand').enrol();
    using client = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(client.join('Old Hand'))).toBe('name-taken');
    await client.join('new hand');
    await expect(new SimulatedClient(() => server.port, 'new hand').enrol()).rejects.toThrow('got 2101');
  });

  test('ten at once under one name: one winner', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => V4Client.connect(server.port)));
    const outcomes = await Promise.all(clients.map((client) => outcomeOfRequest(client.join('contested'))));
    expect(outcomes.toSorted()).toEqual([...Array<string>(9).fill('name-taken'), 'ok']);
    for (const client of clients) client[Symbol.dispose]();
  });

  test('one key, ten connections at once: one client', async () => {
    const identity = newIdentity();
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => V4Client.connect(server.port, identity)),
    );
    const outcomes = await Promise.allSettled(clients.map((client, i) => client.join(`twin ${i}`)));
    const ids = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value.clientId.toString('hex')] : [],
    );
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(1);
    for (const client of clients) client[Symbol.dispose]();
    expect((await listClients(server.dataDir)).filter(({ name }) => name.startsWith('twin '))).toHaveLength(
      1,
    );
  });
});

describe('by token', () => {
  test('the line is for one machine, under the name that the operator gave', async () => {
    const { stdout } = await sesamed(['enroll', 'Machine 7', '--data-dir', server.dataDir]);
    const { token, host, port } = parseJoinLine(stdout.trim());
    expect([host, port]).toEqual(['127.0.0.1', server.port]);
    using client = await V4Client.connect(server.port);
    expect((await client.join({ token }, '../ignored')).name).toBe('Machine 7');
    using second = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(second.join({ token })), 'used').toBe('token-refused');
    expect((await client.join({ token })).name, 'a known key needs none').toBe('Machine 7');
  });

  test('a known key does not use it up', async () => {
    const { token } = await enrol(server, 'for another');
    using known = await V4Client.joined(server.port, 'has joined');
    expect((await known.join({ token })).name).toBe('has joined');
    using client = await V4Client.connect(server.port);
    expect((await client.join({ token })).name).toBe('for another');
  });

  test('until it is used, the name is kept for its bearer', async () => {
    const { token } = await enrol(server, 'reserved');
    using early = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(early.join('Reserved'))).toBe('name-taken');
    expect((await early.join({ token })).name).toBe('reserved');
    await expect(enrol(server, 'reserved')).rejects.toThrow(/has the name/);
  });

  test('ten at once with one token: one winner', async () => {
    const { token } = await enrol(server, 'one of ten');
    const clients = await Promise.all(Array.from({ length: 10 }, () => V4Client.connect(server.port)));
    const outcomes = await Promise.all(clients.map((client) => outcomeOfRequest(client.join({ token }))));
    expect(outcomes.toSorted()).toEqual(['ok', ...Array<string>(9).fill('token-refused')]);
    for (const client of clients) client[Symbol.dispose]();
  });

  test.each([
    ['random', () => randomBytes(32)],
    ['zeros', () => Buffer.alloc(32)],
    ['FF', () => Buffer.alloc(32, 0xff)],
  ])('a token of %s: token-refused', async (_, token) => {
    using client = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(client.join({ token: token() }))).toBe('token-refused');
  });

  test('one bit of it wrong, then right', async () => {
    const { token } = await enrol(server, 'mistyped');
    const wrong = Buffer.from(token);
    wrong.writeUInt8(wrong.readUInt8(31) ^ 1, 31);
    using client = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(client.join({ token: wrong }))).toBe('token-refused');
    expect(await outcomeOfRequest(client.join({ token }))).toBe('ok');
  });

  test('expired', async () => {
    const { token } = await enrol(server, 'late', { lifetime: 300 });
    await sleep(400);
    using client = await V4Client.connect(server.port);
    expect(await outcomeOfRequest(client.join({ token }))).toBe('token-refused');
    expect(await outcomeOfRequest(client.join('late')), 'and the name is free again').toBe('ok');
  });

  test('--join token: without a line nobody joins, and those who are in stay in', async () => {
    await using strict = await RunningServer.start();
    const identity = newIdentity();
    (await V4Client.joined(strict.port, 'was here', identity))[Symbol.dispose]();
    await strict.stop();
    await strict.again('--join', 'token');
    using back = await V4Client.back(strict.port, identity);
    expect(back.welcome.name).toBe('was here');
    using client = await V4Client.connect(strict.port);
    expect(await outcomeOfRequest(client.join('newcomer'))).toBe('join-refused');
    const { token } = await enrol(strict, 'newcomer');
    expect((await client.join({ token })).name).toBe('newcomer');
  });

  test('a token outlives a restart, and lies nowhere', async () => {
    await using restarted = await RunningServer.start();
    const { token } = await enrol(restarted, 'patient');
    await restarted.stop();
    await restarted.again();
    using client = await V4Client.connect(restarted.port);
    expect((await client.join({ token })).name).toBe('patient');
  });
});

describe('revocation', () => {
  test('ends live connections, and is final', async () => {
    const identity = newIdentity();
    using first = await V4Client.joined(server.port, 'traitor', identity);
    using second = await V4Client.back(server.port, identity);
    using bystander = await V4Client.joined(server.port, 'bystander');
    const { stream } = await first.open('half', { size: 100 });
    await first.data(stream, 0, Buffer.alloc(50));
    await revoke(server, 'Traitor');
    for (const client of [first, second]) {
      expect(await client.over).toMatchObject({ error: 'revoked', stream: 0 });
    }
    for (const attempt of ['hello', 'join', 'token'] as const) {
      using client = await V4Client.connect(server.port, identity);
      const { token } = await enrol(server, `second life ${attempt}`);
      const join =
        attempt === 'hello' ? client.hello() : client.join(attempt === 'join' ? 'new name' : { token });
      expect(await outcomeOfRequest(join)).toBe('revoked');
      await client.over;
    }
    await bystander.put('f', Buffer.from('x'));
  });
});
