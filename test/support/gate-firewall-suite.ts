// What every firewall driver must do, seen in packets (docs/GATE.md 3).
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { FirewallKind } from '../../src/gate/driver.ts';
import { echoes, GateClient } from './gate-client.ts';
import { GateServer, KNOCK_PORT, PORTS } from './gate-server.ts';
import { NamespacePair } from './namespaces.ts';

const [PORT = 0, HTTP = 0, OTHER = 0] = PORTS;
const REMOVER = fileURLToPath(new URL('gate-remove-process.ts', import.meta.url));

export interface FirewallSuite {
  readonly kind: FirewallKind;
  /** What the helper holds, as /proc shows it. */
  readonly capabilities: string;
  /** Puts rules of somebody else there. */
  foreignRules(pair: NamespacePair): Promise<void>;
  /** All rules of the machine, without what changes by itself. */
  rules(pair: NamespacePair): Promise<string>;
  /** Takes our rules away behind our back. */
  flush(pair: NamespacePair): Promise<void>;
  /** Who is let in, as the kernel has it. */
  letIn(pair: NamespacePair): Promise<string>;
}

export function describeFirewall(suite: FirewallSuite): void {
  const { kind } = suite;

  describe('packets', () => {
    test('a stranger gets none, who is let in gets through, and the time ends it', async () => {
      using pair = new NamespacePair();
      const client = new GateClient(pair.client, pair.server);
      await using server = await GateServer.start(pair.server, { kind });
      const { ipv4, ipv6 } = pair.server;
      expect(await client.connect(ipv4, OTHER)).toBe('echo');
      await client.count();
      const attempts = [
        [ipv4, PORT],
        [ipv6, PORT],
        [ipv4, HTTP],
        [ipv6, HTTP],
      ] as const;
      const tried = () => Promise.all(attempts.map(([host, port]) => client.connect(host, port)));
      expect(await tried()).toEqual(attempts.map(() => 'nothing'));
      expect(await client.counted()).toBe(0);

      await server.open(pair.client.ipv4, 2);
      await server.open(pair.client.ipv6, 3600);
      expect(await tried()).toEqual(attempts.map(() => 'echo'));
      await using held = client.hold(ipv4, PORT);
      await using held6 = client.hold(ipv6, PORT);
      await Promise.all([echoes(held), echoes(held6)]);

      // Its time is over, the other is closed: nothing new, and what stands goes on.
      await sleep(2000);
      await server.close(pair.client.ipv6);
      await client.count();
      await Promise.all([echoes(held), echoes(held6)]);
      await Promise.all([held.stop('SIGKILL'), held6.stop('SIGKILL')]);
      await sleep(100);
      await client.count();
      expect(await tried()).toEqual(attempts.map(() => 'nothing'));
      expect(await client.counted()).toBe(0);
    });

    test('opening again counts from then on, also for a shorter time', async () => {
      using pair = new NamespacePair();
      const client = new GateClient(pair.client, pair.server);
      await using server = await GateServer.start(pair.server, { kind });
      await server.open(pair.client.ipv4, 1);
      await server.open(pair.client.ipv4, 60);
      await sleep(1200);
      expect(await client.connect(pair.server.ipv4, PORT)).toBe('echo');
      await server.open(pair.client.ipv4, 1);
      await sleep(1200);
      expect(await client.connect(pair.server.ipv4, PORT)).toBe('nothing');
    });

    test('one address is let in, not its neighbour', async () => {
      using pair = new NamespacePair();
      const client = new GateClient(pair.client, pair.server);
      await using server = await GateServer.start(pair.server, { kind });
      await server.open('10.9.0.3', 60);
      await server.open('fd09::3', 60);
      expect(await client.connect(pair.server.ipv4, PORT)).toBe('nothing');
      expect(await client.connect(pair.server.ipv6, PORT)).toBe('nothing');
      await server.close('10.9.0.77'); // who is not let in
      await server.close('fd09::77');
    });

    test('the ports of a connection that is remembered begin no other', async () => {
      using pair = new NamespacePair();
      const client = new GateClient(pair.client, pair.server);
      await using server = await GateServer.start(pair.server, { kind });
      await server.open(pair.client.ipv4, 60);
      // Its end does not arrive: for the server's machine it goes on.
      await pair.client.output(
        'nft',
        'add table ip mute; add chain ip mute out { type filter hook output priority 0; }',
      );
      await pair.client.output('nft', 'add rule ip mute out tcp flags & (fin | rst) != 0 drop');
      expect(await client.leave(pair.server.ipv4, PORT, 40_001)).toBe('echo');
      await server.close(pair.client.ipv4);
      await client.count();
      expect(await client.connect(pair.server.ipv4, PORT, 40_001)).toBe('nothing');
      expect(await client.counted()).toBe(0);
    });

    test('what conntrack picks up in the middle of a connection is not let in', async () => {
      using pair = new NamespacePair();
      const client = new GateClient(pair.client, pair.server);
      await using server = await GateServer.start(pair.server, { kind });
      await pair.server.output('sysctl', '-w', 'net.netfilter.nf_conntrack_tcp_timeout_established=1');
      await server.open(pair.client.ipv4, 1);
      expect(await client.pause(pair.server.ipv4, PORT)).toBe('echo nothing');
      await server.open(pair.client.ipv4, 60);
      expect(await client.pause(pair.server.ipv4, PORT)).toBe('echo echo');
    });

    test('the machine itself and the allowed networks need no knock', async () => {
      using pair = new NamespacePair();
      const allow = ['10.9.9.0/24', 'fd99::/64'];
      await using _server = await GateServer.start(pair.server, { kind, allow });
      const client = new GateClient(pair.client, pair.server);
      const self = new GateClient(pair.server, pair.client);
      for (const host of ['127.0.0.1', '::1', pair.server.ipv4, pair.server.ipv6]) {
        expect(await self.connect(host, PORT)).toBe('echo');
      }
      expect(await client.connect(pair.server.ipv4, PORT)).toBe('nothing');
      for (const machine of [pair.server, pair.client]) {
        const last = machine === pair.server ? 1 : 2;
        await machine.addAddress(`10.9.9.${last}/24`);
        await machine.addAddress(`fd99::${last}/64`);
      }
      expect(await client.connect('10.9.9.1', PORT)).toBe('echo');
      expect(await client.connect('fd99::1', HTTP)).toBe('echo');
    });

    test('a knock that nobody hears is not answered', async () => {
      using pair = new NamespacePair();
      await using _server = await GateServer.start(pair.server, { kind });
      const client = new GateClient(pair.client, pair.server);
      for (const host of [pair.server.ipv4, pair.server.ipv6]) {
        expect(await client.knock(host, KNOCK_PORT + 1)).toBe('ECONNREFUSED');
        await client.count();
        expect(await client.knock(host, KNOCK_PORT)).toBe('nothing');
        expect(await client.counted()).toBe(0);
      }
    });
  });

  describe('what others have', () => {
    test('stays as it is; “remove” leaves nothing, “shut” the shut ports', async () => {
      using pair = new NamespacePair();
      await suite.foreignRules(pair);
      const before = await suite.rules(pair);
      const client = new GateClient(pair.client, pair.server);

      const first = await GateServer.start(pair.server, { kind, onStop: 'remove' });
      expect(await suite.rules(pair)).not.toBe(before);
      await first.open(pair.client.ipv4, 60);
      await first.stop();
      expect(await suite.rules(pair)).toBe(before);

      const second = await GateServer.start(pair.server, { kind });
      const standing = await suite.rules(pair);
      await second.open(pair.client.ipv4, 60);
      await second.stop();
      expect(await suite.rules(pair)).toBe(standing);
      await client.count();
      expect(await client.connect(pair.server.ipv4, PORT)).toBe('nothing');
      expect(await client.counted()).toBe(0);

      const removed = await pair.server.output(process.execPath, REMOVER);
      expect(removed).toContain(`${kind}: `);
      expect(await suite.rules(pair)).toBe(before);
      expect(await pair.server.output(process.execPath, REMOVER)).toBe('[]\n');
    });
  });

  describe('death', () => {
    test('of the server: the rules stay, doors close by themselves, and the next one starts over them', async () => {
      using pair = new NamespacePair();
      const client = new GateClient(pair.client, pair.server);
      const server = await GateServer.start(pair.server, { kind });
      const standing = await suite.rules(pair);
      const helper = server.helperPid();
      await server.open(pair.client.ipv4, 2);
      await server.open(pair.client.ipv6, 60);
      await server.kill();
      expect(await goneWithin(helper, 20_000)).toBe(true);
      await sleep(2000);
      expect(await suite.letIn(pair)).not.toContain(pair.client.ipv4);
      expect(await suite.letIn(pair)).toMatch(/fd09:/);

      await using next = await GateServer.start(pair.server, { kind });
      expect(await suite.rules(pair)).toBe(standing);
      expect(await suite.letIn(pair)).not.toMatch(/fd09:/);
      expect(await client.connect(pair.server.ipv6, PORT)).toBe('nothing');
      await next.open(pair.client.ipv6, 60);
      expect(await client.connect(pair.server.ipv6, PORT)).toBe('echo');
    });

    test('of the helper: another one comes, shut, and the server is told', async () => {
      using pair = new NamespacePair();
      await using server = await GateServer.start(pair.server, { kind });
      const standing = await suite.rules(pair);
      await server.open(pair.client.ipv4, 60);
      process.kill(server.helperPid(), 'SIGKILL');
      await server.restarted();
      expect(await suite.rules(pair)).toBe(standing);
      expect(await suite.letIn(pair)).not.toContain(pair.client.ipv4);
      expect(await server.fault()).toBe('');
      await server.open(pair.client.ipv4, 60);
      expect(await suite.letIn(pair)).toContain(pair.client.ipv4);
    });

    test('of the rules, by somebody else: they are made again, and the server is told', async () => {
      using pair = new NamespacePair();
      await using server = await GateServer.start(pair.server, { kind });
      const standing = await suite.rules(pair);
      await suite.flush(pair);
      await server.restarted();
      expect(await suite.rules(pair)).toBe(standing);
      expect(server.logged.join('\n')).toContain('somebody took the gate’s rules away');
    }, 30_000);
  });

  describe('privileges', () => {
    test('the helper is nobody, and holds what it needs and nothing else', async () => {
      using pair = new NamespacePair();
      await using server = await GateServer.start(pair.server, { kind });
      const status = readFileSync(`/proc/${server.helperPid()}/status`, 'utf8');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        expect(status).toContain(`${set}:\t${suite.capabilities}`);
      }
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
      expect(status).toMatch(/^Gid:\t65534\t65534\t65534\t65534$/m);
      expect(status).toMatch(/^Groups:\t *$/m);
    });

    test('a server that is not root, and was given the capabilities, hands them on', async () => {
      using pair = new NamespacePair();
      const sets = `-all,${kind === 'nftables' ? '' : '+net_raw,'}+net_admin`;
      const given = ['--bounding-set', sets, '--inh-caps', sets, '--ambient-caps', sets];
      const user = ['setpriv', '--reuid', '1', '--regid', '1', '--clear-groups', ...given];
      await using server = await GateServer.start(pair.server, { kind }, ...user);
      const status = readFileSync(`/proc/${server.helperPid()}/status`, 'utf8');
      expect(status).toContain(`CapPrm:\t${suite.capabilities}`);
      expect(status).toMatch(/^Uid:\t1\t/m);
      await server.open(pair.client.ipv6, 5);
      expect(await suite.letIn(pair)).toMatch(/fd09:/);
    });

    test('a helper with more than it needs does not run, one with less neither', async () => {
      using pair = new NamespacePair();
      const program = fileURLToPath(new URL('../../src/gate/helper.ts', import.meta.url));
      const args = [program, '--driver', kind, '--ports', '1357'];
      const all = await pair.server.run(process.execPath, args);
      expect(all).toMatchObject({ code: 1, stdout: '' });
      expect(all.stderr).toContain('and nothing else');
      const none = await pair.server.run('setpriv', [
        '--reuid',
        'nobody',
        '--clear-groups',
        process.execPath,
        ...args,
      ]);
      expect(none).toMatchObject({ code: 1, stdout: '' });
      expect(none.stderr).toContain('needs CAP_NET_ADMIN');
    });

    test('a server without privileges says what to run', async () => {
      using pair = new NamespacePair();
      const start = GateServer.start(pair.server, { kind }, 'setpriv', '--reuid', 'nobody', '--clear-groups');
      await expect(start).rejects.toThrow(
        new RegExp(`sesamed gate helper --driver ${kind} --ports 1357,8357 .*--socket .*gate\\.helper`),
      );
    });
  });
}

async function goneWithin(pid: number, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await sleep(20);
  }
  return false;
}
