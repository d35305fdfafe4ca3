import { chmodSync, closeSync, openSync, writeFileSync } from 'node:fs';
import { parseNetworks } from './base/addresses.ts';
import type { AuditLog } from './accounts/ports.ts';
import { type Clock, MINUTE, SECOND } from './base/clock.ts';
import { messageOf, SesameError } from './base/errors.ts';
import type { LoggerFactory } from './base/logger.ts';
import type { Settings } from './config/settings.ts';
import { Guard, type NewBlock } from './guard/guard.ts';
import { GuardKeeper } from './guard/guard-keeper.ts';
import type { GuardStore } from './guard/ports.ts';
import { Recovery } from './guard/recovery.ts';
import { ownAddresses } from './server/own-addresses.ts';

const SUSPECTS = 10_000;
/** Of blocks by score; more are counted only. */
const AUDITED_PER_MINUTE = 60;

interface GuardOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly loggers: LoggerFactory;
}

/** A guard that remembers nothing and has no PIN: for a server without a data folder. */
export function passingGuard({ settings, clock, loggers }: GuardOptions): Guard {
  // Balancers and proxies bring others, and what these do wrong is not theirs.
  const neverCounted = [
    networksOf(settings['guard.allow'], '--guard-allow'),
    networksOf(settings['proxy-from'], '--proxy-from'),
    networksOf(settings['http.proxies'], '--http-proxies'),
  ];
  return new Guard({
    isOn: settings['guard.enabled'],
    rules: {
      halfLife: settings['guard.half-life'] * SECOND,
      warnAt: settings['guard.warn-at'],
      blockAt: settings['guard.block-at'],
      blockTime: settings['guard.block-time'] * SECOND,
      maxBlockTime: settings['guard.max-block-time'] * SECOND,
    },
    size: SUSPECTS,
    isAllowed: thisMachineOr(anyOf(neverCounted), clock),
    clock,
    log: loggers('guard'),
  });
}

export interface RunningGuard {
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
  const pinFile = settings['guard.pin-file'];
  checkPinFile(pinFile);
  const guard = passingGuard(options);
  const keeper = stack.use(await GuardKeeper.open(guard, store, log));
  guard.onBlock(auditedBlocks(audit, clock));
  const recovery = await Recovery.open({
    ...{ guard, store, clock, log },
    onNewPin: (pin, why) => {
      // Who asked for it is given it; who used the last is not.
      if (why === 'used') tell(recoveryLine(pin));
      const fault = writePin(pinFile, pin);
      if (fault !== undefined) log.error('cannot write the recovery PIN', { file: pinFile, why: fault });
    },
  });
  return { guard, keeper, recovery };
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
function checkPinFile(path: string | undefined): void {
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

/** @throws `bad-setting` that names the flag */
export function networksOf(setting: string | undefined, flag: string): (address: string) => boolean {
  if (setting === undefined) return () => false;
  try {
    return parseNetworks(setting);
  } catch (error) {
    throw new SesameError('bad-setting', `${flag}: ${messageOf(error)}`, { cause: error });
  }
}
