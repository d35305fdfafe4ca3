import { networkInterfaces } from 'node:os';
import { plainAddress } from '../base/addresses.ts';
import { type Clock, SECOND } from '../base/clock.ts';

const LOOK_AGAIN = 10 * SECOND;

/**
 * Whether an address is one of this machine: who comes from there over TCP sits at it, whatever address he used. Looked
 * up again now and then, for addresses come and go.
 */
export function ownAddresses(clock: Clock): (address: string) => boolean {
  let known = new Set<string>();
  let lookedAt = -Infinity;
  return (address) => {
    const now = clock.monotonic();
    if (now - lookedAt > LOOK_AGAIN) {
      lookedAt = now;
      const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      known = new Set(all.map((one) => plainAddress(one.address)));
    }
    return known.has(plainAddress(address));
  };
}
