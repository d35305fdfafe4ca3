/** What ipset and iptables-restore take for the gate: docs/GATE.md 3. */
import { formatAddressBytes, formatNetwork, type AddressBytes } from '../address-bytes.ts';
import type { FirewallPlan } from './firewall.ts';

export type Family = 4 | 6;

/** Our chains, and the chains that they are entered from. */
const CHAINS = [
  { name: 'SESAME', hook: 'INPUT' },
  { name: 'SESAME-OUT', hook: 'OUTPUT' },
] as const;

const ICMP = {
  4: '-p icmp --icmp-type destination-unreachable',
  6: '-p icmpv6 --icmpv6-type destination-unreachable',
} as const;

/** Sets that are there are emptied: chains of a run before hold them. */
export function createSets(): string {
  return lines([4, 6], (family) => {
    const inet = family === 4 ? 'inet' : 'inet6';
    return `create sesame${family} hash:ip family ${inet} maxelem 65536 timeout 30 -exist\nflush sesame${family}`;
  });
}

export function flushSets(): string {
  return lines([4, 6], (family) => `flush sesame${family}`);
}

export function destroySets(families: readonly Family[]): string {
  return lines(families, (family) => `destroy sesame${family}`);
}

/** One that is there gets its time anew. */
export function addEntry(address: AddressBytes, seconds: number): string {
  return `add sesame${address.family} ${formatAddressBytes(address)} timeout ${seconds} -exist\n`;
}

export function deleteEntry(address: AddressBytes): string {
  return `del sesame${address.family} ${formatAddressBytes(address)} -exist\n`;
}

/**
 * The filter table, for `iptables-restore --noflush`: one transaction. What passes goes back to INPUT, whose own rules
 * hold for it as they did.
 * @param saved what `iptables-save -t filter` says now
 */
export function installRules(family: Family, plan: FirewallPlan, saved: string): string {
  const ports = plan.ports.join(',');
  const allowed = plan.allow.filter((network) => network.family === family).map(formatNetwork);
  return table([
    ':SESAME - [0:0]',
    ':SESAME-OUT - [0:0]',
    ...jumps(saved).map((jump) => `-D ${jump}`),
    '-A SESAME ! -p tcp -j RETURN',
    `-A SESAME -p tcp -m multiport ! --dports ${ports} -j RETURN`,
    '-A SESAME -i lo -j RETURN',
    // A SYN begins something new, also where conntrack still knows an old connection between the same ports.
    '-A SESAME -p tcp ! --syn -m conntrack --ctstate ESTABLISHED -j RETURN',
    `-A SESAME -m set --match-set sesame${family} src -j RETURN`,
    ...allowed.map((network) => `-A SESAME -s ${network} -j RETURN`),
    '-A SESAME -j DROP',
    // An ICMP error belongs to the flow that it is about.
    `-A SESAME-OUT ${ICMP[family]} -m conntrack --ctproto udp --ctreplsrcport ${plan.knockPort} -j DROP`,
    ...CHAINS.map(({ name, hook }) => `-I ${hook} 1 -j ${name}`),
  ]);
}

/** @returns undefined where nothing of ours is there */
export function removeRules(saved: string): string | undefined {
  const chains = CHAINS.filter(({ name }) => hasLine(saved, `:${name} `)).map(({ name }) => name);
  if (chains.length === 0) return undefined;
  return table([
    ...jumps(saved).map((jump) => `-D ${jump}`),
    ...chains.flatMap((name) => [`-F ${name}`, `-X ${name}`]),
  ]);
}

/** Whether the ports are protected, as far as one can see: our chains are entered, and ours drops what is left. */
export function isInstalled(family: Family, plan: FirewallPlan, saved: string): boolean {
  const rules = saved.split('\n').filter((line) => line.startsWith('-A SESAME')).length;
  const expected = 7 + plan.allow.filter((network) => network.family === family).length;
  return jumps(saved).length === CHAINS.length && rules === expected && hasLine(saved, '-A SESAME -j DROP');
}

/** The rules that enter our chains, as often as they are there. */
function jumps(saved: string): string[] {
  const ours = CHAINS.map(({ name, hook }) => `${hook} -j ${name}`);
  return saved
    .split('\n')
    .filter((line) => line.startsWith('-A ') && ours.includes(line.slice(3)))
    .map((line) => line.slice(3));
}

function hasLine(saved: string, start: string): boolean {
  return saved.split('\n').some((line) => line.startsWith(start));
}

function table(rules: readonly string[]): string {
  return ['*filter', ...rules, 'COMMIT', ''].join('\n');
}

function lines(families: readonly Family[], line: (family: Family) => string): string {
  return families.map((family) => `${line(family)}\n`).join('');
}
