import { isLoopback } from './base/addresses.ts';
import type { AuditLog } from './accounts/ports.ts';
import { type Clock, SECOND } from './base/clock.ts';
import { SesameError } from './base/errors.ts';
import type { LoggerFactory } from './base/logger.ts';
import type { Settings } from './config/settings.ts';
import { connectToGateHelper } from './control/gate-socket.ts';
import { driverToCome, simpleDriver, type GateDriver } from './gate/driver.ts';
import { startFirewallDriver } from './gate/firewall-driver.ts';
import { Gate } from './gate/gate.ts';
import { Gatekeeper } from './gate/gatekeeper.ts';
import { KnockCheck } from './gate/knock-check.ts';
import type { KnockStore } from './gate/ports.ts';
import { networksOf, thisMachineOr } from './guard-app.ts';
import type { Guard } from './guard/guard.ts';
import type { Recovery } from './guard/recovery.ts';
import { KnockDoor } from './server/knock-door.ts';
import { KnockListener, type KnockListenerOptions } from './server/knock-listener.ts';
import { chooseKnockPort, type PortChoice } from './server/port-choice.ts';
import { recoverOverTls } from './server/recovery-over-tls.ts';
import type { v4SecureContext } from './server/tls-upgrade.ts';

/** Shut from the first moment on; undefined where there is to be none. @throws `bad-setting` */
export function makeGate(settings: Settings, clock: Clock): Gate | undefined {
  if (settings['gate.driver'] === 'off') return undefined;
  const isAllowed = networksOf(() => settings['gate.allow']);
  if (isAllowed('255.255.255.254') && isAllowed('1.0.0.1')) {
    throw new SesameError('bad-setting', '--gate-allow lets everybody in: that is no gate');
  }
  return new Gate({ isAllowed: thisMachineOr(isAllowed, clock), clock });
}

interface GateOptions {
  readonly settings: Settings;
  /** What `makeGate` made. */
  readonly gate: Gate | undefined;
  readonly guard: Guard;
  readonly recovery: Recovery;
  readonly store: KnockStore;
  readonly audit: AuditLog;
  /** Of which the knock keys of clients are made, 32 bytes. */
  readonly secret: Uint8Array;
  readonly secureContext: ReturnType<typeof v4SecureContext>;
  /** Where the transfer port is bound. */
  readonly hosts: readonly string[];
  /** The ports that it protects. */
  readonly ports: readonly number[];
  readonly clock: Clock;
  readonly loggers: LoggerFactory;
}

export interface RunningGate {
  /** Null where the gate is off. */
  readonly keeper: Gatekeeper | null;
  /** Null where nothing is to be knocked at. */
  readonly listener: KnockListener | null;
}

/** The knock port listens, and the rules stand, when it resolves. @throws `gate-failed`; `port-taken`; `bad-setting` */
export async function startGate(options: GateOptions, stack: AsyncDisposableStack): Promise<RunningGate> {
  const { settings, gate, guard, clock, loggers, hosts } = options;
  const log = loggers('gate');
  const port = chooseKnockPort(settings['gate.port']);
  const kind = settings['gate.driver'];
  if (!gate || kind === 'off') {
    // Who cannot be blocked needs no way back.
    if (!settings['guard.enabled'] || hosts.every(isLoopback)) return { keeper: null, listener: null };
    const door = makeDoor(options, null);
    return { keeper: null, listener: stack.use(await startListener(options, port, { door, gate: null })) };
  }
  const check = new KnockCheck(options.secret, settings['gate.any-source']);
  const overTcp = settings['gate.tcp'] === 'on' || (settings['gate.tcp'] === 'auto' && kind === 'simple');
  const keeper = new Gatekeeper({
    ...{ gate, clock, log, driver: driverToCome(kind) },
    store: options.store,
    get openTime() {
      return settings['gate.open-time'] * SECOND;
    },
    isBlocked: (address) => guard.blockedFor(guard.sourceOf(address)) > 0,
  });
  const listener = stack.use(
    await startListener(options, port, {
      door: overTcp ? makeDoor(options, { keeper, check }) : null,
      gate: {
        ...{ keeper, check },
        secret: options.secret,
        anySource: settings['gate.any-source'],
        joinLines: () => options.store.joinLines(clock.now()),
      },
    }),
  );
  // The rules leave the knock port open: they are made when it is known which one it is.
  keeper.attach(stack.use(await startDriver(options, listener.port, () => void keeper.reopen())));
  if (settings['gate.words'] !== 'off') {
    log.warning(
      'the gate opens to words that cross the network in the clear: who hears one can say it again',
    );
  }
  if (hosts.every(isLoopback)) {
    log.warning(
      'the gate lets loopback in, and this server listens nowhere else: give an address with --host',
    );
  }
  return { keeper, listener };
}

async function startListener(
  { hosts, loggers }: GateOptions,
  port: PortChoice,
  parts: Pick<KnockListenerOptions, 'door' | 'gate'>,
): Promise<KnockListener> {
  const log = loggers('gate');
  const listener = await KnockListener.start({ hosts, port, log, ...parts });
  if (port.fallsBack && listener.port !== port.port) {
    log.warning('the default knock port is taken, using the next free one: say so to who knocks', {
      taken: port.port,
      port: listener.port,
    });
  }
  return listener;
}

async function startDriver(
  { settings, ports, loggers }: GateOptions,
  knockPort: number,
  onRestart: () => void,
): Promise<GateDriver> {
  const kind = settings['gate.driver'];
  if (kind === 'off' || kind === 'simple') return simpleDriver;
  return startFirewallDriver({
    ...{ kind, ports, knockPort, onRestart },
    allow: settings['gate.allow']?.split(',').map((network) => network.trim()) ?? [],
    onStop: settings['gate.on-stop'],
    helperSocket: settings['gate.helper'],
    connect: connectToGateHelper,
    log: loggers('gate'),
  });
}

function makeDoor(
  { settings, guard, recovery, audit, secureContext, clock }: GateOptions,
  gate: { readonly keeper: Gatekeeper; readonly check: KnockCheck } | null,
): KnockDoor {
  const { 'gate.words': way, 'gate.open-word': open, 'gate.close-word': close } = settings;
  const words = way === 'off' ? null : { open, close, answers: way === 'answer' };
  return new KnockDoor({
    ...{ guard, clock },
    gate: gate && { ...gate, words },
    get openTime() {
      return settings['gate.open-time'] * SECOND;
    },
    recover: (socket, address) =>
      recoverOverTls(socket, address, {
        ...{ secureContext, guard, recovery },
        note: (from, outcome) =>
          audit.record({
            ...{
              time: clock.now(),
              actor: '',
              address: from,
              action: 'guard.recover',
              outcome,
              detail: null,
            },
            target: guard.sourceOf(from),
          }),
      }),
  });
}
