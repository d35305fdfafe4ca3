// How a server ends: nobody there, or a signal while somebody is.
import { describe, expect, test } from 'vitest';
import { ask } from '../support/ask.ts';
import { ClientFolder, eventsOf, runOf, sampleBytes } from '../support/native-client.ts';
import { freePort } from '../support/network.ts';
import { RunningServer } from '../support/running-server.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { notStored } from '../support/stored-files.ts';
import { encrypt } from '../support/v3-cryptography.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { until, within } from '../support/waiting.ts';

test('--idle-exit: not while somebody is connected, and then with 0', async () => {
  await using server = await RunningServer.start('--idle-exit', '0.5');
  const since = performance.now();
  {
    using _connection = await V3Connection.open(server.port);
    await until('much more than the limit has passed', async () => performance.now() - since > 2100);
    expect(server.running).toBe(true);
  }
  expect(await server.exit).toBe(0);
});

/** A server with an upload that is half there. */
class HalfWay implements AsyncDisposable {
  readonly content = sampleBytes(500_000);

  readonly server: RunningServer;
  readonly client: SimulatedClient;
  readonly upload: V3Connection;

  private constructor(server: RunningServer, client: SimulatedClient, upload: V3Connection) {
    this.server = server;
    this.client = client;
    this.upload = upload;
  }

  static async start(graceTime: number): Promise<HalfWay> {
    const server = await RunningServer.start('--grace-time', `${graceTime}`);
    const client = await new SimulatedClient(() => server.port, 'client').enrol();
    const half = new HalfWay(server, client, await V3Connection.open(server.port));
    await half.upload.send(half.#frame.subarray(0, 200_000));
    await until('the upload is under way', async () => (await server.incoming()).length === 1);
    return half;
  }

  get #frame(): Buffer {
    return this.client.fileRequest(nameField('f'), encrypt(this.client.aesKey, this.content));
  }

  /** Sends the signal, and waits until the server waits. */
  async drain(signal: NodeJS.Signals): Promise<void> {
    void this.server.stop(signal);
    await until('it drains', async () => this.server.stderr.includes('waiting for connections to finish'));
  }

  async sendRest(): Promise<void> {
    await this.upload.send(this.#frame.subarray(200_000));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.upload[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

describe.for(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('an upload under way may finish, nothing new begins, and the exit code is 0', async () => {
    await using half = await HalfWay.start(20);
    const { server, client, upload, content } = half;
    await half.drain(signal);
    await expect(V3Connection.open(server.port), 'no new connection').rejects.toThrow('ECONNREFUSED');
    await expect(client.reconnect(), 'no new request').rejects.toThrow();
    expect(server.running).toBe(true);
    await half.sendRest();
    expect((await upload.response()).code).toBe(RESPONSE.fileReceived);
    expect(await server.exit).toBe(0);

    await server.again();
    client.close();
    expect(await ask(client, REQUEST.crcOk), 'what was answered is durable').toBe(RESPONSE.acknowledged);
    expect(await notStored(server, client.name, new Map([['f', content]]))).toEqual([]);
  });

  test('what is not through in the grace time is cut off, and the exit code is 0', async () => {
    await using half = await HalfWay.start(0.3);
    await half.drain(signal);
    expect(await half.server.exit).toBe(0);
    expect(await within(half.upload.ended, 1000)).toBe(true);
    expect(half.server.stderr).toContain('grace time is over');
    expect(await half.server.incoming()).toEqual([]);
  });

  test.for(['SIGTERM', 'SIGINT'] as const)('and then %s: it ends at once', async (second) => {
    await using half = await HalfWay.start(10);
    await half.drain(signal);
    const ended = half.server.stop(second);
    expect(await within(ended, 5000)).toBe(true);
    expect(await ended, 'by the signal').toBeNull();
  });
});

test('many uploads that are cut off: nothing of them is left', async () => {
  await using server = await RunningServer.start('--grace-time', '0.1');
  using client = await new SimulatedClient(() => server.port, 'client').enrol();
  const ciphertext = encrypt(client.aesKey, Buffer.alloc(3_000_000));
  const uploads = await Promise.all(Array.from({ length: 40 }, () => V3Connection.open(server.port)));
  for (const [i, upload] of uploads.entries()) {
    void upload.send(client.fileRequest(nameField(`${i}`), ciphertext).subarray(0, 2_000_000));
  }
  await until('most are under way', async () => (await server.incoming()).length >= 30);
  expect(await server.stop()).toBe(0);
  for (const upload of uploads) upload[Symbol.dispose]();
  expect(await server.incoming()).toEqual([]);
});

test('a native client in the middle of its list: goes on when the server is back', async () => {
  const port = await freePort();
  const files = new Map(
    ['small', 'large', 'last'].map((name, i) => [name, sampleBytes(10 + i * 500_000, i)]),
  );
  await using server = await RunningServer.start('--port', `${port}`);
  await using folder = await ClientFolder.create(port, 'native', [...files.keys()]);
  for (const [name, content] of files) await folder.write(name, content);
  await using client = folder.start('--json', '--bwlimit', '1M');
  await client.says('its first file', () => eventsOf(client.stdout).length >= 2);
  await until('the next is coming', async () => (await server.incoming()).length > 0);
  expect(await server.stop()).toBe(0);
  await server.again('--port', `${port}`);
  const { code, acknowledged } = runOf(await client.ended);
  expect(code).toBe(0);
  expect(acknowledged).toEqual([...files.keys()]);
  expect(await notStored(server, 'native', files)).toEqual([]);
});
