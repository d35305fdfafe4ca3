// The whole server behind its gate, and the real client, in two network namespaces: what a stranger gets, and what who
// knocks gets.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientKnockKey } from '../../src/crypto/knock-key.ts';
import { GateClient } from '../support/gate-client.ts';
import { GatedServer, HTTP_PORT, KNOCK_PORT, TRANSFER_PORT } from '../support/gated-server.ts';
import { knockMessage } from '../support/knock-message.ts';
import { operate } from '../support/operate.ts';
import { whyNoNamespaces } from '../support/namespaces.ts';
import { until } from '../support/waiting.ts';

const SEND = fileURLToPath(new URL('../support/send-datagram.ts', import.meta.url));

interface GateList {
  readonly driver: string;
  readonly open: readonly { readonly address: string; readonly by: string; readonly seconds_left: number }[];
}

const DRIVERS = [
  { driver: 'simple', tools: [] },
  { driver: 'nftables', tools: ['nft'] },
  { driver: 'iptables', tools: ['iptables', 'ip6tables', 'ipset'] },
] as const;

for (const { driver, tools } of DRIVERS) {
  const why = whyNoNamespaces(...tools);
  describe.skipIf(why !== undefined)(
    `the gate, ${driver}${why === undefined ? '' : `: ${why}`}`,
    { timeout: 120_000 },
    () => {
      let server: GatedServer;
      let outside: GateClient;
      /** What a connection gets that is not let in. */
      const nothing = driver === 'simple' ? /ECONNRESET|EPIPE|closed/ : /^nothing$/;

      beforeAll(async () => {
        server = await GatedServer.start('--gate', driver, '--gate-open-time', '60');
        await server.enrol('web');
        outside = new GateClient(server.pair.client, server.pair.server);
      }, 60_000);

      afterAll(async () => {
        await server[Symbol.asyncDispose]();
      });

      const list = async (): Promise<GateList> => (await operate(server, { op: 'gate.ls' })) as GateList;
      const closeAll = async (): Promise<void> => {
        for (const { address } of (await list()).open) await operate(server, { op: 'gate.close', address });
      };
      const reaches = async (port: number, host = server.pair.server.ipv4): Promise<boolean> => {
        const url = host.includes(':') ? `http://[${host}]:${port}/` : `http://${host}:${port}/`;
        const { code } = await server.pair.client.run('curl', ['-s', '-o', '/dev/null', '-m', '2', url]);
        return code === 0;
      };
      const send = async (message: Buffer, source: string, host = server.pair.server.ipv4): Promise<void> => {
        await server.pair.client.output(
          process.execPath,
          SEND,
          host,
          String(KNOCK_PORT),
          source,
          message.toString('hex'),
        );
      };
      const knockOf = async (client: string, address: string | null, time = Date.now()): Promise<Buffer> => {
        const secret = await readFile(join(server.dataDir, 'keys', 'knock.key'));
        const kept = JSON.parse(await readFile(server.at(`${client}/config/sesame/knock.json`), 'utf8')) as {
          client_id: string;
        };
        const id = Buffer.from(kept.client_id, 'hex');
        return knockMessage(clientKnockKey(secret, id), { id, time, address });
      };

      test('is shut for a stranger, on every port, in both families', async () => {
        const { ipv4, ipv6 } = server.pair.server;
        if (driver !== 'simple') await outside.count();
        for (const [host, port] of [
          [ipv4, TRANSFER_PORT],
          [ipv6, TRANSFER_PORT],
          [ipv4, HTTP_PORT],
          [ipv6, HTTP_PORT],
        ] as const) {
          expect(await outside.connect(host, port), `${host} ${port}`).toMatch(nothing);
        }
        expect(await outside.knock(ipv4, KNOCK_PORT)).toBe('nothing');
        expect(await outside.knock(ipv6, KNOCK_PORT)).toBe('nothing');
        if (driver !== 'simple') expect(await outside.counted()).toBe(0);
        expect((await list()).open).toEqual([]);
      });

      test('put --knock opens it, and an upload goes on behind the close', async () => {
        await writeFile(server.at('large'), Buffer.alloc(3 * 1024 * 1024, 7));
        await using put = server.startSesame('web', ['put', '--knock', '--bwlimit', '500K', 'large']);
        await until('it is open', async () => (await list()).open.length > 0, 20_000);
        await until('it has connected', async () => (await server.connections()) > 0, 20_000);
        await closeAll();
        expect(await reaches(HTTP_PORT)).toBe(false);
        const { code, stderr } = await put.ended;
        expect(code, stderr).toBe(0);
        expect((await readFile(join(server.dataDir, 'files', 'web', 'large'))).byteLength).toBe(
          3 * 1024 * 1024,
        );
        expect((await list()).open).toEqual([]);
      });

      test('shuts by itself when the time is over', async () => {
        expect((await server.sesamed('gate', 'open', server.pair.client.ipv4, '--for', '8s')).code).toBe(0);
        expect(await reaches(HTTP_PORT)).toBe(true);
        await until('it is shut', async () => !(await reaches(HTTP_PORT)), 20_000);
        await send(await knockOf('web', server.pair.client.ipv4), server.pair.client.ipv4);
        await until('it is open', async () => (await list()).open.length > 0, 20_000);
        const [{ seconds_left: left } = { seconds_left: 0 }] = (await list()).open;
        expect(left).toBeGreaterThan(30);
        expect(left).toBeLessThanOrEqual(60);
        await closeAll();
      });

      test('kill -9 leaves it shut, and what was open closes by itself', async () => {
        await server.sesamed('gate', 'open', server.pair.client.ipv4, '--for', '4s');
        await server.stop('SIGKILL');
        if (driver !== 'simple') {
          const stranger = await outside.connect(server.pair.server.ipv6, TRANSFER_PORT);
          expect(stranger).toBe('nothing');
          // The kernel says that nobody listens, as long as the address is let in.
          await until(
            'the kernel shuts it',
            async () => (await outside.connect(server.pair.server.ipv4, TRANSFER_PORT)) === 'nothing',
            15_000,
          );
        }
        await server.again('--gate', driver, '--gate-open-time', '60');
        expect((await list()).open).toEqual([]);
        expect(await reaches(HTTP_PORT)).toBe(false);
      });

      // The server does the same with both firewalls: what it does by itself is tested with one of them.
      if (driver === 'iptables') return;

      test('without --knock, put gets nowhere, and says what to do', async () => {
        const { code } = await server.sesame('web', ['put', '--retries', '0', '--timeout', '2', 'large']);
        expect(code).toBe(5);
      });

      test('knock open lets in for a while, over IPv4 and IPv6; knock close shuts at once', async () => {
        expect((await server.sesame('web', ['knock', 'open'])).code).toBe(0);
        await until('it is open', async () => (await list()).open.length > 0, 20_000);
        expect((await list()).open).toMatchObject([{ address: server.pair.client.ipv4, by: 'client web' }]);
        expect(await reaches(HTTP_PORT)).toBe(true);
        expect(await reaches(HTTP_PORT, server.pair.server.ipv6)).toBe(false);
        expect((await server.sesame('web', ['knock', 'close'])).code).toBe(0);
        await until('it is shut', async () => (await list()).open.length === 0, 20_000);
        expect(await reaches(HTTP_PORT)).toBe(false);
        const six = `[${server.pair.server.ipv6}]:${TRANSFER_PORT}`;
        expect((await server.sesame('web', ['knock', 'open', '--server', six])).code).toBe(0);
        await until('it is open', async () => (await list()).open.length > 0, 20_000);
        expect((await list()).open).toMatchObject([{ address: server.pair.client.ipv6 }]);
        expect(await reaches(HTTP_PORT, server.pair.server.ipv6)).toBe(true);
        await closeAll();
      });

      test('a recorded knock opens nothing a second time, also behind a restart; nor from elsewhere', async () => {
        const recorded = await knockOf('web', server.pair.client.ipv4);
        await send(recorded, server.pair.client.ipv4);
        await until('it is open', async () => (await list()).open.length > 0, 20_000);
        await closeAll();
        await send(recorded, server.pair.client.ipv4);
        await server.pair.client.addAddress('10.9.0.66/24');
        const unused = await knockOf('web', server.pair.client.ipv4);
        await send(unused, '10.9.0.66');
        await send(await knockOf('web', null), '10.9.0.66');
        await send(await knockOf('web', '10.9.0.66', Date.now() - 61_000), '10.9.0.66');
        await send(await knockOf('web', '10.9.0.66', Date.now() + 61_000), '10.9.0.66');
        await server.stop('SIGKILL');
        await server.again('--gate', driver, '--gate-open-time', '60');
        await send(recorded, server.pair.client.ipv4);
        // A good one behind them shows that they have been looked at.
        await server.pair.client.addAddress('10.9.0.67/24');
        await send(await knockOf('web', '10.9.0.67'), '10.9.0.67');
        await until('the last is open', async () => (await list()).open.length > 0, 20_000);
        expect((await list()).open.map(({ address }) => address)).toEqual(['10.9.0.67']);
        await closeAll();
      });

      test('lets a new machine in that has a join line, once', async () => {
        const line = await server.joinLine('newcomer');
        const { code, stderr } = await server.sesame('newcomer', ['enroll', '--knock', '-'], { input: line });
        expect(code, stderr).toBe(0);
        expect((await server.sesame('newcomer', ['put', '--knock', 'large'])).code).toBe(0);
        await closeAll();
      });

      test('lets machines in that have a fleet line: each knocks with it, joins, and sends with a key of its own', async () => {
        await writeFile(server.at('measured'), 'by a machine of many');
        const line = await server.fleetLine('rack-*', 2);
        for (const name of ['rack-1', 'rack-2']) {
          const before = await server.sesame(name, ['enroll', '--timeout', '2', '--name', name, '-'], {
            input: line,
          });
          expect(before.code, 'without a knock').toBe(5);
          const args = ['enroll', '--knock', '--name', name, '-'];
          const { code, stderr } = await server.sesame(name, args, { input: line });
          expect(code, stderr).toBe(0);
          // What the line opened is shut again: from here on it is the machine's own key that opens.
          await closeAll();
          const put = await server.sesame(name, ['put', '--knock', 'measured']);
          expect(put.code, put.stderr).toBe(0);
          expect((await server.sesamed('files', 'ls', name)).stdout).toContain('measured');
          await closeAll();
        }
      });

      test('a client that was revoked knocks in vain', async () => {
        await server.enrol('gone');
        expect((await server.sesamed('clients', 'revoke', 'gone')).code).toBe(0);
        await send(await knockOf('gone', server.pair.client.ipv4), server.pair.client.ipv4);
        await send(await knockOf('web', '10.9.0.67'), '10.9.0.67');
        await until('the last is open', async () => (await list()).open.length > 0, 20_000);
        expect((await list()).open.map(({ by }) => by)).toEqual(['client web']);
        await closeAll();
      });

      test('an operator opens and closes; what is no address is refused', async () => {
        const { ipv4 } = server.pair.client;
        expect((await server.sesamed('gate', 'open', ipv4, '--for', '1h')).stdout).toContain(
          `${ipv4} is let in for`,
        );
        expect(await reaches(HTTP_PORT)).toBe(true);
        expect((await server.sesamed('gate', 'close', ipv4)).code).toBe(0);
        expect(await reaches(HTTP_PORT)).toBe(false);
        for (const bad of [
          '0.0.0.0/0',
          '0.0.0.0',
          '::',
          '127.0.0.1',
          '224.0.0.1',
          'ff02::1',
          '10.9.0.2/32',
          '10.9.0.2; true',
          '$(true)',
          'fe80::1%eth0',
          '',
        ]) {
          expect((await server.sesamed('gate', 'open', bad)).code, bad).toBe(2);
        }
        expect((await server.sesamed('gate', 'close', ipv4)).code).toBe(3);
        const { stdout } = await server.sesamed('audit', 'ls');
        expect(stdout).toMatch(/gate\.open .*10\.9\.0\.2/);
      });

      test('who is beside the server needs no knock', async () => {
        const { code } = await server.pair.server.run('bash', [
          '-c',
          `exec 3<>/dev/tcp/127.0.0.1/${TRANSFER_PORT}`,
        ]);
        expect(code).toBe(0);
      });
    },
  );
}
