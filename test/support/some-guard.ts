// A guard with the rules that it has by default, and a clock that a test moves.
import { parseNetworks } from '../../src/base/addresses.ts';
import { Guard } from '../../src/guard/guard.ts';
import type { GuardRules } from '../../src/guard/suspect.ts';
import { FakeClock } from './fake-clock.ts';
import { RecordingLogger } from './recording-logger.ts';

export const RULES: GuardRules = {
  halfLife: 60_000,
  warnAt: 10,
  blockAt: 20,
  blockTime: 15_000,
  maxBlockTime: 600_000,
};

export interface SomeGuard {
  readonly guard: Guard;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
}

export function someGuard(
  options: {
    readonly size?: number;
    readonly allow?: string;
    readonly isOn?: boolean;
    clock?: FakeClock;
  } = {},
): SomeGuard {
  const { size = 10_000, allow, isOn = true, clock = new FakeClock() } = options;
  const log = new RecordingLogger();
  const isAllowed = allow === undefined ? () => false : parseNetworks(allow);
  return { guard: new Guard({ isOn, rules: RULES, size, isAllowed, clock, log }), clock, log };
}
