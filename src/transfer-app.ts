import { type Clock, SECOND } from './base/clock.ts';
import type { LoggerFactory } from './base/logger.ts';
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
import type { PortChoice } from './server/port-choice.ts';
import type { v4SecureContext } from './server/tls-upgrade.ts';
import { TransferServer } from './server/transfer-server.ts';
import type { V3Access } from './server/v3-access.ts';
import { v3Conversation } from './server/v3-conversation.ts';
import { V4Conversation } from './server/v4-conversation.ts';
import type { Activity } from './transfer/activity.ts';
import { Session } from './transfer/session.ts';

interface TransferOptions {
  readonly settings: Settings;
  readonly engines: Pick<Engines, 'v3' | 'v4'>;
  readonly handlerParts: Parameters<typeof v4Handlers>[1];
  readonly hosts: readonly string[];
  readonly port: PortChoice;
  readonly v3Access: V3Access;
  readonly secureContext: ReturnType<typeof v4SecureContext>;
  readonly doors: Doors;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly loggers: LoggerFactory;
}

/** Wires the transfer port and opens it: v3 and v4, behind the guard and the gate. @throws `port-taken`; `bad-setting` */
export async function startTransfer(options: TransferOptions): Promise<TransferServer> {
  const { settings, engines, handlerParts, hosts, port, doors, activity, clock, loggers } = options;
  const { v3, v4 } = engines;
  const log = loggers('server');
  const trace = tracing(settings, loggers);
  const v3HandlersOfAll = trace(v3Handlers({ ...v3, replies: { ackPayload: settings['v3.ack-payload'] } }));
  const connections = Math.min(settings['max-connections'] ?? Infinity, LIMITS.connections);
  const transfer = await TransferServer.start({
    ...{ hosts, port, clock, log, guard: doors.guard },
    front: new Front({
      ...{ doors, clock, log, tellsBlocked: false },
      limits: admissionLimits(connections, settings['max-connections-per-source']),
      isBalancer: networksOf(settings['proxy-from'], '--proxy-from'),
    }),
    v3: {
      access: options.v3Access,
      restLimit: settings['v3.idle-timeout'] * SECOND,
      converse: () => v3Conversation(v3HandlersOfAll),
    },
    v4: {
      secureContext: options.secureContext,
      identify: spkiHashOf,
      restLimit: settings['idle-timeout'] * SECOND,
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
  if (port.port !== 0 && bound !== port.port) {
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
