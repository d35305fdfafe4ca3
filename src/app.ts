import { AccessTokens } from './accounts/access-tokens.ts';
import { People } from './accounts/people.ts';
import { type Clock, HOUR, SECOND, systemClock } from './base/clock.ts';
import { messageOf, SesameError } from './base/errors.ts';
import type { LoggerFactory } from './base/logger.ts';
import type { LoadedSettings } from './config/load-settings.ts';
import type { Settings } from './config/settings.ts';
import { ControlServer } from './control/control-server.ts';
import type { Operator } from './control/operations.ts';
import { clientKnockKey } from './crypto/knock-key.ts';
import { pinText, spkiHashOfPem } from './crypto/pin.ts';
import { receiptPublicKey } from './crypto/receipt-key.ts';
import { openStorage, startEngines } from './engines.ts';
import { signInLink } from './gateway/sign-in-link.ts';
import { makeGate, startGate, type RunningGate } from './gate-app.ts';
import { GateDesk } from './gate/gate-desk.ts';
import { startGuard } from './guard-app.ts';
import { GuardDesk } from './guard/guard-desk.ts';
import { announceReady } from './ready-file.ts';
import { formatAddress, LOOPBACK_HOSTS, type ListenAddress } from './server/listening.ts';
import { choosePort } from './server/port-choice.ts';
import { v4SecureContext } from './server/tls-upgrade.ts';
import { parseV3Access } from './server/v3-access.ts';
import { controlSocketPath, DataFolder } from './storage/data-folder.ts';
import { diskState } from './storage/disk-space.ts';
import { Activity } from './transfer/activity.ts';
import { startTransfer } from './transfer-app.ts';
import type { ClientRegistrar } from './transfer/client-registrar.ts';

const IDLE_CHECK = SECOND;
const OPEN_GATE = { admits: () => true };

/** A server that accepts connections. */
export interface RunningServer {
  readonly addresses: readonly ListenAddress[];
  /** Of the gateway; none without one. */
  readonly httpAddresses: readonly ListenAddress[];
  /** Where a browser finds the console; null without one. */
  readonly origin: string | null;
  /** For the first operator, who has no password yet. */
  readonly firstSignIn: string | null;
  readonly registrar: ClientRegistrar;
  /** Where knocks come; null where none are heard. */
  readonly knockPort: number | null;
  /** The first recovery PIN, where it has just been made. */
  readonly firstPin: string | null;
  /** Settles when nobody has been connected for `idle-exit`; never without that setting. */
  readonly idle: Promise<void>;
  /** Settles if a thread of the server died: nothing good can come of going on. */
  readonly broken: Promise<Error>;
  /** Drains within the grace time and lets go of everything. */
  stop(): Promise<void>;
}

interface ServerOptions {
  readonly loggers: LoggerFactory;
  readonly version: string;
  /** Says something to whoever has the server's terminal, and to nobody else. */
  readonly tell: (text: string) => void;
  readonly clock?: Clock;
}

/**
 * The composition root: wires the parts of a server and starts them, in this order, so that the first connection finds
 * everything in place.
 *
 * @throws SesameError of kind config or storage, whose message tells the operator what to do
 */
