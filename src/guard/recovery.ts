import { type Clock, MINUTE, SECOND } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { hashPin, isPin, newPin } from '../crypto/pin-hash.ts';
import type { Guard } from './guard.ts';
import type { GuardStore } from './ports.ts';
import type { Subject } from './subject.ts';
import { Throttle } from './throttle.ts';

/** GUARD.md 4. */
const OF_ONE_SOURCE = { burst: 3, interval: 5 * MINUTE };
const OF_ALL = { burst: 10, interval: 3 * MINUTE };
const REMEMBERED_SOURCES = 10_000;
const PIN = /^\d{8}$/;

interface RecoveryParts {
  readonly guard: Guard;
  readonly store: GuardStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** There is a new PIN, which is nowhere else: because the last was used, or because somebody asked for it. */
  readonly onNewPin: (pin: string, why: 'used' | 'asked') => void;
}

export interface RecoveryCounts {
  readonly recovered: number;
  readonly wrong: number;
  readonly throttled: number;
}

/** Attempts are used up for now. */
export class TooManyAttempts extends SesameError {
  /** Until the next one may be made. */
  readonly seconds: number;

  constructor(seconds: number) {
    super('too-many-requests', `too many attempts: try again in ${seconds} seconds`);
    this.seconds = seconds;
  }
}

/** How who was blocked by mistake gets back in (GUARD.md 4). */
export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #throttle = new Throttle(OF_ONE_SOURCE, OF_ALL, REMEMBERED_SOURCES);
  readonly #counts = { recovered: 0, wrong: 0, throttled: 0 };
  #hash: string | undefined;
  /** One attempt is checked at a time: a PIN is good once. */
  #lastTurn: Promise<unknown> = Promise.resolve();

  private constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  static async open(parts: RecoveryParts): Promise<Recovery> {
    const { store, clock } = parts;
    const recovery = new Recovery(parts);
    recovery.#throttle.restore(await store.throttles(), clock.monotonic(), clock.now());
    recovery.#hash = (await store.pin())?.hash;
    return recovery;
  }

  get counts(): RecoveryCounts {
    return this.#counts;
  }

  /** Whether there is a PIN: none before the first has been asked for. */
  get hasPin(): boolean {
    return this.#hash !== undefined;
  }

  /** A new PIN in the place of the one that was. @returns the PIN, which is kept nowhere */
  async renew(why: 'used' | 'asked' = 'asked'): Promise<string> {
    const { store, clock, onNewPin } = this.#parts;
    const pin = newPin();
    const hash = await hashPin(pin);
    // Who asked for it learns where it cannot be told, and the one before stays good.
    if (why === 'asked') onNewPin(pin, why);
    await store.savePin({ hash, madeAt: clock.now() });
    this.#hash = hash;
    if (why === 'used') onNewPin(pin, why);
    return pin;
  }

  /**
   * Lets a source back in that has the PIN.
   *
   * @throws `too-many-requests`, as `TooManyAttempts`, before anything is computed; `wrong-pin`
   */
  async recover(source: Subject, pin: string): Promise<void> {
    const { store, clock, guard } = this.#parts;
    const now = clock.monotonic();
    const wait = this.#throttle.take(source, now);
    if (wait > 0) {
      this.#counts.throttled += 1;
      throw new TooManyAttempts(Math.ceil(wait / SECOND));
    }
    // On disk before it is checked: a restart forgives none.
    await store.saveThrottles(this.#throttle.rowsOf(source, now, clock.now()));
    const turn = this.#lastTurn.then(() => this.#use(source, pin));
    this.#lastTurn = turn.catch(() => undefined);
    if (await turn) return;
    this.#counts.wrong += 1;
    guard.offence(source, 'wrong-pin');
    throw new SesameError('wrong-pin', 'this is not the recovery PIN');
  }

  async #use(source: Subject, pin: string): Promise<boolean> {
    const { guard, log } = this.#parts;
    const isRight = this.#hash !== undefined && (await isPin(PIN.test(pin) ? pin : '', this.#hash));
    if (!isRight) return false;
    // It is used up before it opens anything.
    await this.renew('used');
    guard.unblock(source);
    this.#counts.recovered += 1;
    log.warning('let back in by the recovery PIN, which is used up', { who: source });
    return true;
  }
}
