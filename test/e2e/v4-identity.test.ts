// Who is who on a v4 connection (docs/PROTOCOL.md, 2.1): the key that this handshake proved, or nothing.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Program } from '../support/program.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { FACTS, V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { V4Connection, type V4ConnectionOptions } from '../support/v4-connection.ts';
import { enrol } from '../support/v4-enrolment.ts';
import { NO_ID, V4_REQUEST, v4Payload, v4Request } from '../support/v4-frames.ts';
import { newIdentity, recertified, type CertificateOptions } from '../support/v4-identity.ts';

const HELLO = v4Request(V4_REQUEST.hello, NO_ID, v4Payload.hello());

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

/** What is said to a hello over a connection that may not come about: `[]` for silence and the end. */
async function saidTo(options: Partial<V4ConnectionOptions>): Promise<unknown[]> {
  try {
    using connection = await V4Connection.open(server.port, { identity: newIdentity(), ...options });
    await connection.send(HELLO);
    return await connection.rest();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return []; // of the handshake
    throw error;
  }
}

describe('the handshake', () => {
  test('TLS 1.3, ALPN sesame/4, and the key whose pin the join line names', async () => {
    const { pin } = await enrol(server, 'pinned');
    using connection = await V4Connection.open(server.port, { identity: newIdentity(), pin });
    expect(connection).toMatchObject({ protocol: 'TLSv1.3', alpn: 'sesame/4', resumed: false });
  });

  test.each<[string, Partial<V4ConnectionOptions>]>([
    ['TLS 1.2', { versions: ['TLSv1.2', 'TLSv1.2'] }],
    ['TLS 1.0 and 1.1', { versions: ['TLSv1', 'TLSv1.1'], tls: { ciphers: 'ALL:@SECLEVEL=0' } }],
    ['no ALPN', { alpn: [] }],
    ['another ALPN', { alpn: ['h2'] }],
    ['an ALPN that begins like ours', { alpn: ['sesame/4x', 'sesame/'] }],
    ['no client certificate', { identity: null }],
    ['an RSA key', { identity: newIdentity({ kind: 'rsa' }) }],
    ['a P-384 key', { identity: newIdentity({ kind: 'p384' }) }],
    ['a certificate of more than 4,096 bytes', { identity: newIdentity({ filler: 4096 }) }],
    ['a certificate of 60 kB', { identity: newIdentity({ filler: 60_000 }) }],
  ])('%s: closed, not a byte in answer', async (_, options) => {
    expect(await saidTo(options)).toEqual([]);
  });

  test.each<[string, CertificateOptions]>([
    ['P-256', { kind: 'p256' }],
    ['Ed25519', {}],
    ['expired', { from: '000101000000Z', until: '010101000000Z' }],
    ['not valid yet', { from: '480101000000Z', until: '490101000000Z' }],
    ['of 4 kB', { filler: 3700 }],
    ['without a name', { name: '' }],
  ])('a certificate %s is taken: only its key counts', async (title, options) => {
    using client = await V4Client.joined(server.port, title, newIdentity(options));
    expect((await client.put('f', randomBytes(10))).wasThere).toBe(false);
  });

  test.each(['another.example', 'localhost'])('the server name %s is ignored', async (servername) => {
    using client = await V4Client.connect(server.port, newIdentity(), { tls: { servername } });
    await client.join(`by ${servername}`);
  });

  test('v3 and v4 on the same port, at the same time', async () => {
    using v3 = await new SimulatedClient(() => server.port, 'classic').enrol();
    using v4 = await V4Client.joined(server.port, 'secure');
    const [{ outcome }] = await Promise.all([
      v3.sendFile('f', Buffer.from('3')),
      v4.put('f', Buffer.from('4')),
    ]);
    expect(outcome).toBe('verified');
    expect(await readFile(server.file('classic', 'f'), 'utf8')).toBe('3');
  });
});

describe('the key', () => {
  test('another key in a certificate of the same name: not known', async () => {
    using alice = await V4Client.joined(server.port, 'alice', newIdentity({ name: 'alice' }));
    using mallory = await V4Client.connect(server.port, newIdentity({ name: 'alice' }));
    expect(await outcomeOfRequest(mallory.hello())).toBe('not-joined');
    expect(await outcomeOfRequest(mallory.join('alice'))).toBe('name-taken');
    await alice.put('f', Buffer.from('mine'));
  });

  test('the same key in another certificate: the same client', async () => {
    const identity = newIdentity();
    using client = await V4Client.joined(server.port, 'renewed', identity);
    const renewed = recertified(identity, { name: 'another', until: '300101000000Z' });
    using again = await V4Client.back(server.port, renewed);
    expect(again.id).toEqual(client.id);
  });

  test.each([
    ['random', () => randomBytes(16)],
    ['FF', () => Buffer.alloc(16, 0xff)],
  ])('an id of %s in a hello: wrong-client-id, closed', async (_, id) => {
    const identity = newIdentity();
    using first = await V4Client.joined(server.port, `id ${id().toString('hex', 0, 4)}`, identity);
    for (const wrong of [id(), Buffer.concat([first.id.subarray(0, 15), Buffer.of(0)])]) {
      using client = await V4Client.connect(server.port, identity);
      await client.request(V4_REQUEST.hello, v4Payload.hello(), wrong);
      expect(await client.over).toMatchObject({ error: 'wrong-client-id', stream: 0 });
    }
    using client = await V4Client.connect(server.port, identity);
    await client.request(V4_REQUEST.hello, v4Payload.hello(), first.id);
    expect(await client.next(0, 'welcome'), 'its own is right').toMatchObject({ clientId: first.id });
  });

  test('the id of another client, or none, once it is in: wrong-client-id, closed, nothing stored', async () => {
    using other = await V4Client.joined(server.port, 'other');
    for (const [i, id] of [other.id, NO_ID, randomBytes(16)].entries()) {
      using client = await V4Client.joined(server.port, `claiming ${i}`);
      const put = v4Payload.put(1, { path: 'f', content: Buffer.from('x'), ...FACTS });
      await client.request(V4_REQUEST.put, put, id);
      expect(await client.over).toMatchObject({ error: 'wrong-client-id', stream: 0 });
    }
    expect(await other.listAll()).toEqual([]);
  });
});

describe('sessions of TLS', () => {
  test('none is ever resumed: a ticket is no key', async () => {
    const identity = newIdentity();
    using client = await V4Client.joined(server.port, 'ticketed', identity);
    await client.put('f', Buffer.from('x'));
    for (const session of client.connection.tickets) {
      using thief = await V4Client.connect(server.port, newIdentity(), { session });
      expect(thief.connection.resumed).toBe(false);
      expect(await outcomeOfRequest(thief.hello())).toBe('not-joined');
      await expect(saidTo({ identity: null, session })).resolves.toEqual([]);
      using again = await V4Client.connect(server.port, identity, { session });
      expect(again.connection.resumed).toBe(false);
      await again.hello();
    }
  });

  test('no early data is taken', async () => {
    await using folder = await TemporaryFolder.create();
    const session = join(folder.path, 'session');
    const { stdout } = await Program.run(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${server.port}`, '-alpn', 'sesame/4', '-sess_out', session],
      { input: '' },
    );
    expect(stdout).not.toMatch(/Max Early Data: [1-9]/);
    const saved = await readFile(session, 'utf8').catch(() => undefined);
    if (saved === undefined) return; // no session at all: nothing to send early data with
    const shown = await Program.run('openssl', ['sess_id', '-noout', '-text'], { input: saved });
    expect(shown.stdout).not.toMatch(/Max Early Data: [1-9]/);
  });
});
