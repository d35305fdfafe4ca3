// What the guard counts on the transfer port, and what a block does to whom (docs/GUARD.md 1 to 3).
import { randomBytes } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BEHIND_BALANCER,
  isReset,
  restOf,
  sayFrom,
  socketFrom,
  v3From,
  v4From,
} from '../support/from-source.ts';
import { RunningServer } from '../support/running-server.ts';
import { block, isBlocked, scoreOf, suspect, untilBlocked } from '../support/suspects.ts';
import { addressBytes } from '../support/address-bytes.ts';
import { nameField, request, REQUEST } from '../support/v3-frames.ts';
import { v4Payload, V4_REQUEST, v4Request } from '../support/v4-frames.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { enrol, revoke } from '../support/v4-enrolment.ts';
import { V4Client } from '../support/v4-client.ts';
import { until } from '../support/waiting.ts';

const HTTP = 'GET / HTTP/1.1\r\nHost: files.example.org\r\n\r\n';
const SSH = 'SSH-2.0-OpenSSH_9.6p1 Debian-4\r\n';

let server: RunningServer;
let sources = 0;

beforeAll(async () => {
  server = await RunningServer.start(...BEHIND_BALANCER, '--join', 'open', '--v3', '198.51.100.128/25');
});
afterAll(() => server[Symbol.asyncDispose]());

/** One that nobody has heard of. */
function stranger(): string {
  return `198.51.100.${++sources}`;
}

/** One that may speak v3. */
function v3Stranger(): string {
  return `198.51.100.${++sources + 127}`;
}

/** Over TLS, as far as it comes, and until the server ends it. */
async function handshake(source: string, options: object): Promise<void> {
  const socket = await socketFrom(server.port, source);
  const secure = connectTls({ socket, rejectUnauthorized: false, minVersion: 'TLSv1.3', ...options });
  secure.on('error', () => undefined);
  await restOf(secure);
}

async function v3Says(source: string, frame: Uint8Array): Promise<void> {
  using connection = await v3From(server.port, source);
  await connection.send(frame);
  connection.end();
  await connection.rest();
}

async function v4Says(source: string, code: number, payload: Uint8Array, options = {}): Promise<void> {
  using client = await v4From(server.port, source);
  await client.connection.send(v4Request(code, Buffer.alloc(16), payload, options));
  client.connection.end();
  await client.over.catch(() => undefined);
}

function keyless() {
  const { key, certificate: cert } = newIdentity();
  return { key, cert };
}

describe('what is no client', () => {
  test.for<[string, (source: string) => Promise<unknown>]>([
    ['HTTP', (source) => sayFrom(server.port, source, HTTP)],
    ['SSH', (source) => sayFrom(server.port, source, SSH)],
    ['TLS without our ALPN', (source) => handshake(source, { ALPNProtocols: ['h2'], ...keyless() })],
    ['TLS with no ALPN', (source) => handshake(source, keyless())],
    ['TLS without a key', (source) => handshake(source, { ALPNProtocols: ['sesame/4'] })],
  ])('%s does not block by itself, and does when it goes on', async ([, offend]) => {
    const source = stranger();
    await offend(source);
    expect(await suspect(server, source)).toMatchObject({ state: 'noted', score: 1 });
    const times = 1 + (await untilBlocked(server, source, () => offend(source)));
    expect(times).toBeGreaterThanOrEqual(20);
    expect(server.stderr).toMatch(new RegExp(`WARNING +guard +warned: .*who=${source} offence=noise\n`));
    expect(server.stderr).toMatch(
      new RegExp(`WARNING +guard +blocked who=${source} by=score seconds=15 reason=noise\n`),
    );
  });

  test('a connection that says nothing, or ends before it has said what it is, counts for nothing', async () => {
    const source = stranger();
    for (const said of ['', '\x16\x03\x01']) {
      const socket = await socketFrom(server.port, source);
      socket.end(said);
      await restOf(socket);
    }
    expect(await suspect(server, source)).toBeUndefined();
  });

  test('loopback is never blocked, whatever it says', async () => {
    for (let i = 0; i < 30; i++) {
      const health = await V4Client.connect(server.port, newIdentity(), { host: '::1' });
      await expect(health.hello()).rejects.toMatchObject({ error: 'not-joined' });
    }
    using client = await V4Client.connect(server.port, newIdentity(), { host: '::1' });
    expect((await client.join('one of this machine')).clientId).toHaveLength(16);
  });
});

