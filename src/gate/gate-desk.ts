import { isAddress, plainAddress } from '../base/addresses.ts';
import { type Clock, DAY } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { parseAddressBytes, whyNeverOpen } from './address-bytes.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { openingListing, type GateListing, type OpeningListing } from './gate-listing.ts';

/** How long an operator may let somebody in, ms. */
export const LONGEST_OPENING = DAY;

interface GateDeskParts {
  /** Null where the gate is off, no server runs, or its rules do not stand yet. */
  readonly keeper: () => Gatekeeper | null;
  /** The knock port; null where nothing is to be knocked at. */
  readonly port: () => number | null;
  /** How long an opening lasts that nobody says more of, ms. */
  readonly openTime: number;
  readonly clock: Clock;
}

/** The gate as operators see and change it: what is checked before stands here, whichever way they come. */
export class GateDesk {
  readonly #parts: GateDeskParts;

  constructor(parts: GateDeskParts) {
    this.#parts = parts;
  }

  /** Null where there is no gate. */
  get keeper(): Gatekeeper | null {
    return this.#parts.keeper();
  }

  get port(): number | null {
    return this.#parts.port();
  }

  get openTime(): number {
    return this.#parts.openTime;
  }

  /** @throws `not-found` where there is no gate */
  list(): GateListing {
    const keeper = this.#running();
    const now = this.#parts.clock.monotonic();
    return {
      driver: keeper.driver,
      fault: keeper.fault ?? null,
      open: keeper.list().map((opening) => openingListing(opening, now)),
    };
  }

  /**
   * @param time ms; null for as long as a knock opens
   * @param by `operator`, or `operator NAME`
   * @throws `bad-setting`; `not-found`; `gate-failed`
   */
  async open(address: string, time: number | null, by: string): Promise<OpeningListing> {
    const { openTime, clock } = this.#parts;
    const opening = await this.#running().open(addressOf(address), time ?? openTime, by);
    return openingListing(opening, clock.monotonic());
  }

  /** @returns the address. @throws `bad-setting`; `not-found`; `gate-failed` */
  async close(text: string, by: string): Promise<string> {
    const address = addressOf(text);
    if (await this.#running().close(address, by)) return address;
    throw new SesameError('not-found', `${address} is not let in`);
  }

  #running(): Gatekeeper {
    const { keeper } = this;
    if (keeper) return keeper;
    throw new SesameError('not-found', 'there is no gate here: sesamed serve --gate simple shuts it');
  }
}

/** One address that somebody can come from, never a network. @throws `bad-setting` */
function addressOf(text: string): string {
  if (!isAddress(text) || text.includes('%')) {
    throw new SesameError('bad-setting', `"${text}" is no address: give one as 192.0.2.7 or 2001:db8::7`);
  }
  const address = plainAddress(text);
  const why = whyNeverOpen(parseAddressBytes(address));
  if (why !== undefined)
    throw new SesameError('bad-setting', `${text} is ${why}: the gate opens for no such`);
  return address;
}
