import type { Clock } from '../base/clock.ts';
import { isAddress, plainAddress } from '../base/addresses.ts';
import { SesameError } from '../base/errors.ts';
import type { Gatekeeper } from '../gate/gatekeeper.ts';
import type { Opening } from '../gate/gate.ts';
import type { Guard, GuardEntry } from '../guard/guard.ts';
import type { GuardKeeper } from '../guard/guard-keeper.ts';
import type { Recovery } from '../guard/recovery.ts';
import { parseSubject } from '../guard/subject.ts';
import type { ControlRequest } from './control-protocol.ts';

/** What operations on guard and gate work with. */
export interface DoorOperator {
  readonly guard: Guard;
  readonly keeper: GuardKeeper;
  readonly recovery: Recovery;
  /** Null where the gate is off, or no server runs. */
  readonly gate: Gatekeeper | null;
  /** How long an opening lasts that nobody says more of, ms. */
  readonly openTime: number;
  readonly clock: Clock;
}

/** Somebody as `sesamed guard ls` shows him; also its JSON. */
export interface SuspectListing {
  readonly who: string;
  readonly state: 'noted' | 'warned' | 'blocked';
  readonly score: number;
  readonly seconds_left: number | null;
  readonly by: 'score' | 'operator' | null;
  readonly reason: string | null;
  readonly blocks: number;
}

/** An address that is let in as `sesamed gate ls` shows it; also its JSON. Times are ISO 8601. */
export interface OpeningListing {
  readonly address: string;
  readonly by: string;
  readonly since: string;
  readonly seconds_left: number;
}

export interface GateListing {
  readonly driver: string;
  readonly fault: string | null;
  readonly open: readonly OpeningListing[];
}

export type DoorRequest = Extract<ControlRequest, { op: `${'guard' | 'gate'}.${string}` }>;

/** Guard and gate. @throws `bad-setting`; `not-found`; `gate-failed` */
export async function carryOutOnDoors(request: DoorRequest, operator: DoorOperator): Promise<unknown> {
  const { guard, keeper, recovery } = operator;
  switch (request.op) {
    case 'guard.ls':
      return guard.list().map(suspectListing);
    case 'guard.block': {
      const who = parseSubject(request.who);
      guard.block(who, request.time, request.reason);
      await keeper.save();
      return { blocked: who, seconds: Math.ceil(guard.blockedFor(who) / 1000) };
    }
    case 'guard.unblock': {
      const who = parseSubject(request.who);
      const wasThere = guard.unblock(who);
      await keeper.save();
      if (!wasThere) throw new SesameError('not-found', `the guard remembers nothing of ${who}`);
      return { forgotten: who };
    }
    case 'guard.pin':
      return { pin: await recovery.renew() };
    case 'gate.ls':
      return gateListing(gateOf(operator), operator.clock);
    case 'gate.open': {
      const opening = await gateOf(operator).open(
        addressOf(request.address),
        request.time ?? operator.openTime,
        'operator',
      );
      return openingListing(opening, operator.clock);
    }
    case 'gate.close': {
      const address = addressOf(request.address);
      if (!(await gateOf(operator).close(address, 'operator'))) {
        throw new SesameError('not-found', `${address} is not let in`);
      }
      return { closed: address };
    }
  }
}

export function suspectListing({ who, state, score, left, by, reason, strikes }: GuardEntry): SuspectListing {
  return {
    ...{ who, state, by, reason, blocks: strikes },
    score: Math.round(score * 10) / 10,
    seconds_left: left === null ? null : Math.ceil(left / 1000),
  };
}

export function gateListing(gate: Gatekeeper, clock: Clock): GateListing {
  return {
    driver: gate.driver,
    fault: gate.fault ?? null,
    open: gate.list().map((opening) => openingListing(opening, clock)),
  };
}

function openingListing({ address, by, since, until }: Opening, clock: Clock): OpeningListing {
  return {
    ...{ address, by },
    since: new Date(since).toISOString(),
    seconds_left: Math.ceil((until - clock.monotonic()) / 1000),
  };
}

function gateOf({ gate }: DoorOperator): Gatekeeper {
  if (gate) return gate;
  throw new SesameError('not-found', 'there is no gate here: sesamed serve --gate simple shuts it');
}

/** One address, never a network. @throws `bad-setting` */
function addressOf(text: string): string {
  if (!isAddress(text) || text.includes('%')) {
    throw new SesameError('bad-setting', `"${text}" is no address: give one as 192.0.2.7 or 2001:db8::7`);
  }
  return plainAddress(text);
}
