// The iptables driver against the kernel, in namespaces of the network.
import { describe } from 'vitest';
import { describeFirewall } from '../support/gate-firewall-suite.ts';
import { whyNoNamespaces } from '../support/namespaces.ts';

const lack = whyNoNamespaces('iptables', 'ip6tables', 'ipset', 'nft');

describe.skipIf(lack !== undefined)(`iptables${lack === undefined ? '' : ` (${lack})`}`, () => {
  describeFirewall({
    kind: 'iptables',
    capabilities: '0000000000003000',
    foreignRules: async ({ server }) => {
      for (const tool of ['iptables', 'ip6tables']) {
        await server.output(tool, '-N', 'THEIRS');
        await server.output(tool, '-A', 'INPUT', '-j', 'THEIRS');
        await server.output(tool, '-A', 'THEIRS', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT');
        await server.output(tool, '-A', 'OUTPUT', '-p', 'tcp', '--dport', '25', '-j', 'DROP');
      }
      await server.output('ipset', 'create', 'theirs', 'hash:ip');
    },
    rules: async ({ server }) => {
      const texts = [
        await server.output('iptables', '-S'),
        await server.output('ip6tables', '-S'),
        await server.output('ipset', 'list', '-n'),
      ];
      return texts.join('\n');
    },
    flush: async ({ server }) => {
      for (const tool of ['iptables', 'ip6tables']) {
        await server.output(tool, '-F');
        await server.output(tool, '-X');
      }
    },
    letIn: ({ server }) => server.output('ipset', 'list'),
  });
});
