/** What `nft -j` takes (libnftables-json(5)) for the table of the gate: docs/GATE.md 3. */
import { formatAddressBytes, type AddressBytes, type Network } from '../address-bytes.ts';
import type { FirewallPlan } from './firewall.ts';

const TABLE = { family: 'inet', name: 'sesame' };
const INSIDE = { family: 'inet', table: 'sesame' };

/** More let in at once than this, and the next is refused. */
const MAX_OPEN = 65_536;

export type NftCommand = Readonly<Record<string, unknown>>;

/** One transaction: all of it or nothing. */
export function nftInput(commands: readonly NftCommand[]): string {
  return JSON.stringify({ nftables: commands });
}

/** Nobody sees a moment between the old table and the new one. */
export function installCommands(plan: FirewallPlan): NftCommand[] {
  return [...removeCommands(), { add: { table: TABLE } }, ...contents(plan)];
}

/** Deleting what is not there would fail, so that it is made first. */
export function removeCommands(): NftCommand[] {
  return [{ add: { table: TABLE } }, { delete: { table: TABLE } }];
}

/** How many rules stand once they do. */
export function ruleCount(plan: FirewallPlan): number {
  return contents(plan).filter(({ add }) => typeof add === 'object' && add !== null && 'rule' in add).length;
}

/** An element that is there keeps its time when it is added: it is made anew, from now on. */
export function openCommands(address: AddressBytes, seconds: number): NftCommand[] {
  const element = elementOf(address, seconds);
  return [{ add: element }, { delete: elementOf(address) }, { add: element }];
}

export function closeCommands(address: AddressBytes): NftCommand[] {
  return [{ add: elementOf(address, 1) }, { delete: elementOf(address) }];
}

export function shutCommands(): NftCommand[] {
  return ['open4', 'open6'].map((name) => ({ flush: { set: { ...INSIDE, name } } }));
}

function elementOf(address: AddressBytes, seconds?: number): NftCommand {
  const val = formatAddressBytes(address);
  const elem = seconds === undefined ? val : { elem: { val, timeout: seconds } };
  return { element: { ...INSIDE, name: `open${address.family}`, elem: [elem] } };
}

function contents(plan: FirewallPlan): NftCommand[] {
  const set = (name: string, type: string): NftCommand => ({
    add: { set: { ...INSIDE, name, type, flags: ['timeout'], size: MAX_OPEN } },
  });
  const chain = (name: string): NftCommand => ({
    // Before the machine's own filters: what is dropped here reaches none, what passes must pass them, too.
    add: { chain: { ...INSIDE, name, type: 'filter', hook: name, prio: -10, policy: 'accept' } },
  });
  const rule = (name: string, expr: readonly unknown[]): NftCommand => ({
    add: { rule: { ...INSIDE, chain: name, expr } },
  });
  return [
    set('open4', 'ipv4_addr'),
    set('open6', 'ipv6_addr'),
    chain('input'),
    chain('output'),
    ...inputRules(plan).map((expr) => rule('input', expr)),
    ...outputRules(plan).map((expr) => rule('output', expr)),
  ];
}

const ACCEPT = { accept: null };
const DROP = { drop: null };
const COUNTER = { counter: null };

function match(left: unknown, op: '==' | '!=' | 'in', right: unknown): unknown {
  return { match: { op, left, right } };
}

const field = (protocol: string, name: string): unknown => ({ payload: { protocol, field: name } });

/** First what is none of ours; what is left goes to the protected ports, and is dropped unless somebody let it in. */
function inputRules({ ports, allow }: FirewallPlan): unknown[][] {
  const handshake = { '&': [field('tcp', 'flags'), ['fin', 'syn', 'rst', 'ack']] };
  return [
    [match({ meta: { key: 'l4proto' } }, '!=', 'tcp'), ACCEPT],
    [match(field('tcp', 'dport'), '!=', { set: ports }), ACCEPT],
    [match({ meta: { key: 'iif' } }, '==', 'lo'), ACCEPT],
    // A SYN begins something new, also where conntrack still knows an old connection between the same ports. What
    // conntrack picks up in the middle is new to it, and dropped before it is remembered.
    [match(handshake, '!=', 'syn'), match({ ct: { key: 'state' } }, 'in', 'established'), ACCEPT],
    [match(field('ip', 'saddr'), '==', '@open4'), ACCEPT],
    [match(field('ip6', 'saddr'), '==', '@open6'), ACCEPT],
    ...allow.map((network) => [from(network), ACCEPT]),
    [COUNTER, DROP],
  ];
}

/** nft knows no network of no bits. */
function from(network: Network): unknown {
  if (network.bits === 0) return match({ meta: { key: 'nfproto' } }, '==', `ipv${network.family}`);
  const prefix = { addr: formatAddressBytes(network), len: network.bits };
  return match(field(network.family === 4 ? 'ip' : 'ip6', 'saddr'), '==', { prefix });
}

/**
 * No "port unreachable" about the knock port while nobody listens. An ICMP error belongs to the flow that it is about:
 * its ports are those that the machine itself has, also behind a redirection.
 */
function outputRules({ knockPort }: FirewallPlan): unknown[][] {
  return ['icmp', 'icmpv6'].map((protocol) => [
    match(field(protocol, 'type'), '==', 'destination-unreachable'),
    match({ ct: { key: 'protocol' } }, '==', 'udp'),
    match({ ct: { key: 'proto-src', dir: 'reply' } }, '==', knockPort),
    COUNTER,
    DROP,
  ]);
}
