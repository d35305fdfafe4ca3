import { isAddress } from '../base/addresses.ts';
import { SesameError } from '../base/errors.ts';

/** An address as bytes: 4 or 16 of them, as the family has it. */
export interface AddressBytes {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
}

export interface Network extends AddressBytes {
  /** How many leading bits count; those behind are 0. */
  readonly bits: number;
}

/** @throws `bad-setting` for what is no address, and for one with a zone */
export function parseAddressBytes(text: string): AddressBytes {
  if (!isAddress(text) || text.includes('%')) throw new SesameError('bad-setting', `"${text}" is no address`);
  return text.includes(':')
    ? { family: 6, bytes: bytesOfIpv6(text) }
    : { family: 4, bytes: Uint8Array.from(text.split('.'), Number) };
}

/** As tools and people take it; IPv6 without `::`. */
export function formatAddressBytes({ family, bytes }: AddressBytes): string {
  if (family === 4) return bytes.join('.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: 8 }, (_, i) => view.getUint16(2 * i).toString(16)).join(':');
}

/** Why the gate opens for no such address (docs/GATE.md 3.1); undefined where it may. */
export function whyNeverOpen({ family, bytes }: AddressBytes): string | undefined {
  const [first = 0] = bytes;
  if (bytes.every((byte) => byte === 0)) return 'an unspecified address';
  if (family === 4) {
    if (first === 127) return 'a loopback address';
    return first >> 4 === 0xe ? 'a multicast address' : undefined;
  }
  if (first === 0xff) return 'a multicast address';
  if (bytes.subarray(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return 'a loopback address';
  const mapped =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? 'an IPv4 address in the form of IPv6' : undefined;
}

/** @param text `10.1.0.0/16`, or an address alone. @throws `bad-setting` */
export function parseNetwork(text: string): Network {
  const [address = '', length, ...rest] = text.split('/');
  const { family, bytes } = parseAddressBytes(address);
  const most = bytes.length * 8;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : NaN;
  if (rest.length > 0 || !(bits <= most)) throw new SesameError('bad-setting', `"${text}" is no network`);
  const masked = bytes.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))));
  return { family, bytes: masked, bits };
}

export function formatNetwork(network: Network): string {
  return `${formatAddressBytes(network)}/${network.bits}`;
}

function bytesOfIpv6(text: string): Uint8Array {
  const [head = '', tail] = text.split('::');
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  const groups = [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Groups of 16 bits; an IPv4 address at the end is two. */
function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