export async function startServer(
  { settings, sources }: LoadedSettings,
  { loggers, version, tell, clock = systemClock }: ServerOptions,
): Promise<RunningServer> {
  const log = loggers('server');
  const v3Access = parseV3Access(settings['v3.access']);
  const port = choosePort(settings.port);
  const hosts = settings.host === undefined ? LOOPBACK_HOSTS : [settings.host];

  await using stack = new AsyncDisposableStack();
  // Loaded only where it serves: it takes as long as everything else together.
  const gatewayApp = settings['no-http'] ? undefined : await import('./gateway-app.ts');
  const metrics = gatewayApp && stack.use(new gatewayApp.Metrics());
  const folder = stack.use(new DataFolder(settings['data-dir']));
  const identity = await folder.serverIdentity();
  const receiptKey = await folder.receiptKey();
  const knockSecret = await folder.knockSecret();
  const serverPin = pinText(spkiHashOfPem(identity));
  const secureContext = v4SecureContext(identity);
  const activity = new Activity(clock, metrics?.observers.acknowledgement);
  const storage = await openStorage(
    folder,
    { receiptKey, serverPin },
    { observers: metrics?.observers, loggers },
    stack,
  );
  const { database, journal, browser } = storage;
  const { guard, keeper, recovery } = await startGuard(
    { ...{ settings, clock, loggers, tell }, store: database.guard, audit: database.audit },
    stack,
  );
  const firstPin = settings['guard.enabled'] && !recovery.hasPin ? await recovery.renew() : null;
  const gate = makeGate(settings, clock);
  const doors = { guard, gate: gate ?? OPEN_GATE };
  const knockKeys = { port: 0, keyOf: (clientId: Uint8Array) => clientKnockKey(knockSecret, clientId) };
  let running: RunningGate | null = null;
  const engines = await startEngines(storage, {
    ...{ receiptKey, settings, activity, clock, loggers },
    blockedFor: (client) => guard.refuses(guard.client(client)),
    onJoinLines: async () => running?.listener?.refreshJoinLines(),
  });
  const { v3, v4, own, stored } = engines;
  const reports = stack.use(engines.reports);
  every(HOUR, stack, () => {
    engines.tidy().catch((error: unknown) => {
      log.error('cannot drop what has expired', { why: messageOf(error) });
    });
  });
  guard.onBlock(({ who }) => {
    const why = new SesameError('blocked', 'blocked for a while');
    if (who.startsWith('client:')) v4.registry.endAllNamed(who.slice('client:'.length), why);
  });

  const issuerKey = receiptPublicKey(receiptKey);
  const transfer = await startTransfer({
    ...{ settings, hosts, port, v3Access, secureContext, doors, activity, clock, loggers },
    engines: { v3, v4 },
    handlerParts: { files: own, receiptKey: issuerKey, knockKeys, reports },
  });
  stack.defer(() => transfer.stop(0));
  const address = settings.advertise ?? formatAddress(firstOf(transfer.addresses));
  const guardDesk = new GuardDesk({ guard, keeper, recovery });
  const gateDesk = new GateDesk({
    keeper: () => running?.keeper ?? null,
    port: () => running?.listener?.port ?? null,
    openTime: settings['gate.open-time'] * SECOND,
    clock,
  });
  const people = new People(database.people, clock);
  const tokens = new AccessTokens(database.tokens, clock);
  const web =
    gatewayApp &&
    metrics &&
    (await gatewayApp.startGateway({
      console: {
        ...{ people, tokens, audit: database.audit, clients: database.clients, browser, files: stored },
        ...{ registrar: v4.registrar, registry: v4.registry, uploads: v4.large, activity, version },
        ...{ address, pin: serverPin, guard: guardDesk, gate: gateDesk },
        connections: () => transfer.counts,
        disk: () => diskState(folder.path),
        transferAddresses: transfer.addresses.map(formatAddress),
        settings: gatewayApp.describeSettings(settings, sources),
      },
      ownIdentity: (names) => folder.webIdentity(names),
      ...{ settings, doors, recovery, metrics, version, clock, loggers },
    }));
  if (web) stack.defer(() => web.gateway.stop(0));
  running = await startGate(
    {
      ...{ settings, gate, guard, recovery, hosts, clock, loggers },
      ...{ store: database.knocks, audit: database.audit, secret: knockSecret, secureContext },
      ports: Array.from(new Set([...transfer.addresses, ...(web?.addresses ?? [])].map((at) => at.port))),
    },
    stack,
  );
  knockKeys.port = running.keeper ? (running.listener?.port ?? 0) : 0;
  const operator: Operator = {
    doors: () => Promise.resolve({ guard: guardDesk, gate: gateDesk }),
    clients: database.clients,
    registrar: v4.registrar,
    catalogue: database.catalogue,
    watchReports: database.watchReports,
    settled: async (client, path) => {
      await journal.settled(client, path);
      return true;
    },
    ...{ address, people, tokens, clock, audit: database.audit },
    signInLink: (secret) => signInLink(web?.origin ?? 'http://127.0.0.1:8357', secret),
    serverPin,
    receiptKey: issuerKey,
    filesFolder: folder.files,
  };
  stack.use(await ControlServer.start(controlSocketPath(folder.path), operator, loggers('control')));
  const firstSecret = web ? await people.firstLink() : undefined;
  stack.use(
    announceReady(settings['ready-file'], { transfer: transfer.addresses, http: web?.addresses ?? null }),
  );

  const parts = stack.move();
  return {
    addresses: transfer.addresses,
    httpAddresses: web?.addresses ?? [],
    origin: web?.origin ?? null,
    knockPort: running.listener?.port ?? null,
    firstPin,
    firstSignIn: web && firstSecret !== undefined ? signInLink(web.origin, firstSecret) : null,
    registrar: v3.registrar,
    idle: whenIdle(() => Math.min(transfer.quietFor, web?.gateway.quietFor ?? Infinity), settings),
    broken: Promise.race([storage.death, ...(running.listener ? [running.listener.death] : [])]),
    stop: async () => {
      const until = clock.monotonic() + settings['grace-time'] * SECOND;
      // It says that the server drains for as long as it does.
      web?.gateway.drain();
      await transfer.stop(settings['grace-time'] * SECOND);
      await web?.gateway.stop(Math.max(0, until - clock.monotonic()));
      await parts.disposeAsync();
      log.info('stopped');
    },
  };
}

function firstOf(addresses: readonly ListenAddress[]): ListenAddress {
  const [first] = addresses;
  if (!first) throw new SesameError('internal', 'this server listens nowhere');
  return first;
}

function every(interval: number, stack: AsyncDisposableStack, task: () => void): void {
  const timer = setInterval(task, interval);
  timer.unref();
  stack.defer(() => {
    clearInterval(timer);
  });
}

function whenIdle(quietFor: () => number, settings: Settings): Promise<void> {
  const limit = settings['idle-exit'];
  // Who debugs looks at a server that waits.
  if (limit === undefined || settings.debug) return new Promise(() => undefined);
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (quietFor() < limit * SECOND) return;
      clearInterval(timer);
      resolve();
    }, IDLE_CHECK);
    timer.unref();
  });
}
