// Behind a balancer the source is what its PROXY header says, and nobody else may say it (docs/GUARD.md 6).
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  askFrom,
  BEHIND_BALANCER,
  http2From,
  isReset,
  restOf,
  socketFrom,
  socketWith,
  v3From,
  v4From,
} from '../support/from-source.ts';
import { HAS_IPV6 } from '../support/network.ts';
import { proxyHeader } from '../support/proxy-header.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { block, suspects } from '../support/suspects.ts';
import { V4Client } from '../support/v4-client.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { until } from '../support/waiting.ts';
import { ask, WebServer } from '../support/web.ts';

const SOURCES = ['198.51.100.1', '2001:db8:0:1::1'];
const REQUEST = Buffer.from('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');

let web: WebServer;
let secure: WebServer;

beforeAll(async () => {
  const flags = [
    ...BEHIND_BALANCER,
    '--v3',
    '198.51.100.0/24,2001:db8::/32',
    '--max-connections-per-source',
    '4',
  ];
  [web, secure] = await Promise.all([
    WebServer.start(...flags),
    WebServer.start(...flags, '--http-tls', 'on'),
  ]);
}, 60_000);
afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
});

/** The address of the newest request that the log has of this path. */
async function loggedAddress(server: WebServer, path: string): Promise<string | undefined> {
  const line = new RegExp(`path=${path} .*address=(\\S+)`);
  await until(`${path} is in the log`, () => Promise.resolve(line.test(server.server.stderr)));
  return line.exec(server.server.stderr)?.[1];
}

describe.each(SOURCES)('from %s', (source) => {
  const name = source.replaceAll(':', '-');

  test('v3 and v4 work', async () => {
    const { port } = web.server;
    using old = new SimulatedClient(() => 0, `v3 ${name}`, {}, await v3From(port, source));
    await old.enrol();
    expect((await old.sendFile('f', Buffer.from('content'))).outcome).toBe('verified');
    using client = await v4From(port, source);
    // Joining openly is for this machine alone.
    await expect(client.join(`v4 ${name}`)).rejects.toMatchObject({ error: 'join-refused' });
  });

  test('HTTP, HTTPS and HTTP/2 work, and know where they come from', async () => {
    for (const server of [web, secure]) {
      const path = `/of-${name}`;
      expect((await askFrom(source, server.origin, path)).status).toBe(404);
      expect(await loggedAddress(server, path)).toBe(source);
    }
    const session = await http2From(secure.origin, source);
    const stream = session.request({ ':path': `/h2-${name}` });
    const [{ ':status': status }] = (await once(stream, 'response')) as [{ ':status': number }];
    await buffer(stream);
    session.close();
    expect(status).toBe(404);
    expect(await loggedAddress(secure, `/h2-${name}`)).toBe(source);
  });
});

describe('a header', () => {
  test('may come in two pieces, split anywhere, and with what follows it', async () => {
    const all = Buffer.concat([proxyHeader('2001:db8::5'), REQUEST]);
    const end = all.length - REQUEST.length;
    for (let at = 1; at <= end + 1; at++) {
      const socket = await socketWith(web.port, all.subarray(0, at));
      // The one piece is to be there before the other is sent.
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(all.subarray(at));
      expect(String(await restOf(socket)), `split at ${at}`).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  test.for<[string, Buffer]>([
    ['none, but a request', REQUEST],
    ['version 1', Buffer.concat([Buffer.from('PROXY TCP4 198.51.100.1 192.0.2.1 4000 80\r\n'), REQUEST])],
    ['garbage', Buffer.from('0d0a0d0a000d0a515549540b21110000', 'hex')],
    ['an unknown version', Buffer.concat([patched(12, 0x11), REQUEST])],
    ['an unknown command', Buffer.concat([patched(12, 0x22), REQUEST])],
    ['addresses that are cut', Buffer.from('0d0a0d0a000d0a515549540a2111000401020304', 'hex')],
    ['a length beyond all', patched(14, 0xff)],
    ['a claim of loopback', Buffer.concat([proxyHeader('127.0.0.1'), REQUEST])],
    ['a claim of another loopback', Buffer.concat([proxyHeader('127.9.9.9'), REQUEST])],
    ['a claim of ::1', Buffer.concat([proxyHeader('::1'), REQUEST])],
    ['a claim of ::ffff:127.0.0.1', Buffer.concat([proxyHeader('::ffff:7f00:1'), REQUEST])],
  ])('that is %s is refused, and nothing is answered', async ([, first]) => {
    for (const port of [web.port, web.server.port]) {
      const socket = await socketWith(port, first);
      expect(await restOf(socket)).toHaveLength(0);
    }
  });

  test('that does not come within 5 s ends the connection', async () => {
    const begun = await Promise.all(
      [web.port, web.server.port].flatMap((port) => [
        socketWith(port, Buffer.alloc(0)),
        socketWith(port, proxyHeader(SOURCES[0] ?? '').subarray(0, 15)),
      ]),
    );
    expect(await Promise.all(begun.map(isReset))).toEqual([true, true, true, true]);
  });

  test('LOCAL is the balancer itself', async () => {
    const socket = await socketWith(web.port, Buffer.concat([proxyHeader(null), REQUEST]));
    expect(String(await restOf(socket))).toMatch(/^HTTP\/1\.1 200 /);
    using client = await V4Client.connect(web.server.port, newIdentity(), {
      tls: { socket: await socketWith(web.server.port, proxyHeader(null)) },
    });
    expect((await client.join('the balancer')).name).toBe('the balancer');
  });

  test.skipIf(!HAS_IPV6)('of somebody who is no balancer is noise', async () => {
    const origin = `http://[::1]:${web.port}`;
    expect((await ask(origin, '/healthz')).status).toBe(200);
    const { connect } = await import('node:net');
    for (const [port, answer] of [
      [web.port, /^HTTP\/1\.1 400 /],
      [web.server.port, /^(\x03;\x08\0{4})?$/],
    ] as const) {
      const socket = connect({ port, host: '::1', allowHalfOpen: true });
      socket.on('error', () => undefined).write(Buffer.concat([proxyHeader('198.51.100.77'), REQUEST]));
      expect((await restOf(socket)).toString('latin1')).toMatch(answer);
    }
    expect((await suspects(web.server)).map(({ who }) => who)).not.toContain('198.51.100.77');
  });
});

describe('what is counted by source', () => {
  test('is not the balancer: the connections of one, and its block', async () => {
    const [busy, other] = ['198.51.100.50', '198.51.100.51'];
    for (const port of [web.port, web.server.port]) {
      const held = await Promise.all([1, 2, 3, 4].map(() => socketFrom(port, busy)));
      // They are let in when an answer comes, or after the header of one that comes later.
      expect(await isReset(await socketFrom(port, busy))).toBe(true);
      const welcome = await socketFrom(port, other);
      expect(welcome.closed).toBe(false);
      for (const socket of [...held, welcome]) socket.destroy();
    }
    await block(web.server, busy);
    expect(await isReset(await socketFrom(web.server.port, busy))).toBe(true);
    expect((await askFrom(busy, web.origin, '/healthz')).status).toBe(403);
    expect((await askFrom(other, web.origin, '/healthz')).status).toBe(200);
    const known = (await suspects(web.server)).map(({ who }) => who);
    expect(known).toContain(busy);
    for (const nobody of ['127.0.0.1', '::1', 'loopback', other]) expect(known).not.toContain(nobody);
  });
});

function patched(at: number, value: number): Buffer {
  const header = proxyHeader('198.51.100.1');
  header.writeUInt8(value, at);
  return header;
}
