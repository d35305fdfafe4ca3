// The texts that the tools get. What the kernel makes of them is in test/integration/gate-*.test.ts.
import { describe, expect, test } from 'vitest';
import { parseAddressBytes, parseNetwork } from '../../../src/gate/address-bytes.ts';
import type { FirewallPlan } from '../../../src/gate/helper/firewall.ts';
import {
  addEntry,
  createSets,
  deleteEntry,
  installRules,
  isInstalled,
  removeRules,
} from '../../../src/gate/helper/iptables-rules.ts';
import {
  closeCommands,
  installCommands,
  nftInput,
  openCommands,
  ruleCount,
} from '../../../src/gate/helper/nft-rules.ts';

const plan: FirewallPlan = {
  ports: [1357, 8357],
  knockPort: 6257,
  allow: ['10.0.0.0/8', '2001:db8::/32', '::/0'].map(parseNetwork),
};
const v4 = parseAddressBytes('192.0.2.7');
const v6 = parseAddressBytes('2001:db8::7');

describe('nftables', () => {
  test('the table is replaced in one transaction, and what is left is dropped', () => {
    const commands = installCommands(plan);
    const table = { table: { family: 'inet', name: 'sesame' } };
    expect(commands.slice(0, 3)).toEqual([{ add: table }, { delete: table }, { add: table }]);
    const rules = commands.flatMap(({ add }) => {
      const { rule } = (add ?? {}) as { rule?: { chain: string; expr: unknown[] } };
      return rule === undefined ? [] : [rule];
    });
    expect(rules).toHaveLength(ruleCount(plan));
    const input = rules.filter(({ chain }) => chain === 'input').map(({ expr }) => JSON.stringify(expr));
    expect(input.at(-1)).toBe('[{"counter":null},{"drop":null}]');
    expect(input.slice(6, 9)).toEqual([
      '[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":{"prefix":{"addr":"10.0.0.0","len":8}}}},{"accept":null}]',
      '[{"match":{"op":"==","left":{"payload":{"protocol":"ip6","field":"saddr"}},"right":{"prefix":{"addr":"2001:db8:0:0:0:0:0:0","len":32}}}},{"accept":null}]',
      '[{"match":{"op":"==","left":{"meta":{"key":"nfproto"}},"right":"ipv6"}},{"accept":null}]',
    ]);
    expect(input.slice(0, 6)).toMatchInlineSnapshot(`
      [
        "[{"match":{"op":"!=","left":{"meta":{"key":"l4proto"}},"right":"tcp"}},{"accept":null}]",
        "[{"match":{"op":"!=","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":{"set":[1357,8357]}}},{"accept":null}]",
        "[{"match":{"op":"==","left":{"meta":{"key":"iif"}},"right":"lo"}},{"accept":null}]",
        "[{"match":{"op":"!=","left":{"&":[{"payload":{"protocol":"tcp","field":"flags"}},["fin","syn","rst","ack"]]},"right":"syn"}},{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":"established"}},{"accept":null}]",
        "[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":"@open4"}},{"accept":null}]",
        "[{"match":{"op":"==","left":{"payload":{"protocol":"ip6","field":"saddr"}},"right":"@open6"}},{"accept":null}]",
      ]
    `);
    const output = rules.filter(({ chain }) => chain === 'output').map(({ expr }) => JSON.stringify(expr));
    expect(output).toMatchInlineSnapshot(`
      [
        "[{"match":{"op":"==","left":{"payload":{"protocol":"icmp","field":"type"}},"right":"destination-unreachable"}},{"match":{"op":"==","left":{"ct":{"key":"protocol"}},"right":"udp"}},{"match":{"op":"==","left":{"ct":{"key":"proto-src","dir":"reply"}},"right":6257}},{"counter":null},{"drop":null}]",
        "[{"match":{"op":"==","left":{"payload":{"protocol":"icmpv6","field":"type"}},"right":"destination-unreachable"}},{"match":{"op":"==","left":{"ct":{"key":"protocol"}},"right":"udp"}},{"match":{"op":"==","left":{"ct":{"key":"proto-src","dir":"reply"}},"right":6257}},{"counter":null},{"drop":null}]",
      ]
    `);
  });

  test('opening makes an element anew, closing takes away what may not be there', () => {
    const element = (name: string, elem: string): string =>
      `{"element":{"family":"inet","table":"sesame","name":"${name}","elem":[${elem}]}}`;
    const timed = element('open4', '{"elem":{"val":"192.0.2.7","timeout":30}}');
    const plain = element('open4', '"192.0.2.7"');
    expect(nftInput(openCommands(v4, 30))).toBe(
      `{"nftables":[{"add":${timed}},{"delete":${plain}},{"add":${timed}}]}`,
    );
    expect(nftInput(closeCommands(v6))).toBe(
      `{"nftables":[{"add":${element('open6', '{"elem":{"val":"2001:db8:0:0:0:0:0:7","timeout":1}}')}},` +
        `{"delete":${element('open6', '"2001:db8:0:0:0:0:0:7"')}}]}`,
    );
  });
});

