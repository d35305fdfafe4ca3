import { type Clock, SECOND } from './base/clock.ts';
import type { LoggerFactory } from './base/logger.ts';
import { remade } from './base/remade.ts';
import type { Settings } from './config/settings.ts';
import { spkiHashOf } from './crypto/pin.ts';
import type { Engines } from './engines.ts';
import { networksOf } from './guard-app.ts';
import type { Doors } from './guard/doors.ts';
import type { GetHandlerForCode } from './handlers/get-handler-for-code.ts';
import { traced } from './handlers/traced.ts';
import { v3Handlers } from './handlers/v3/v3-handlers.ts';
import { v4Handlers } from './handlers/v4/v4-handlers.ts';
import { Front } from './server/front.ts';
import { admissionLimits, LIMITS } from './server/limits.ts';
import { descriptorsOf, sayUnused, type InheritedSocket } from './server/inherited-sockets.ts';
import type { PortChoice } from './server/port-choice.ts';
import type { v4SecureContext } from './server/tls-upgrade.ts';
import { TransferServer } from './server/transfer-server.ts';
import { parseV3Access } from './server/v3-access.ts';
import { v3Conversation } from './server/v3-conversation.ts';
import { V4Conversation } from './server/v4-conversation.ts';
import type { Activity } from './transfer/activity.ts';
import { Session } from './transfer/session.ts';

interface TransferOptions {
  /** As they are just now: a reload changes them. */
  readonly settings: Settings;
  readonly engines: Pick<Engines, 'v3' | 'v4'>;
  readonly handlerParts: Parameters<typeof v4Handlers>[1];
  readonly hosts: readonly string[];
  readonly port: PortChoice;
  /** Those of systemd, in place of hosts and port; empty where there are none. */
  readonly inherited: readonly InheritedSocket[];
  readonly secureContext: ReturnType<typeof v4SecureContext>;
  readonly doors: Doors;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly loggers: LoggerFactory;
}

/** Wires the transfer port and opens it: v3 and v4, behind the guard and the gate. @throws `port-taken`; `bad-setting` */
export async function startTransfer(options: TransferOptions): Promise<TransferServer> {
  const { settings, engines, handlerParts, hosts, port, inherited, doors, activity, clock, loggers } =
    options;
  const { v3, v4 } = engines;
  const log = loggers('server');
  const v3Access = remade(() => settings['v3.access'], parseV3Access);
  const trace = tracing(settings, loggers);
  const v3HandlersOfAll = trace(v3Handlers({ ...v3, replies: { ackPayload: settings['v3.ack-payload'] } }));
  const transfer = await TransferServer.start({
    ...{ hosts, port, clock, log, guard: doors.guard },
    inherited: descriptorsOf(inherited),
    front: new Front({
      ...{ doors, clock, log, tellsBlocked: false },
      limits: admissionLimits(
        () => Math.min(settings['max-connections'] ?? Infinity, LIMITS.connections),
        () => settings['max-connections-per-source'],
      ),
      isBalancer: networksOf(() => settings['proxy-from']),
    }),
    v3: {
      access: (address) => v3Access()(address),
      get restLimit() {
        return settings['v3.idle-timeout'] * SECOND;
      },
      converse: () => v3Conversation(v3HandlersOfAll),
    },
    v4: {
      secureContext: options.secureContext,
      identify: spkiHashOf,
      get restLimit() {
        return settings['idle-timeout'] * SECOND;
      },
      converse: (peer) =>
        new V4Conversation(
          (events) => new Session(v4, peer, events),
          (session) => trace(v4Handlers(session, handlerParts)),
        ),
    },
    onRefused: (code) => {
      activity.refused(code);
    },
  });
  const bound = transfer.addresses[0]?.port;
  if (inherited.length > 0) sayUnused(log, '--port', settings.port, bound);
  else if (port.port !== 0 && bound !== port.port) {
    log.warning('the default port is taken, using the next free one', { taken: port.port, port: bound });
  }
  return transfer;
}

/** A server that does not trace pays nothing for it. */
function tracing(
  settings: Settings,
  loggers: LoggerFactory,
): (handlers: GetHandlerForCode) => GetHandlerForCode {
  if (!settings.debug && !settings.trace) return (handlers) => handlers;
  const log = loggers('handlers');
  return (handlers) => traced(handlers, log);
}
