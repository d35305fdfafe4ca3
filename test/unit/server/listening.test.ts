import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { formatAddress, listen, type Listening } from '../../../src/server/listening.ts';
import { freePort, HAS_IPV6 } from '../../support/network.ts';
import { outcome } from '../../support/outcome.ts';

const BOTH = ['127.0.0.1', '::1'];
const OPTIONS = { flag: '--port', backlog: 16, dualStack: true };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function occupy(port: number, host: string): Promise<void> {
  const server = createServer();
  servers.push(server);
  await once(server.listen(port, host), 'listening');
}

async function listenOn(hosts: readonly string[], port: number, fallsBack: boolean): Promise<Listening> {
  const makeServer = () => createServer((socket) => socket.destroy());
  const listening = await listen({ ...OPTIONS, hosts, port: { port, fallsBack }, makeServer });
  servers.push(...listening.servers);
  return listening;
}

describe.skipIf(!HAS_IPV6)('listening on both families', () => {
  it.for(BOTH)('a default port that is taken on %s only: the next free one, on both', async (host) => {
    const port = await freePort();
    await occupy(port, host);
    const { addresses } = await listenOn(BOTH, port, true);
    const ports = addresses.map((address) => address.port);
    expect(addresses.map(({ address }) => address)).toEqual(BOTH);
    expect(ports[0]).toBeGreaterThan(port);
    expect(ports[0]).toBeLessThanOrEqual(port + 100);
    expect(ports[1]).toBe(ports[0]);
  });

  it.for(BOTH)('a port that was asked for and is taken on %s: an error, and nothing stays', async (host) => {
    const port = await freePort();
    await occupy(port, host);
    expect(await outcome(listenOn(BOTH, port, false))).toBe('port-taken');
    await occupy(port, host === '::1' ? '127.0.0.1' : '::1');
  });

  it('a free port is taken as it is', async () => {
    const port = await freePort();
    const { addresses } = await listenOn(BOTH, port, true);
    expect(addresses.map((address) => address.port)).toEqual([port, port]);
  });

  it('port 0: one that the system gives, the same on both', async () => {
    const { addresses } = await listenOn(BOTH, 0, false);
    const [first, second] = addresses.map((address) => address.port);
    expect(first).toBeGreaterThan(0);
    expect(second).toBe(first);
  });

  it('hands over the connections of both', async () => {
    const accepted: Socket[] = [];
    const port = { port: 0, fallsBack: false };
    const makeServer = () => createServer((socket) => accepted.push(socket));
    const listening = await listen({ ...OPTIONS, hosts: BOTH, port, makeServer });
    servers.push(...listening.servers);
    for (const { address, port } of listening.addresses) {
      const client = connect(port, address);
      await once(client, 'connect');
      while (accepted.length === 0) await new Promise(setImmediate);
      expect(accepted.pop()?.remoteAddress).toBe(address);
      client.destroy();
    }
  });
});

describe('listening where the machine has no such address', () => {
  it('leaves out any host but the first', async () => {
    const { addresses } = await listenOn(['127.0.0.1', '192.0.2.1'], 0, false);
    expect(addresses.map(({ address }) => address)).toEqual(['127.0.0.1']);
  });

  it('needs the first', async () => {
    expect(await outcome(listenOn(['192.0.2.1', '127.0.0.1'], 0, false))).toBe('bad-setting');
  });
});

it('shows addresses as they are written in a URL', () => {
  expect(formatAddress({ address: '127.0.0.1', family: 'IPv4', port: 1357 })).toBe('127.0.0.1:1357');
  expect(formatAddress({ address: '::1', family: 'IPv6', port: 1357 })).toBe('[::1]:1357');
});
