import { BlockList, isIP, isIPv4 } from 'node:net';
import { LIMITS } from './limits.ts';

/** A connection as admission sees it. */
export interface Admitted {
  readonly prefix: string;
  /** Ends it at once, to make room. */
  evict(): void;
}

interface AdmissionLimits {
  readonly connections: number;
  readonly unproven: number;
  readonly perPrefix: number;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Who gets in before anything is known of them. Peers that have not yet made a request that succeeded share a bounded
 * number of places, and the one that has been at it for longest makes room: a flood of slow connections pushes itself
 * out, while a client that comes to the point is served.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #byPrefix = new Map<string, number>();
  /** In the order they came. */
  readonly #unproven = new Set<Admitted>();
  #connections = 0;

  constructor(limits: AdmissionLimits = LIMITS) {
    this.#limits = limits;
  }

  get connections(): number {
    return this.#connections;
  }

  /** @returns false to turn it away */
  admit(peer: Admitted): boolean {
    const { connections, unproven, perPrefix } = this.#limits;
    const fromPrefix = this.#byPrefix.get(peer.prefix) ?? 0;
    if (fromPrefix >= perPrefix && peer.prefix !== LOOPBACK_PREFIX) return false;
    if (this.#connections >= connections && this.#unproven.size === 0) return false;
    if (this.#unproven.size >= unproven || this.#connections >= connections) this.#evictOldest();
    this.#connections += 1;
    this.#byPrefix.set(peer.prefix, fromPrefix + 1);
    this.#unproven.add(peer);
    return true;
  }

  /** It made a request that succeeded. */
  prove(peer: Admitted): void {
    this.#unproven.delete(peer);
  }

  leave(peer: Admitted): void {
    this.#unproven.delete(peer);
    this.#connections -= 1;
    const left = (this.#byPrefix.get(peer.prefix) ?? 1) - 1;
    if (left > 0) this.#byPrefix.set(peer.prefix, left);
    else this.#byPrefix.delete(peer.prefix);
  }

  #evictOldest(): void {
    const [oldest] = this.#unproven;
    if (!oldest) return;
    this.#unproven.delete(oldest);
    oldest.evict();
  }
}

const LOOPBACK_PREFIX = 'loopback';

/** What addresses are counted by: an IPv4 address, an IPv6 /64; all of loopback is one. */
export function prefixOf(address: string): string {
  const plain = plainAddress(address);
  if (isLoopback(plain)) return LOOPBACK_PREFIX;
  return isIPv4(plain) ? plain : `${first64Bits(plain)}/64`;
}

export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return isIP(plain) !== 0 && loopback.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

/** An IPv4 address that an IPv6 socket reports as `::ffff:1.2.3.4`, as itself; a zone is dropped. */
export function plainAddress(address: string): string {
  const [plain = address] = address.split('%');
  return plain.startsWith('::ffff:') && plain.includes('.') ? plain.slice('::ffff:'.length) : plain;
}

function first64Bits(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const behind = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + behind < 8 && groups.length < 4) groups.push('0');
    groups.push(...(tail === '' ? [] : tail.split(':')));
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
