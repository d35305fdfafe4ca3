// Broken and hostile bytes before TLS is through, with a well-behaved client beside them.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { V4Client } from '../support/v4-client.ts';
import { NO_ID, V4_REQUEST, v4Payload, v4Request } from '../support/v4-frames.ts';
import { HonestSession } from '../support/honest-session.ts';
import { newIdentity, type Identity } from '../support/v4-identity.ts';
import { choppedSocket, clientHello } from '../support/v4-raw.ts';

let server: RunningServer;
let honest: HonestSession;
let identity: Identity;

beforeAll(async () => {
  server = await RunningServer.start();
  honest = await HonestSession.start(server, 4);
  identity = newIdentity();
  (await V4Client.joined(server.port, 'hostile', identity))[Symbol.dispose]();
});

afterAll(async () => {
  expect((await honest.stop()).slowest).toBeLessThan(10_000);
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

test('a ClientHello that comes byte by byte', async () => {
  const socket = await choppedSocket(server.port, 40);
  using client = await V4Client.connect(server.port, identity, { tls: { socket } });
  await client.hello();
  await client.put('chopped', randomBytes(2000));
});

test('fewer bytes than it takes to decide, and the end: silence', async () => {
  const hello = await clientHello();
  const answers = await Promise.all(
    Array.from({ length: 11 }, async (_, length) => {
      using connection = await V3Connection.open(server.port);
      await connection.send(hello.subarray(0, length));
      connection.end();
      return await connection.rest();
    }),
  );
  expect(answers).toEqual(answers.map(() => ''));
});

test('a ClientHello that is broken off anywhere', async () => {
  const hello = await clientHello();
  for (let length = 11; length <= hello.length; length += 7) {
    using connection = await V3Connection.open(server.port);
    await connection.send(hello.subarray(0, length));
    if (length % 2 === 0) connection.reset();
  }
  using client = await V4Client.back(server.port, identity);
  await client.list();
});

test.each([
  ['zeros', Buffer.alloc(600)],
  ['noise', randomBytes(600)],
  ['an alert', Buffer.from('15030300020228', 'hex')],
  ['a v3 header', Buffer.from('00112233445546778899aabbccddeeff030304ff000000', 'hex')],
  ['a v4 frame', v4Request(V4_REQUEST.hello, NO_ID, v4Payload.hello())],
])('a ClientHello, and behind it %s: closed, no ban', async (_, junk) => {
  const hello = await clientHello();
  for (let time = 0; time < 3; time++) {
    using connection = await V3Connection.open(server.port);
    await connection.send(Buffer.concat([hello, junk]));
    connection.end();
    await connection.rest();
  }
  using client = await V4Client.back(server.port, identity);
  await client.list();
});

test('random bytes that begin like a ClientHello, 100 times', async () => {
  const start = Buffer.from('1603010200010001fc0303', 'hex');
  await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      using connection = await V3Connection.open(server.port);
      await connection.send(Buffer.concat([start, randomBytes(512 + i * 7)]));
      connection.end();
      await connection.rest();
    }),
  );
});
