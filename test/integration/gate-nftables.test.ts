// The nftables driver against the kernel, in namespaces of the network.
import { describe } from 'vitest';
import { describeFirewall } from '../support/gate-firewall-suite.ts';
import { whyNoNamespaces } from '../support/namespaces.ts';

const lack = whyNoNamespaces('nft');

describe.skipIf(lack !== undefined)(`nftables${lack === undefined ? '' : ` (${lack})`}`, () => {
  describeFirewall({
    kind: 'nftables',
    capabilities: '0000000000001000',
    foreignRules: async ({ server }) => {
      await server.output(
        'nft',
        'add table ip theirs; add chain ip theirs in { type filter hook input priority 0; }',
      );
      await server.output('nft', 'add rule ip theirs in tcp dport 22 accept');
      await server.output('nft', 'add table inet sesame2');
    },
    rules: async ({ server }) => {
      const text = await server.output('nft', '-j', 'list', 'ruleset');
      const counts = /"(packets|bytes|handle)": \d+/g;
      return text.replaceAll(counts, '').replaceAll(/, "elem": \[.*?\}\}\]/g, '');
    },
    flush: async ({ server }) => {
      await server.output('nft', 'flush', 'ruleset');
    },
    letIn: ({ server }) => server.output('nft', 'list', 'sets', 'inet'),
  });
});
