import { once } from 'node:events';
import { duplexPair, type Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { SesameError } from '../../../src/base/errors.ts';
import { formatAddressBytes, parseAddressBytes } from '../../../src/gate/address-bytes.ts';
import {
  decodeAnswer,
  encodeRequest,
  type HelperAnswer,
  type HelperRequest,
} from '../../../src/gate/helper-message.ts';
import type { Firewall } from '../../../src/gate/helper/firewall.ts';
import { MADE_AGAIN, RequestServer } from '../../../src/gate/helper/serve-requests.ts';

/** Rules that are a list of what was done to them. */
class FakeFirewall implements Firewall {
  readonly calls: string[] = [];
  standing = true;
  broken = false;

  async install(): Promise<void> {
    this.#call('install');
    this.standing = true;
  }

  async stands(): Promise<boolean> {
    return this.standing;
  }

  async open(address: Parameters<Firewall['open']>[0], seconds: number): Promise<void> {
    if (!this.standing) throw new SesameError('gate-failed', 'no such table');
    this.#call(`open ${formatAddressBytes(address)} ${seconds}`);
  }

  async close(address: Parameters<Firewall['open']>[0]): Promise<void> {
    this.#call(`close ${formatAddressBytes(address)}`);
  }

  async shut(): Promise<void> {
    this.#call('shut');
  }

  async remove(): Promise<string> {
    this.#call('remove');
    return 'all of it';
  }

  #call(what: string): void {
    if (this.broken) throw new SesameError('gate-failed', 'it is broken');
    this.calls.push(what);
  }
}

interface Served {
  readonly client: Duplex;
  readonly server: RequestServer;
  readonly ended: Promise<void>;
}

function serve(firewall: Firewall, onStop: 'shut' | 'remove' = 'shut'): Served {
  const [client, stream] = duplexPair();
  const options = { driver: 'nftables', ports: [1357], knockPort: 6257, allow: [], onStop } as const;
  const server = new RequestServer(firewall, options, () => {});
  stream.on('error', () => {});
  return { client, server, ended: server.serve(stream) };
}

async function ask(client: Duplex, request: HelperRequest): Promise<HelperAnswer> {
  client.write(encodeRequest(request));
  const [bytes] = (await once(client, 'data')) as [Buffer];
  return decodeAnswer(bytes);
}

const address = parseAddressBytes('192.0.2.7');
const open: HelperRequest = { command: 'open', address, seconds: 30 };

describe('the helper', () => {
  test('does what it is told, and says which ports it protects', async () => {
    const firewall = new FakeFirewall();
    const { client } = serve(firewall);
    expect(await ask(client, { command: 'state' })).toEqual({
      ...{ command: 'state', status: 'done', driver: 'nftables', ports: [1357], text: '' },
    });
    for (const request of [open, { command: 'close', address }, { command: 'shut' }] as const) {
      expect(await ask(client, request)).toMatchObject({ command: request.command, status: 'done' });
    }
    expect(firewall.calls).toEqual(['open 192.0.2.7 30', 'close 192.0.2.7', 'shut']);
  });

  test('takes requests in pieces, and several at once, in order', async () => {
    const firewall = new FakeFirewall();
    const { client } = serve(firewall);
    const bytes = Buffer.concat([encodeRequest(open), encodeRequest({ command: 'shut' })]);
    let answers = Buffer.alloc(0);
    client.on('data', (chunk: Buffer) => (answers = Buffer.concat([answers, chunk])));
    for (const byte of bytes) client.write(Buffer.of(byte));
    client.end(bytes.subarray(0, 31)); // one byte short: nothing happens
    await once(client, 'end');
    expect(answers).toHaveLength(128);
    expect(firewall.calls).toEqual(['open 192.0.2.7 30', 'shut']);
  });

  test('refuses addresses that no gate opens for, and “remove” unless it was started with it', async () => {
    const firewall = new FakeFirewall();
    const { client } = serve(firewall);
    for (const text of ['0.0.0.0', '127.0.0.1', '::1', 'ff02::1', '::ffff:1.2.3.4']) {
      const request = { command: 'open', address: parseAddressBytes(text), seconds: 1 } as const;
      expect(await ask(client, request)).toMatchObject({ status: 'refused' });
    }
    expect(await ask(client, { command: 'remove' })).toMatchObject({ status: 'refused' });
    expect(firewall.calls).toEqual([]);
    const other = serve(firewall, 'remove');
    expect(await ask(other.client, { command: 'remove' })).toMatchObject({
      status: 'done',
      text: 'all of it',
    });
    await other.server.stop();
    expect(firewall.calls).toEqual(['remove', 'remove']);
  });

  test('ends a connection on which something else comes', async () => {
    const firewall = new FakeFirewall();
    const { client, ended } = serve(firewall);
    client.write(Buffer.concat([Buffer.alloc(32), encodeRequest(open)]));
    await ended;
    client.write(encodeRequest(open));
    expect(firewall.calls).toEqual([]);
  });

  test('says what failed', async () => {
    const firewall = new FakeFirewall();
    firewall.broken = true;
    const { client } = serve(firewall);
    expect(await ask(client, open)).toMatchObject({ status: 'failed', text: 'it is broken' });
  });

  test('puts rules up again that somebody took away, and says so', async () => {
    const firewall = new FakeFirewall();
    const { client } = serve(firewall);
    firewall.standing = false;
    expect(await ask(client, { command: 'state' })).toMatchObject({ status: 'done', text: MADE_AGAIN });
    firewall.standing = false;
    expect(await ask(client, open)).toMatchObject({ status: 'done', text: MADE_AGAIN });
    expect(await ask(client, open)).toMatchObject({ status: 'done', text: '' });
    expect(firewall.calls).toEqual(['install', 'install', 'open 192.0.2.7 30', 'open 192.0.2.7 30']);
    expect(Buffer.byteLength(MADE_AGAIN)).toBeLessThan(42);
  });
});
