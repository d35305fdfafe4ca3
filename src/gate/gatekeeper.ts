import { type Clock, HOUR, MINUTE, SECOND } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { GateDriver } from './driver.ts';
import type { Gate, Opening } from './gate.ts';
import type { AuthenticKnock, KnockStore } from './ports.ts';

/** How far the clocks of both sides may differ (PROTOCOL.md part 3). */
export const KNOCK_WINDOW = MINUTE;
/** Nonces are kept for longer than their knocks are good: a clock may be set back. */
const KEPT_FOR = HOUR;
const KNOCKS_PER_MINUTE = 60;
/** Of one join line, which may be that of many machines; each of their addresses has the 60 of a client. */
const KNOCKS_OF_LINE_PER_MINUTE = 600;

/** What became of a message, or of a word. */
export type KnockOutcome =
  | 'opened'
  | 'closed'
  | 'malformed'
  | 'forged'
  | 'stale'
  | 'elsewhere'
  | 'replayed'
  | 'unknown'
  | 'too-many'
  | 'blocked'
  | 'failed';

interface GatekeeperParts {
  readonly gate: Gate;
  readonly driver: GateDriver;
  readonly store: KnockStore;
  /** How long a knock opens, ms. */
  readonly openTime: number;
  /** Whether the guard keeps this address out, whatever it knocks. */
  readonly isBlocked: (address: string) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens and closes the gate, for who knocked and for operators; counts what came of knocks. */
export class Gatekeeper {
  readonly #parts: GatekeeperParts;
  readonly #outcomes = new Map<KnockOutcome, number>();
  /** Knocks of each id in this minute. */
  readonly #knocks = new Map<string, number>();
  #minute = 0;

  constructor(parts: GatekeeperParts) {
    this.#parts = parts;
  }

  get outcomes(): ReadonlyMap<KnockOutcome, number> {
    return this.#outcomes;
  }

  /** Connections that were not let in. */
  get refused(): number {
    return this.#parts.gate.refused;
  }

  /** What keeps the gate from opening just now. */
  get fault(): string | undefined {
    return this.#parts.driver.fault;
  }

  get driver(): GateDriver['kind'] {
    return this.#parts.driver.kind;
  }

  count(outcome: KnockOutcome, times = 1): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + times);
  }

  /** One whose MAC, time and address are right. */
  async knock(knock: AuthenticKnock): Promise<KnockOutcome> {
    const outcome = await this.#judge(knock).catch((error: unknown): KnockOutcome => {
      this.#parts.log.error('a knock came to nothing', { address: knock.address, why: messageOf(error) });
      return 'failed';
    });
    this.count(outcome);
    return outcome;
  }

  /** @param time ms. @throws `gate-failed` */
  async open(address: string, time: number, by: string): Promise<Opening> {
    const { gate, driver, log } = this.#parts;
    // The longest of what was said holds; the driver knows the last only.
    await driver.open(address, Math.ceil(Math.max(time, gate.leftFor(address)) / SECOND));
    const opening = gate.open(address, time, by);
    log.info('opened', { address: opening.address, by, seconds: Math.ceil(time / SECOND) });
    return opening;
  }

  /** @returns whether it was open. @throws `gate-failed`; to new connections it is shut all the same */
  async close(address: string, by: string): Promise<boolean> {
    const { gate, driver, log } = this.#parts;
    const wasOpen = gate.close(address);
    await driver.close(address);
    if (wasOpen) log.info('closed', { address, by });
    return wasOpen;
  }

  list(): readonly Opening[] {
    return this.#parts.gate.list();
  }

  /** The driver has begun anew, with nothing open. */
  async reopen(): Promise<void> {
    const { gate, driver, clock, log } = this.#parts;
    for (const { address, until } of gate.list()) {
      const seconds = Math.ceil((until - clock.monotonic()) / SECOND);
      if (seconds < 1) continue;
      await driver.open(address, seconds).catch((error: unknown) => {
        log.error('cannot open again', { address, why: messageOf(error) });
      });
    }
  }

  async #judge(knock: AuthenticKnock): Promise<KnockOutcome> {
    const { store, isBlocked, clock, openTime } = this.#parts;
    const { address, action } = knock;
    if (isBlocked(address)) return 'blocked';
    if (!this.#mayKnock(knock)) return 'too-many';
    const now = clock.now();
    const taking = await store.take(knock, now, now - KNOCK_WINDOW - KEPT_FOR);
    if (taking.outcome !== 'taken') return taking.outcome;
    const by = `${knock.by === 'client' ? 'client' : 'join line'} ${taking.name}`;
    if (action === 'open') await this.open(address, openTime, by);
    else await this.close(address, by);
    return action === 'open' ? 'opened' : 'closed';
  }

  #mayKnock({ by, id, address }: AuthenticKnock): boolean {
    const minute = Math.floor(this.#parts.clock.monotonic() / MINUTE);
    if (minute !== this.#minute) this.#knocks.clear();
    this.#minute = minute;
    const who = Buffer.from(id).toString('hex');
    if (by === 'client') return this.#count(who) <= KNOCKS_PER_MINUTE;
    // What a line has used up is not counted for its addresses: the table stays as small as the line's share.
    return (
      this.#count(who) <= KNOCKS_OF_LINE_PER_MINUTE && this.#count(`${who} ${address}`) <= KNOCKS_PER_MINUTE
    );
  }

  #count(who: string): number {
    const count = (this.#knocks.get(who) ?? 0) + 1;
    this.#knocks.set(who, count);
    return count;
  }
}
