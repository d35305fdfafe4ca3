import { readFileSync } from 'node:fs';
import { SesameError } from '../base/errors.ts';
import type { FirewallKind } from './driver.ts';

/** Numbers of Linux capabilities (capabilities(7)). */
const NUMBERS = { net_admin: 12, net_raw: 13 } as const;
export type Capability = keyof typeof NUMBERS;

/** What a helper may hold: iptables opens a raw socket for its set match, and for everything where it is the legacy one. */
export const NEEDED: Readonly<Record<FirewallKind, readonly Capability[]>> = {
  nftables: ['net_admin'],
  iptables: ['net_admin', 'net_raw'],
};

/** The capabilities of a process, a bit each. */
export interface CapabilitySets {
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
}

/** @param status as /proc/PID/status has it */
export function parseCapabilities(status: string): CapabilitySets {
  const field = (name: string): bigint => {
    const hex = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1];
    if (hex === undefined)
      throw new SesameError('gate-failed', `/proc/self/status has no ${name}: is this Linux?`);
    return BigInt(`0x${hex}`);
  };
  return {
    effective: field('CapEff'),
    permitted: field('CapPrm'),
    inheritable: field('CapInh'),
    ambient: field('CapAmb'),
  };
}

/** @throws `gate-failed` where this is not Linux */
export function ownCapabilities(): CapabilitySets {
  try {
    return parseCapabilities(readFileSync('/proc/self/status', 'utf8'));
  } catch (error) {
    if (error instanceof SesameError) throw error;
    throw new SesameError('gate-failed', 'a firewall driver needs Linux: use --gate simple', {
      cause: error,
    });
  }
}

export function has(set: bigint, capability: Capability): boolean {
  return (set & (1n << BigInt(NUMBERS[capability]))) !== 0n;
}

/**
 * Holds a helper to the least: it must have what it needs, and nothing beside that (docs/GATE.md 3).
 * @throws `gate-failed`
 */
export function checkPrivileges(kind: FirewallKind, sets: CapabilitySets): void {
  const needed = NEEDED[kind];
  const names = needed.map((name) => `CAP_${name.toUpperCase()}`).join(' and ');
  const missing = needed.filter((name) => !has(sets.effective, name));
  if (missing.length > 0)
    throw new SesameError('gate-failed', `the gate's helper for ${kind} needs ${names}`);
  const allowed = needed.reduce((bits, name) => bits | (1n << BigInt(NUMBERS[name])), 0n);
  const held = sets.effective | sets.permitted | sets.inheritable | sets.ambient;
  if ((held & ~allowed) !== 0n) {
    throw new SesameError(
      'gate-failed',
      `the gate's helper for ${kind} runs with ${names} and nothing else: let the server or "sesamed gate helper" start it`,
    );
  }
}
