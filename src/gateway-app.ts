import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isLoopback } from './base/addresses.ts';
import { type Clock, SECOND } from './base/clock.ts';
import { messageOf, SesameError } from './base/errors.ts';
import type { LoggerFactory } from './base/logger.ts';
import { settingText } from './config/setting-text.ts';
import { environmentName, SETTING_KEYS, SETTINGS, type Settings } from './config/settings.ts';
import type { Sources } from './config/load-settings.ts';
import { newWebIdentity } from './crypto/server-certificate.ts';
import type { Setting } from './gateway/api-types.ts';
import type { ConsoleParts } from './gateway/console-parts.ts';
import { Gateway, type GatewaySettings } from './gateway/gateway.ts';
import { hostOf } from './gateway/host-check.ts';
import { Metrics } from './gateway/metrics.ts';
import type { Tracing } from './gateway/tracing.ts';
import type { WebIdentity } from './gateway/web-servers.ts';
import { networksOf } from './guard-app.ts';
import type { Doors } from './guard/doors.ts';
import type { Recovery } from './guard/recovery.ts';
import { Front } from './server/front.ts';
import { admissionLimits, LIMITS } from './server/limits.ts';
import { formatAddress, listen, LOOPBACK_HOSTS, type ListenAddress } from './server/listening.ts';
import { chooseHttpPort } from './server/port-choice.ts';
import { putBefore } from './server/web-front.ts';

export { Metrics };

interface GatewayOptions {
  readonly settings: Settings;
  /** The server behind the console; null where a web root is all there is. */
  readonly console: ConsoleParts | null;
  readonly doors: Doors;
  readonly recovery: Recovery | null;
  /** Makes, or remembers, a certificate for these names where none is given. @returns PEM of key and certificate */
  readonly ownIdentity: (names: readonly string[]) => Promise<string>;
  readonly metrics: Metrics;
  readonly version: string;
  readonly clock: Clock;
  readonly loggers: LoggerFactory;
}

/** A gateway that answers. */
export interface RunningGateway {
  readonly gateway: Gateway;
  readonly front: Front;
  readonly addresses: readonly ListenAddress[];
  /** `http://127.0.0.1:8357`: where a browser on this machine finds it. */
  readonly origin: string;
}

/** Wires the gateway and starts it. @throws `port-taken`; `bad-setting` */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { settings, loggers } = options;
  const log = loggers('http');
  const hosts = settings['http-host'] === undefined ? LOOPBACK_HOSTS : [settings['http-host']];
  const names = namesOf(settings);
  const identity = await identityOf(settings, hosts, options.console !== null, () =>
    options.ownIdentity([...names, ...hosts]),
  );
  if (identity) log.info('HTTPS', { certificate_sha256: new X509Certificate(identity.cert).fingerprint256 });
  const front = new Front({
    doors: options.doors,
    limits: admissionLimits(LIMITS.httpConnections, settings['max-connections-per-source']),
    isBalancer: networksOf(settings['proxy-from'], '--proxy-from'),
    tellsBlocked: true,
    clock: options.clock,
    log,
  });
  const tracing = settings.otlp === undefined ? undefined : await tracingTo(settings.otlp, options.version);
  let bound: readonly ListenAddress[] = [];
  const gateway = await Gateway.start({
    ...options,
    guard: options.doors.guard,
    visitorOf: (socket) => front.visitorOf(socket),
    turnedAway: () => ({ ...front.turnedAway }),
    tracing,
    settings: gatewaySettings(settings, identity, names),
    consoleFolder: fileURLToPath(new URL('../dist/web', import.meta.url)),
    listen: async (makeServer) => {
      const port = chooseHttpPort(settings['http-port']);
      const { servers, addresses } = await listen({
        hosts,
        port,
        flag: '--http-port',
        backlog: settings['http.backlog'],
        dualStack: settings['http.dual-stack'],
        makeServer: () => putBefore(makeServer(), front),
      });
      bound = addresses;
      const [first] = addresses;
      if (port.port !== 0 && first?.port !== port.port) {
        log.warning('the default port is taken, using the next free one', {
          taken: port.port,
          port: first?.port,
        });
      }
      return { servers, addresses: addresses.map(formatAddress) };
    },
  });
  return { gateway, front, addresses: bound, origin: originOf(bound, identity !== null) };
}