describe('iptables', () => {
  const saved = `# Generated
*filter
:INPUT ACCEPT [0:0]
:SESAME - [0:0]
:SESAME-OUT - [0:0]
-A INPUT -j THEIRS
-A INPUT -j SESAME
-A INPUT -j SESAME
-A OUTPUT -j SESAME-OUT
-A SESAME -j DROP
COMMIT
`;

  test('sets are made where they are missing, and emptied', () => {
    expect(createSets()).toBe(`create sesame4 hash:ip family inet maxelem 65536 timeout 30 -exist
flush sesame4
create sesame6 hash:ip family inet6 maxelem 65536 timeout 30 -exist
flush sesame6
`);
    expect(addEntry(v4, 30)).toBe('add sesame4 192.0.2.7 timeout 30 -exist\n');
    expect(deleteEntry(v6)).toBe('del sesame6 2001:db8:0:0:0:0:0:7 -exist\n');
  });

  test('the chains are replaced in one transaction, also those of a killed run', () => {
    expect(installRules(4, plan, saved)).toBe(`*filter
:SESAME - [0:0]
:SESAME-OUT - [0:0]
-D INPUT -j SESAME
-D INPUT -j SESAME
-D OUTPUT -j SESAME-OUT
-A SESAME ! -p tcp -j RETURN
-A SESAME -p tcp -m multiport ! --dports 1357,8357 -j RETURN
-A SESAME -i lo -j RETURN
-A SESAME -p tcp ! --syn -m conntrack --ctstate ESTABLISHED -j RETURN
-A SESAME -m set --match-set sesame4 src -j RETURN
-A SESAME -s 10.0.0.0/8 -j RETURN
-A SESAME -j DROP
-A SESAME-OUT -p icmp --icmp-type destination-unreachable -m conntrack --ctproto udp --ctreplsrcport 6257 -j DROP
-I INPUT 1 -j SESAME
-I OUTPUT 1 -j SESAME-OUT
COMMIT
`);
    const six = installRules(6, plan, '');
    expect(six).not.toContain('-D ');
    expect(six).toContain('-A SESAME -s 2001:db8:0:0:0:0:0:0/32 -j RETURN\n');
    expect(six).toContain('--match-set sesame6 src');
    expect(six).toContain('-p icmpv6 --icmpv6-type destination-unreachable');
  });

  test('what is removed is ours', () => {
    expect(removeRules(saved)).toBe(`*filter
-D INPUT -j SESAME
-D INPUT -j SESAME
-D OUTPUT -j SESAME-OUT
-F SESAME
-X SESAME
-F SESAME-OUT
-X SESAME-OUT
COMMIT
`);
    expect(removeRules('*filter\n:SESAME2 - [0:0]\n-A INPUT -j SESAME2\nCOMMIT\n')).toBeUndefined();
    expect(removeRules('')).toBeUndefined();
  });

  test('rules that were changed do not stand', () => {
    const whole = installRules(4, plan, '').replaceAll(/^-I (\w+) 1 /gm, '-A $1 ');
    expect(isInstalled(4, plan, whole)).toBe(true);
    for (const gone of [
      '-A SESAME -j DROP\n',
      '-A INPUT -j SESAME\n',
      '-A OUTPUT -j SESAME-OUT\n',
      '-A SESAME -i lo -j RETURN\n',
    ]) {
      expect(whole).toContain(gone);
      expect(isInstalled(4, plan, whole.replace(gone, ''))).toBe(false);
    }
  });
});
