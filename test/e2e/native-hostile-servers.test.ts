// The client against servers that break the protocol: a typed error, an exit code that is never 0, an end in time.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { FieldServer, response, type FieldHabits, type FieldRequest } from '../support/field-server.ts';
import { ClientFolder } from '../support/native-client.ts';
import { REQUEST, RESPONSE } from '../support/v3-frames.ts';

type Says = NonNullable<FieldHabits['says']>;

/** Says something of its own to some kinds of requests, and to the others what is usual. */
function to(
  codes: readonly number[],
  says: (usual: Buffer, request: FieldRequest) => Buffer | undefined,
): Says {
  return (request, usual) =>
    codes.includes(request.code) && usual !== undefined ? says(usual, request) : usual;
}

/** The usual with other bytes from an offset on. */
function patched(offset: number, bytes: readonly number[]): (usual: Buffer) => Buffer {
  return (usual) => {
    const frame = Buffer.from(usual);
    frame.set(bytes, offset);
    return frame;
  };
}

/** A header that announces this payload, with little of it behind. */
function announcing(code: number, payloadSize: number): () => Buffer {
  return () => {
    const frame = response(code, Buffer.alloc(32, 'x'));
    frame.writeUInt32LE(payloadSize, 3);
    return frame;
  };
}

const { register, publicKey, reconnect, file, crcOk } = REQUEST;
/** Either brings the AES key: a client that did not take one asks with the other. */
const KEYS = [publicKey, reconnect];
const OTHER_ID = Array<number>(16).fill(0x99);
const { registered, aesKey, fileReceived, acknowledged, reconnected, error } = RESPONSE;

/** What the server says, the error that the client names, and its exit code. */
const BREACHES: Readonly<Record<string, readonly [Says, error: string, exit: number]>> = {
  'a key for another client': [to(KEYS, patched(7, OTHER_ID)), 'wrong-client', 1],
  'a reconnect for another client': [to([reconnect], patched(7, OTHER_ID)), 'wrong-client', 1],
  'a file of another client': [to([file], patched(7, OTHER_ID)), 'wrong-client', 1],
  'a file of another name': [to([file], patched(7 + 20, [0x67])), 'wrong-echo', 1],
  'a file of another size': [to([file], patched(7 + 16, [0x40])), 'wrong-echo', 1],
  'an unknown code': [to([register], () => response(2099)), 'unknown-code', 1],
  'a code of requests': [to([file], () => response(1028, Buffer.alloc(279))), 'unknown-code', 1],
  'code 65535': [to([crcOk], () => response(65535)), 'unknown-code', 1],
  '2100 of 17 bytes': [to([register], () => response(registered, Buffer.alloc(17))), 'bad-payload-size', 1],
  '2102 of 4 GiB': [to(KEYS, announcing(aesKey, 0xffffffff)), 'bad-payload-size', 1],
  '2103 of 2 GiB': [to([file], announcing(fileReceived, 0x80000000)), 'bad-payload-size', 1],
  '2103 cut by a byte': [to([file], announcing(fileReceived, 278)), 'bad-payload-size', 1],
  '2104 of 8 bytes': [to([crcOk], () => response(acknowledged, Buffer.alloc(8))), 'bad-payload-size', 1],
  '2105 of 4 GiB': [to([reconnect], announcing(reconnected, 0xffffffff)), 'bad-payload-size', 1],
  '2107 with a payload': [to([file], () => response(error, Buffer.alloc(1))), 'bad-payload-size', 1],
  'a 2104 to a 1025': [to([register], () => response(acknowledged)), 'unexpected-response', 1],
  'a 2103 to a 1027': [
    to([reconnect], (_, { id }) => response(fileReceived, id, Buffer.alloc(263))),
    'unexpected-response',
    1,
  ],
  'a 2104 to a 1028': [to([file], (_, { id }) => response(acknowledged, id)), 'unexpected-response', 1],
  'a 2103 to a 1029': [
    to([crcOk], (_, { id }) => response(fileReceived, id, Buffer.alloc(263))),
    'wrong-echo',
    1,
  ],
  'a 2100 to a 1029': [to([crcOk], (_, { id }) => response(registered, id)), 'unexpected-response', 1],
  'more than was asked for': [
    to([register], (usual) => Buffer.concat([usual, ...Array<Buffer>(20_000).fill(response(acknowledged))])),
    'unexpected-response',
    1,
  ],
  HTTP: [() => Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'), 'unknown-code', 1],
  'a wrapped key that is none': [to(KEYS, patched(7 + 16, OTHER_ID)), 'identity-mismatch', 7],
  'refusals, whatever is asked': [() => response(error), 'refused', 6],
  'an end in the middle of a response': [() => 'close', 'connection-lost', 5],
  silence: [() => undefined, 'timeout', 5],
  'silence behind the file': [to([file], () => undefined), 'timeout', 5],
  'half a response, then silence': [to([file], (usual) => usual.subarray(0, 100)), 'timeout', 5],
};

async function newFolder(port: number): Promise<ClientFolder> {
  const folder = await ClientFolder.create(port, 'client', ['f']);
  await folder.write('f', 'content');
  return folder;
}

const IMPATIENT = ['--timeout', '0.5', '--retries', '1'];

describe('a server that says', () => {
  test.concurrent.for(Object.entries(BREACHES))('%s', async ([, [says, code, exit]], { expect }) => {
    let hostile = false;
    await using server = await FieldServer.start({
      says: (request, usual) => (hostile ? says(request, usual) : usual),
    });
    // Both ways in: some only hurt a client that reconnects, some only one that registers.
    for (const known of [false, true]) {
      await using folder = await newFolder(server.port);
      await folder.list(server.port, `known ${known}`, ['f']);
      hostile = false;
      if (known) expect((await folder.run()).code).toBe(0);
      hostile = true;
      server.stored.clear();
      const run = await folder.run(...IMPATIENT);
      expect(run.signal, 'it ended by itself').toBeNull();
      expect(run.seconds).toBeLessThan(10);
      if (run.code === 0) continue;
      expect(run.code).toBe(exit);
      expect(run.failed).toEqual(['f']);
      const named = run.events.filter(({ event }) => event === 'error' || event === 'file');
      expect(named.map((event) => event.code)).toContain(code);
      return;
    }
    throw new Error('nothing happened');
  });
});

test('silence is waited for as often as --retries says, and nothing is sent twice without it', async () => {
  await using server = await FieldServer.start({ says: to([file], () => undefined) });
  await using folder = await newFolder(server.port);
  const run = await folder.run('--timeout', '0.5', '--retries', '0');
  expect(run.code).toBe(5);
  expect(server.requests).toEqual([register, publicKey, file]);
});

test('a server that never reads: exit code 5', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.pause());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await using folder = await newFolder((server.address() as AddressInfo).port);
    const run = await folder.run(...IMPATIENT);
    expect(run.code).toBe(5);
    expect(run.events.at(-2)).toMatchObject({ event: 'error', code: 'timeout' });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test('a response that comes byte by byte for ever: the wait is for the whole', async () => {
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((socket) => {
    socket.on('error', () => {}); // the client has gone, as it should
    socket.write(response(RESPONSE.registered, Buffer.alloc(16)).subarray(0, 10));
    timers.add(setInterval(() => socket.write('x'), 100).unref());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await using folder = await newFolder((server.address() as AddressInfo).port);
    const { code, seconds } = await folder.run('--timeout', '0.5', '--retries', '0');
    expect(code).toBe(5);
    expect(seconds).toBeLessThan(5);
  } finally {
    for (const timer of timers) clearInterval(timer);
    server.close();
  }
});
