import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { SesameError } from './errors.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** What all addresses of this machine to itself are counted by. */
export const LOOPBACK_PREFIX = 'loopback';

/** What addresses are counted by: `192.0.2.1`, an IPv6 /64 as `2001:db8:0:1::/64` (RFC 5952); all of loopback is one. */
export function prefixOf(address: string): string {
  const plain = plainAddress(address);
  if (isLoopback(plain)) return LOOPBACK_PREFIX;
  return isIPv4(plain) ? plain : `${plainAddress(`${firstGroups(plain, 4)}::`)}/64`;
}

/** What one holder of addresses has at least: `192.0.2.0/24`, an IPv6 /48 as `2001:db8::/48`; all of loopback is one. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (isLoopback(plain)) return LOOPBACK_PREFIX;
  if (isIPv4(plain)) return plain.replace(/\d+$/, '0/24');
  return `${plainAddress(`${firstGroups(plain, 3)}::`)}/48`;
}

export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return isIP(plain) !== 0 && loopback.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

/**
 * An address written the one way in which it is compared: an IPv4 address that an IPv6 socket reports as `::ffff:1.2.3.4`
 * as itself, IPv6 as RFC 5952 has it, without a zone. What is no address comes back as it is.
 */
export function plainAddress(address: string): string {
  const [plain = address] = address.split('%');
  if (!isIPv6(plain)) return plain;
  const { address: canonical } = new SocketAddress({ address: plain, family: 'ipv6' });
  return canonical.startsWith('::ffff:') && canonical.includes('.')
    ? canonical.slice('::ffff:'.length)
    : canonical;
}

/** @param count of 16 bits each, at most 4 */
function firstGroups(address: string, count: number): string {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const behind = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + behind < 8 && groups.length < 4) groups.push('0');
    groups.push(...(tail === '' ? [] : tail.split(':')));
  }
  return groups
    .slice(0, count)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/**
 * @param networks `10.1.0.0/16,2001:db8::/32`
 * @returns whether an address is in one of them
 * @throws `bad-setting`
 */
export function parseNetworks(networks: string): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks.split(',')) addNetwork(list, network.trim());
  return (address) => {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
  };
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits, ...rest] = network.split('/');
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const maxBits = family === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? maxBits : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (
    rest.length > 0 ||
    (!isIPv4(address) && (!isIPv6(address) || address.includes('%'))) ||
    !(prefix <= maxBits)
  ) {
    throw new SesameError('bad-setting', `"${network}" is no network: give for example 10.1.0.0/16`);
  }
  list.addSubnet(address, prefix, family);
}
