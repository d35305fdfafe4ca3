// Rules that cannot be made, and the older iptables: the gate stays shut (docs/GATE.md 3).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GateClient } from '../support/gate-client.ts';
import { GateServer, PORTS, withTools } from '../support/gate-server.ts';
import { NamespacePair, whyNoNamespaces } from '../support/namespaces.ts';

const lack = whyNoNamespaces('iptables', 'ipset', 'nft');
const [PORT = 0] = PORTS;

/** A tool that fails when it is called with these words. */
function failing(tool: string, words: string): string[] {
  const script = `#!/bin/sh\\ncase "$*" in *${words}*) echo "it is broken" >&2; exit 1;; esac\\nexec /usr/sbin/${tool} "$@"\\n`;
  return withTools(`printf '${script}' > ${tool} && chmod 755 ${tool}`);
}

describe.skipIf(lack !== undefined)(
  `a gate that cannot be made${lack === undefined ? '' : ` (${lack})`}`,
  () => {
    test.for([
      ['nftables', 'nft', '-f'],
      ['iptables', 'ip6tables-restore', 'noflush'],
      ['iptables', 'iptables-restore', 'noflush'],
      ['iptables', 'ipset', 'restore'],
    ] as const)('%s: %s fails, and says why; nothing is left', async ([kind, tool, words]) => {
      using pair = new NamespacePair();
      const start = GateServer.start(pair.server, { kind }, ...failing(tool, words));
      await expect(start).rejects.toThrow(`${tool}: it is broken`);
      expect(await pair.server.output('iptables', '-S')).not.toContain('SESAME');
      expect(await pair.server.output('nft', 'list', 'tables')).not.toContain('sesame');
      if (tool !== 'ipset') expect(await pair.server.output('ipset', 'list', '-n')).toBe('');
    });

    test.for([
      ['nftables', 'nft', '-f'],
      ['iptables', 'ip6tables-restore', 'noflush'],
    ] as const)('%s: what a killed run left shut stays shut', async ([kind, tool, words]) => {
      using pair = new NamespacePair();
      const first = await GateServer.start(pair.server, { kind });
      await first.kill();
      const start = GateServer.start(pair.server, { kind }, ...failing(tool, words));
      await expect(start).rejects.toThrow(`${tool}: it is broken`);
      const client = new GateClient(pair.client, pair.server);
      await client.count();
      await using _listener = pair.server.start('node', [
        ...['-e', `require('net').createServer((s) => s.end('x')).listen(${PORT})`],
      ]);
      expect(await client.connect(pair.server.ipv4, PORT)).toBe('nothing');
      expect(await client.connect(pair.server.ipv6, PORT)).toBe('nothing');
      expect(await client.counted()).toBe(0);
    });

    test('an opening that fails is told, and opens nothing', async () => {
      using pair = new NamespacePair();
      const client = new GateClient(pair.client, pair.server);
      await using server = await GateServer.start(pair.server, { kind: 'nftables' });
      await expect(server.open('127.0.0.1', 5)).rejects.toThrow('a loopback address');
      await expect(server.open('224.0.0.1', 5)).rejects.toThrow('a multicast address');
      await expect(server.open('0.0.0.0', 5)).rejects.toThrow('an unspecified address');
      await expect(server.open('10.0.0.0/8', 5)).rejects.toThrow('no address');
      await expect(server.open('$(reboot)', 5)).rejects.toThrow('no address');
      expect(await client.connect(pair.server.ipv4, PORT)).toBe('nothing');
    });
  },
);

describe.skipIf(lack !== undefined)('the iptables of before nftables', () => {
  const LEGACY = withTools(
    'for f in ip ip6; do for t in "" -save -restore; do ln -s /usr/sbin/${f}tables-legacy$t ${f}tables$t; done; done',
  );

  test('works for nobody, too, and waits for the lock that all iptables programs have', async () => {
    using pair = new NamespacePair();
    const holder = spawn('flock', ['/run/xtables.lock', 'sh', '-c', 'echo held; sleep 1.5']);
    await once(holder.stdout, 'data');
    const begin = performance.now();
    const settings = { kind: 'iptables', onStop: 'remove' } as const;
    const server = await GateServer.start(pair.server, settings, ...LEGACY);
    expect(performance.now() - begin).toBeGreaterThan(1000);
    const status = readFileSync(`/proc/${server.helperPid()}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t65534\t/m);
    expect(status).toMatch(/^CapPrm:\t0000000000003000$/m);

    const client = new GateClient(pair.client, pair.server);
    for (const host of [pair.server.ipv4, pair.server.ipv6]) {
      expect(await client.connect(host, PORT)).toBe('nothing');
    }
    await server.open(pair.client.ipv4, 60);
    await server.open(pair.client.ipv6, 60);
    for (const host of [pair.server.ipv4, pair.server.ipv6])
      expect(await client.connect(host, PORT)).toBe('echo');
    expect(await pair.server.output('iptables-legacy', '-S')).toContain('-A INPUT -j SESAME\n');
    await server.stop();
    expect(await pair.server.output('iptables-legacy', '-S')).not.toContain('SESAME');
    expect(await pair.server.output('ip6tables-legacy', '-S')).not.toContain('SESAME');
    expect(await pair.server.output('ipset', 'list', '-n')).toBe('');
  });
});
