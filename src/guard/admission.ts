import { LOOPBACK_PREFIX } from '../base/addresses.ts';

/** A connection as admission sees it. */
export interface Admitted {
  /** What it is counted by. */
  readonly prefix: string;
  /** Ends it at once, to make room. */
  evict(): void;
}

/** Looked at for each: who gives getters may change them. */
export interface AdmissionLimits {
  readonly connections: number;
  /** Of them, those that have not yet made a request that succeeded. */
  readonly unproven: number;
  /** From one source; loopback is not counted. */
  readonly perPrefix: number;
}

/** From this part of the cap on, some are turned away. */
const EARLY = 0.8;

/**
 * Who gets in before anything is known of them (GUARD.md 5). Peers that have not yet proved themselves share a bounded
 * number of places, and the one that has been at it for longest makes room: a flood of slow connections pushes itself
 * out, while a client that comes to the point is served. Near the cap of all, chance decides (random early drop): most
 * of the drops are those of whoever tries most.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #random: () => number;
  readonly #byPrefix = new Map<string, number>();
  /** In the order they came. */
  readonly #unproven = new Set<Admitted>();
  #connections = 0;

  /** @param random from 0 to below 1 */
  constructor(limits: AdmissionLimits, random: () => number = Math.random) {
    this.#limits = limits;
    this.#random = random;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Of one source, open now. */
  countOf(prefix: string): number {
    return this.#byPrefix.get(prefix) ?? 0;
  }

  /** @returns false to turn it away */
  admit(peer: Admitted): boolean {
    const { unproven, perPrefix } = this.#limits;
    const fromPrefix = this.countOf(peer.prefix);
    if (fromPrefix >= perPrefix && peer.prefix !== LOOPBACK_PREFIX) return false;
    if (this.#random() < this.#dropChance()) return false;
    if (this.#unproven.size >= unproven) this.#evictOldest();
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

  /** From 0 at four fifths of the cap to 1 at the cap. */
  #dropChance(): number {
    const { connections } = this.#limits;
    const early = Math.floor(connections * EARLY);
    return (this.#connections - early) / (connections - early);
  }

  #evictOldest(): void {
    const [oldest] = this.#unproven;
    if (!oldest) return;
    this.#unproven.delete(oldest);
    oldest.evict();
  }
}
