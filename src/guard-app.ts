import { chmodSync, closeSync, openSync, writeFileSync } from 'node:fs';
import { parseNetworks } from './base/addresses.ts';
import type { AuditLog } from './accounts/ports.ts';
import { type Clock, MINUTE, SECOND } from './base/clock.ts';
import { messageOf, SesameError } from './base/errors.ts';
import type { LoggerFactory } from './base/logger.ts';
import { remade } from './base/remade.ts';
import type { Settings } from './config/settings.ts';
import { Guard, type NewBlock } from './guard/guard.ts';
import { GuardKeeper } from './guard/guard-keeper.ts';
import type { GuardStore } from './guard/ports.ts';
import { Recovery } from './guard/recovery.ts';
import type { GuardRules } from './guard/suspect.ts';
import type { Prepared, Reloadable } from './reload.ts';
import { ownAddresses } from './server/own-addresses.ts';

const SUSPECTS = 10_000;
/** Of blocks by score; more are counted only. */
const AUDITED_PER_MINUTE = 60;

interface GuardOptions {
  /** As they are just now: a reload changes them. */
  readonly settings: Settings;
  readonly clock: Clock;
  readonly loggers: LoggerFactory;
}

/** A guard that remembers nothing and has no PIN: for a server without a data folder. */
export function passingGuard({ settings, clock, loggers }: GuardOptions): Guard {
  // Balancers and proxies bring others, and what these do wrong is not theirs.
  const neverCounted = [
    networksOf(() => settings['guard.allow']),
    networksOf(() => settings['proxy-from']),
    networksOf(() => settings['http.proxies']),
  ];
  return new Guard({
    get isOn() {
      return settings['guard.enabled'];
    },
    rules: guardRules(settings),
    size: SUSPECTS,
    isAllowed: thisMachineOr(anyOf(neverCounted), clock),
    clock,
    log: loggers('guard'),
  });
}

/** As the settings have them just now. */
function guardRules(settings: Settings): GuardRules {
  return {
    get halfLife() {
      return settings['guard.half-life'] * SECOND;
    },
    get warnAt() {
      return settings['guard.warn-at'];
    },
    get blockAt() {
      return settings['guard.block-at'];
    },
    get blockTime() {
      return settings['guard.block-time'] * SECOND;
    },
    get maxBlockTime() {
      return settings['guard.max-block-time'] * SECOND;
    },
  };
}

export interface RunningGuard extends Reloadable {
  readonly guard: Guard;
  readonly keeper: GuardKeeper;
  readonly recovery: Recovery;
}

interface RunningGuardOptions extends GuardOptions {
  readonly store: GuardStore;
  readonly audit: AuditLog;
  /** Says something to whoever has the server's terminal. */
  readonly tell: (text: string) => void;
}

/** The guard as the last run left it, kept from now on. @throws `guard-state` */
export async function startGuard(
  options: RunningGuardOptions,
  stack: AsyncDisposableStack,
): Promise<RunningGuard> {
  const { settings, store, audit, clock, loggers, tell } = options;
  const log = loggers('guard');
  checkPinFile(settings);
  const guard = passingGuard(options);
  const keeper = stack.use(await GuardKeeper.open(guard, store, log));
  guard.onBlock(auditedBlocks(audit, clock));
  const recovery = await Recovery.open({
    ...{ guard, store, clock, log },
    onNewPin: (pin, why) => {
      // Who asked for it is given it; who used the last is not.
      if (why === 'used') tell(recoveryLine(pin));
      const pinFile = settings['guard.pin-file'];
      const fault = writePin(pinFile, pin);
      if (fault !== undefined) log.error('cannot write the recovery PIN', { file: pinFile, why: fault });
    },
  });
  const prepare = (next: Settings): Prepared => {
    checkPinFile(next);
    return {
      commit: async () => {
        // Switched on only now, it has none yet.
        if (guard.isOn && !recovery.hasPin) tell(recoveryLine(await recovery.renew()));
      },
    };
  };
  return { guard, keeper, recovery, prepare };
}

/** What is said of a new PIN, once. */
export function recoveryLine(pin: string): string {
  return `recovery PIN ${pin}: lets an address back in that the guard has blocked, once; it is not shown again`;
}

function auditedBlocks(audit: AuditLog, clock: Clock): (block: NewBlock) => void {
  let minute = 0;
  let count = 0;
  return ({ who, by, time, reason }) => {
    // Who does it by hand notes it himself, with his name.
    if (by === 'operator') return;
    const now = Math.floor(clock.monotonic() / MINUTE);
    count = now === minute ? count + 1 : 1;
    minute = now;
    if (count > AUDITED_PER_MINUTE) return;
    const detail = `${Math.ceil(time / SECOND)} s, ${reason ?? ''}`;
    const entry = {
      actor: 'guard',
      address: null,
      action: 'guard.block',
      target: who,
      outcome: 'done',
      detail,
    } as const;
    audit.record({ time: clock.now(), ...entry }).catch(() => undefined);
  };
}

/** @returns what went wrong, if anything did: the PIN is good all the same */
function writePin(path: string | undefined, pin: string): string | undefined {
  if (path === undefined) return undefined;
  try {
    writeFileSync(path, `${pin}\n`, { mode: 0o600 });
    chmodSync(path, 0o600);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** A file that cannot be written is found out before there is a PIN to lose. @throws `bad-setting` */
function checkPinFile({ 'guard.pin-file': path }: Settings): void {
  if (path === undefined) return;
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw new SesameError('bad-setting', `--guard-pin-file: ${messageOf(error)}`, { cause: error });
  }
}

function anyOf(tests: readonly ((address: string) => boolean)[]): (address: string) => boolean {
  return (address) => tests.some((test) => test(address));
}

/** The local operator is never shut out, whichever of this machine's addresses he uses. */
export function thisMachineOr(
  isAllowed: (address: string) => boolean,
  clock: Clock,
): (address: string) => boolean {
  const isOwn = ownAddresses(clock);
  return (address) => isOwn(address) || isAllowed(address);
}

/** Whether an address is in the networks of a setting, as it is just now; in none where it is not set. */
export function networksOf(setting: () => string | undefined): (address: string) => boolean {
  const networks = remade(setting, (given) => (given === undefined ? () => false : parseNetworks(given)));
  return (address) => networks()(address);
}
