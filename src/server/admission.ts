import { LOOPBACK_PREFIX } from '../base/addresses.ts';
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