describe('what breaks the protocol', () => {
  const id = randomBytes(16);
  test.for<[string, number, (source: string) => Promise<unknown>]>([
    ['v3: an unknown code', 2, (source) => v3Says(source, request(1999, Buffer.alloc(0)))],
    ['v3: a size that its code does not have', 2, (source) => v3Says(source, request(1025, Buffer.alloc(9)))],
    ['v3: an unknown version', 1, (source) => v3Says(source, request(1025, nameField('x'), { version: 99 }))],
    [
      'v3: an id that nobody has',
      2,
      (source) => v3Says(source, request(REQUEST.reconnect, nameField('x'), { id })),
    ],
    ['v4: an unknown code', 2, (source) => v4Says(source, 1999, Buffer.alloc(0))],
    [
      'v4: a size that its code does not have',
      2,
      (source) => v4Says(source, V4_REQUEST.hello, Buffer.alloc(1)),
    ],
    ['v4: a request before the welcome', 2, (source) => v4Says(source, V4_REQUEST.list, v4Payload.list(1))],
    ['v4: a key that nobody has', 2, (source) => v4Says(source, V4_REQUEST.hello, v4Payload.hello())],
    [
      'v4: a token that is not valid',
      4,
      (source) => v4Says(source, V4_REQUEST.join, v4Payload.join(1, randomBytes(32), nameField('x'))),
    ],
  ])('%s costs %d', async ([, points, offend]) => {
    const source = v3Stranger();
    await offend(source);
    expect(await scoreOf(server, source)).toBeCloseTo(points, 0);
  });

  test('a padding that is wrong costs 2, another client id 4, and a revoked key 4', async () => {
    const source = v3Stranger();
    using connection = await v3From(server.port, source);
    const { SimulatedClient } = await import('../support/simulated-client.ts');
    using client = new SimulatedClient(() => server.port, 'oracle', {}, connection);
    await client.enrol();
    await client.exchange(client.fileRequest(nameField('f'), randomBytes(64)));
    expect(await scoreOf(server, source)).toBeCloseTo(2, 0);

    const another = stranger();
    const identity = newIdentity();
    using joined = await v4From(server.port, another, identity);
    await joined.join('revoked soon');
    await v4HelloAs(another, identity, randomBytes(16));
    expect(await scoreOf(server, another)).toBeCloseTo(4, 0);
    await revoke(server, 'revoked soon');
    await v4HelloAs(another, identity, joined.id);
    expect(await scoreOf(server, another)).toBeCloseTo(8, 0);
  });

  test('guessing join tokens ends after five', async () => {
    const source = stranger();
    const guess = () => v4Says(source, V4_REQUEST.join, v4Payload.join(1, randomBytes(32), nameField('x')));
    expect(await untilBlocked(server, source, guess)).toBeLessThanOrEqual(6);
    // A line that is good does not help then, and is not used up.
    const { token } = await enrol(server, 'late');
    await expect(v4From(server.port, source)).rejects.toThrow();
    using elsewhere = await v4From(server.port, stranger());
    expect((await elsewhere.join({ token })).name).toBe('late');
  });

  async function v4HelloAs(source: string, identity: ReturnType<typeof newIdentity>, as: Buffer) {
    using client = await v4From(server.port, source, identity);
    await client.connection.send(v4Request(V4_REQUEST.hello, as, v4Payload.hello()));
    await client.over.catch(() => undefined);
  }
});

describe('who is one source', () => {
  test('a /64 of IPv6, and not its neighbour', async () => {
    let host = 0;
    await untilBlocked(server, '2001:db8:0:1::/64', () =>
      sayFrom(server.port, `2001:db8:0:1::${(++host).toString(16)}`, HTTP),
    );
    expect(host).toBeGreaterThanOrEqual(20);
    expect(await isReset(await socketFrom(server.port, '2001:db8:0:1:ffff::9'))).toBe(true);
    using neighbour = await v4From(server.port, '2001:db8:0:2::1');
    expect((await neighbour.join('in the next network')).clientId).toHaveLength(16);
  });

  test('an IPv4 address is itself, also where it is written as one of IPv6', async () => {
    const source = stranger();
    const mapped = `::ffff:${addressBytes(source)
      .toString('hex')
      .replace(/^(....)/, '$1:')}`;
    await block(server, mapped);
    expect(await isBlocked(server, source)).toBe(true);
    expect(await isReset(await socketFrom(server.port, source))).toBe(true);
    expect(await isReset(await socketFrom(server.port, mapped))).toBe(true);
  });
});

describe('a block', () => {
  test('turns away before a byte is read, whatever is spoken', async () => {
    const source = v3Stranger();
    await block(server, source);
    const refused = request(REQUEST.register, nameField('nobody'));
    for (const said of [Buffer.alloc(0), refused]) {
      const socket = await socketFrom(server.port, source);
      const reset = isReset(socket);
      if (said.byteLength > 0) socket.write(said);
      expect(await reset).toBe(true);
    }
    await expect(v4From(server.port, source)).rejects.toThrow();
    expect(server.stderr).not.toContain('nobody');
  });

  test('ends what has not proved itself, and lets an upload go on to its end', async () => {
    const source = stranger();
    using client = await v4From(server.port, source);
    await client.join('in the middle of it');
    const content = randomBytes(400_000);
    const { stream } = await client.open('large.bin', { size: content.length });
    await client.data(stream, 0, content.subarray(0, 200_000));
    const silent = await Promise.all([1, 2, 3].map(() => socketFrom(server.port, source)));
    const ends = Promise.all(silent.map(isReset));
    const strangers = await v4From(server.port, source);

    await untilBlocked(server, source, () => sayFrom(server.port, source, HTTP));
    expect(await ends).toEqual([true, true, true]);
    await strangers.over;
    await client.data(stream, 200_000, content.subarray(200_000));
    expect((await client.commit(stream, content)).fields.size).toBe(content.length);
  });

  test("an operator's ends all", async () => {
    const source = stranger();
    using client = await v4From(server.port, source);
    await client.join('not for long');
    await block(server, source);
    await client.over;
    await until('it is gone', () => Promise.resolve(client.connection.closed.then(() => true)));
  });
});
