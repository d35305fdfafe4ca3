// Broken and hostile bytes on the transfer port, with a well-behaved session beside them.
import { randomBytes } from 'node:crypto';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HonestSession } from '../support/honest-session.ts';
import { RunningServer } from '../support/running-server.ts';
import { encrypt } from '../support/v3-cryptography.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { ERROR_HEX, filePayload, nameField, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { vectors } from '../support/vectors.ts';

const STRANGER = Buffer.alloc(16, 0x99);
const REFUSED_HEX = '03350800000000';
const RECONNECT = request(REQUEST.reconnect, nameField('nobody'), { id: STRANGER });
const RECONNECT_REFUSED_HEX = `033a0810000000${STRANGER.toString('hex')}`;

let server: RunningServer;
let honest: HonestSession;

beforeAll(async () => {
  server = await RunningServer.start('--log-level', 'debug');
  honest = await HonestSession.start(server);
});

afterAll(async () => {
  const { files, slowest } = await honest.stop();
  expect(files).toBeGreaterThan(0);
  expect(slowest).toBeLessThan(3000);
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

/** Everything that the server says to these bytes until it ends, in hex; `fin` says whether we end first. */
async function said(bytes: Uint8Array, fin: boolean): Promise<string> {
  using connection = await V3Connection.open(server.port);
  await connection.send(bytes);
  if (fin) connection.end();
  return await connection.rest(8000);
}

describe('headers', () => {
  const headers = vectors('request-headers');

  test('cut short by the end of the stream: closed without a word', async () => {
    const cut = headers.filter(({ expect }) => expect === 'truncated');
    expect(cut).toHaveLength(23);
    const answers = await Promise.all(cut.map(({ hex }) => said(Buffer.from(hex, 'hex'), true)));
    expect(answers).toEqual(cut.map(() => ''));
  });

  test('refused: 2107 from the header alone, then closed', async () => {
    const refused = headers.filter(({ expect }) => expect !== 'ok' && expect !== 'truncated');
    const answers = await Promise.all(refused.map(({ hex }) => said(Buffer.from(hex, 'hex'), false)));
    const wrong = refused.filter((_, i) => answers[i] !== ERROR_HEX).map(({ name }) => name);
    expect(wrong).toEqual([]);
    expect(await server.residentMiB()).toBeLessThan(350);
  });

  test('refused with megabytes behind it: 2107, nothing reflected', async () => {
    const noise = Buffer.alloc(4_000_000, 'reflected?');
    const answer = await said(Buffer.concat([request(1024, noise), noise]), false);
    expect(['', ERROR_HEX]).toContain(answer); // a reset may overtake the answer
  });

  test('split at every position: as unsplit', async () => {
    const splits = Array.from({ length: RECONNECT.length - 1 }, (_, i) => i + 1);
    const positions = splits.filter((at) => at <= 24 || at % 50 === 0 || at === RECONNECT.length - 1);
    const answers = await Promise.all(
      positions.map(async (at) => {
        using connection = await V3Connection.open(server.port);
        await connection.send(RECONNECT.subarray(0, at));
        await sleep(10); // only time tells the system's pieces apart
        await connection.send(RECONNECT.subarray(at));
        connection.end();
        return await connection.rest();
      }),
    );
    expect(answers).toEqual(positions.map(() => RECONNECT_REFUSED_HEX));
  });

  test('byte by byte: as at once', async () => {
    using connection = await V3Connection.open(server.port);
    for (const byte of RECONNECT) {
      await connection.send(Uint8Array.of(byte));
      await setImmediate();
    }
    connection.end();
    expect(await connection.rest()).toBe(RECONNECT_REFUSED_HEX);
  });
});

describe('payloads', () => {
  test('cut short by the end of the stream', async () => {
    const cut = vectors('requests').filter(({ expect }) => expect === 'truncated');
    const answers = await Promise.all(cut.map(({ hex }) => said(Buffer.from(hex, 'hex'), true)));
    // A file of an unknown client is refused before it is complete.
    const wrong = cut.filter(
      ({ name }, i) => answers[i] !== '' && !(name.startsWith('file') && answers[i] === ERROR_HEX),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  test('whose content size contradicts: 2107, then closed', async () => {
    using client = await new SimulatedClient(() => server.port, 'contradicting').enrol();
    const refused = vectors('requests').filter(({ expect }) => expect === 'bad-content-size');
    const frames = refused.map(({ hex }) => Buffer.concat([client.id, Buffer.from(hex, 'hex').subarray(16)]));
    const answers = await Promise.all(frames.map((frame) => said(frame, false)));
    expect(answers).toEqual(refused.map(() => ERROR_HEX));
  });

  test('with a name that is none: 2101 or 2107', async () => {
    const refused = vectors('requests').filter(({ expect }) => expect === 'bad-name');
    const answers = await Promise.all(refused.map(({ hex }) => said(Buffer.from(hex, 'hex'), true)));
    expect(answers).toEqual(
      refused.map(({ name }) => (name.startsWith('register') ? REFUSED_HEX : ERROR_HEX)),
    );
  });
});

describe('streams', () => {
  test('several requests in one segment: answered in order', async () => {
    using client = await new SimulatedClient(() => server.port, 'hasty').enrol();
    const field = nameField('f');
    const file = client.fileRequest(field, encrypt(client.aesKey, Buffer.from('content')));
    const ok = request(REQUEST.crcOk, field, { id: client.id });
    using connection = await V3Connection.open(server.port);
    await connection.send(Buffer.concat([RECONNECT, file, ok, RECONNECT, file, ok, ok]));
    const { reconnectRefused, fileReceived, acknowledged, error } = RESPONSE;
    for (const code of [
      reconnectRefused,
      fileReceived,
      acknowledged,
      reconnectRefused,
      fileReceived,
      acknowledged,
      error,
    ]) {
      expect((await connection.response()).code).toBe(code);
    }
  });

  test('1,000 requests before the first answer is read: all answered', async () => {
    using connection = await V3Connection.open(server.port);
    connection.stopReading();
    await connection.send(Buffer.concat(Array<Buffer>(1000).fill(RECONNECT)));
    connection.end();
    connection.startReading();
    expect(await connection.rest()).toBe(RECONNECT_REFUSED_HEX.repeat(1000));
  });

  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
    ['zeros', Buffer.alloc(1000)],
    ['FF', Buffer.alloc(1000, 0xff)],
    ['text', Buffer.alloc(1000, 'the quick brown fox ')],
  ])('%s: closed, nothing reflected, no ban', async (_, bytes) => {
    for (let time = 0; time < 5; time++) expect(['', ERROR_HEX]).toContain(await said(bytes, true));
    expect(await said(RECONNECT, true)).toBe(RECONNECT_REFUSED_HEX);
  });

  test('TLS that cannot be read: an alert that says so (decode_error, RFC 8446 6.2), no ban', async () => {
    const hello = Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), randomBytes(506)]);
    for (let time = 0; time < 5; time++) {
      expect(['', '15030300020232']).toContain(await said(hello, true));
    }
    expect(await said(RECONNECT, true)).toBe(RECONNECT_REFUSED_HEX);
  });

  test('random bytes, 200 times', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => said(randomBytes(i * 3), true)));
    for (const answer of answers) expect(['', ERROR_HEX]).toContain(answer);
  });
});

