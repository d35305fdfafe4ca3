import { SECOND } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import type { Guard, GuardCounts } from './guard.ts';
import type { GuardKeeper } from './guard-keeper.ts';
import type { Recovery, RecoveryCounts } from './recovery.ts';
import { familyOf, parseSubject, type Subject } from './subject.ts';
import type { GuardRules } from './suspect.ts';
import { suspectListing, type SuspectListing } from './suspect-listing.ts';

/** Characters of the reason that an operator gives. */
export const LONGEST_REASON = 200;

interface GuardDeskParts {
  readonly guard: Guard;
  readonly keeper: GuardKeeper;
  readonly recovery: Recovery;
}

interface BlockRequest {
  /** As the operator wrote it. */
  readonly who: string;
  /** ms */
  readonly time: number;
  readonly reason: string | null;
  /** Who asks, and where from: with these the operator would lock himself out. */
  readonly asker: readonly (Subject | null)[];
}

/** The guard as operators see and change it: what is checked before stands here, whichever way they come. */
export class GuardDesk {
  readonly #parts: GuardDeskParts;

  constructor(parts: GuardDeskParts) {
    this.#parts = parts;
  }

  get isOn(): boolean {
    return this.#parts.guard.isOn;
  }

  get rules(): GuardRules {
    return this.#parts.guard.rules;
  }

  get counts(): GuardCounts {
    return this.#parts.guard.counts;
  }

  get sizes(): Guard['sizes'] {
    return this.#parts.guard.sizes;
  }

  get recoveries(): RecoveryCounts {
    return this.#parts.recovery.counts;
  }

  /** By what an address is counted, and a person; null where it never is. */
  askerOf(address: string, person: string): readonly (Subject | null)[] {
    const { guard } = this.#parts;
    return [guard.sourceOf(address), guard.user(person)];
  }

  isBlocked(who: Subject | null): boolean {
    return this.#parts.guard.blockedFor(who) > 0;
  }

  /** Blocks first, then by score. */
  list(): readonly SuspectListing[] {
    return this.#parts.guard.list().map(suspectListing);
  }

  /** On disk when it resolves. @throws `bad-setting`; `bad-request` for who asks */
  async block({ who, time, reason, asker }: BlockRequest): Promise<{ who: Subject; seconds_left: number }> {
    const { guard, keeper } = this.#parts;
    const subject = parseSubject(who);
    this.#checkBlockable(subject);
    if (asker.includes(subject)) {
      throw new SesameError(
        'bad-request',
        `${subject} is you: you would lock yourself out. Do it from another address, or on the server with sesamed guard block`,
      );
    }
    guard.block(subject, time, reason);
    await keeper.save();
    return { who: subject, seconds_left: Math.ceil(guard.blockedFor(subject) / SECOND) };
  }

  /** Forgets score and block, on disk too. @throws `bad-setting`; `not-found` */
  async unblock(who: string): Promise<Subject> {
    const { guard, keeper } = this.#parts;
    const subject = parseSubject(who);
    const wasThere = guard.unblock(subject);
    await keeper.save();
    if (!wasThere) throw new SesameError('not-found', `the guard remembers nothing of ${subject}`);
    return subject;
  }

  /** A new recovery PIN, which is kept nowhere. */
  newPin(): Promise<string> {
    return this.#parts.recovery.renew();
  }

  /** What is never refused must not look as if it were. */
  #checkBlockable(who: Subject): void {
    const { guard } = this.#parts;
    if (!guard.isOn) throw new SesameError('bad-setting', 'the guard is off: sesamed serve --guard on');
    const address = who.replace(/\/64$/, '');
    if (familyOf(who) !== 'identity' && guard.sourceOf(address) === null) {
      throw new SesameError(
        'bad-setting',
        `${who} is never blocked: it is this machine's, or guard.allow names it`,
      );
    }
  }
}