/** The libraries for this take their time to load: only a server that exports has them. */
async function tracingTo(endpoint: string, version: string): Promise<Tracing> {
  const { startTracing } = await import('./gateway/tracing.ts');
  return startTracing(endpoint, version);
}

/** A certificate for one run, where there is no folder to keep one in. */
export function passingIdentity(names: readonly string[]): Promise<string> {
  return newWebIdentity(names);
}

/** What the console shows of them. */
export function describeSettings(settings: Settings, sources: Sources): readonly Setting[] {
  return SETTING_KEYS.map((key) => ({
    key,
    value: settingText(settings[key]) ?? null,
    source: sources[key],
    flag: SETTINGS[key].flag.split(' ')[0] ?? null,
    environment: environmentName(key),
    help: SETTINGS[key].help,
  }));
}

function gatewaySettings(
  settings: Settings,
  identity: WebIdentity | null,
  names: ReadonlySet<string>,
): GatewaySettings {
  return {
    identity,
    names,
    http2: settings['http.version'] === '2',
    turns: { active: settings['http.max-active'], waiting: settings['http.max-waiting'] },
    keepAlive: settings['http.keep-alive'] * SECOND,
    stallTime: settings['http.stall-time'] * SECOND,
    requestsPerConnection: settings['http.max-requests'],
    requestsPerMinute: settings['http.rate'],
    origins: settings['http.origins'],
    isProxy: networksOf(settings['http.proxies'], '--http-proxies'),
    mayReadMetrics: networksOf(settings['metrics-from'], '--metrics-from'),
    webRoot: settings['web-root'],
    webFolders: settings['http.static'],
    redirects: settings['http.redirects'],
    extensions: settings['web-extensions'],
    webIsPublic: settings['web-access'] === 'public',
    quietPaths: new Set(settings['guard.quiet-paths']),
  };
}

/** By which browsers may ask for this server, besides its addresses. */
function namesOf(settings: Settings): ReadonlySet<string> {
  const advertised = settings.advertise === undefined ? [] : [hostOf(settings.advertise) ?? ''];
  const names = ['localhost', hostname(), ...advertised, ...settings['http.names']];
  return new Set(names.filter((name) => name !== '').map((name) => name.toLowerCase()));
}

async function identityOf(
  settings: Settings,
  hosts: readonly string[],
  hasSecrets: boolean,
  own: () => Promise<string>,
): Promise<WebIdentity | null> {
  const { 'http.tls': when, 'http.cert': cert, 'http.key': key } = settings;
  const isLocal = hosts.every((host) => host === 'localhost' || isLoopback(host));
  // Files that anybody may have need no certificate that nobody knows.
  const needsOne = hasSecrets && !isLocal;
  const isGiven = cert !== undefined || key !== undefined;
  if (when === 'off' || (when === 'auto' && !needsOne && !isGiven)) return null;
  if (cert === undefined || key === undefined) {
    const pem = await own();
    return { cert: pem, key: pem };
  }
  return { cert: readPem(cert, '--http-cert'), key: readPem(key, '--http-key') };
}

function readPem(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SesameError('bad-setting', `${flag}: ${messageOf(error)}`, { cause: error });
  }
}

function originOf([first]: readonly ListenAddress[], isSecure: boolean): string {
  if (!first) throw new SesameError('internal', 'the gateway listens nowhere');
  const isAnywhere = first.address === '0.0.0.0' || first.address === '::';
  const host = isAnywhere ? `localhost:${first.port}` : formatAddress(first);
  return `${isSecure ? 'https' : 'http'}://${host}`;
}