describe('refused files', () => {
  const payload = (size: number): Buffer => filePayload(nameField('f'), Buffer.alloc(size, 'c'));

  test.each([16, 100_000, 1_000_000])(
    'of %d bytes: read and thrown away, the connection goes on',
    async (size) => {
      using connection = await V3Connection.open(server.port);
      await connection.send(
        Buffer.concat([request(REQUEST.file, payload(size), { id: STRANGER }), RECONNECT]),
      );
      expect((await connection.response()).code).toBe(RESPONSE.error);
      expect((await connection.response()).code).toBe(RESPONSE.reconnectRefused);
    },
  );

  test('of 50 MB: refused before they have come', async () => {
    using connection = await V3Connection.open(server.port);
    const start = filePayload(nameField('f'), Buffer.alloc(0), 50_000_000);
    await connection.send(request(REQUEST.file, start, { id: STRANGER, payloadSize: 50_000_259 }));
    expect((await connection.response()).code).toBe(RESPONSE.error);
    expect(await connection.rest()).toBe('');
  });

  test('with the content outside the payload', async () => {
    using connection = await V3Connection.open(server.port);
    const frame = request(REQUEST.file, payload(5000), { id: STRANGER, payloadSize: 259 });
    await connection.send(Buffer.concat([frame, RECONNECT]));
    expect((await connection.response()).code).toBe(RESPONSE.error);
    expect((await connection.response()).code).toBe(RESPONSE.reconnectRefused);
  });
});
