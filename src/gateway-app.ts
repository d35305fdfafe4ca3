import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isLoopback } from './base/addresses.ts';
import { type Clock, SECOND } from './base/clock.ts';
import { messageOf, SesameError } from './base/errors.ts';
import type { Logger, LoggerFactory } from './base/logger.ts';
import { remade } from './base/remade.ts';
import { settingText } from './config/setting-text.ts';
import {
  environmentName,
  SETTING_KEYS,
  SETTINGS,
  type SettingKey,
  type Settings,
} from './config/settings.ts';
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
import type { Reloadable } from './reload.ts';
import { Front } from './server/front.ts';
import { admissionLimits, LIMITS } from './server/limits.ts';
import { descriptorsOf, sayUnused, type InheritedSocket } from './server/inherited-sockets.ts';
import { formatAddress, listen, LOOPBACK_HOSTS, type ListenAddress } from './server/listening.ts';
import { chooseHttpPort } from './server/port-choice.ts';
import { putBefore } from './server/web-front.ts';

export { Metrics };

interface GatewayOptions {
  /** As they are just now: a reload changes them. */
  readonly settings: Settings;
  /** The server behind the console; null where a web root is all there is. */
  readonly console: ConsoleParts | null;
  /** Those of systemd, in place of host and port; empty where there are none. */
  readonly inherited?: readonly InheritedSocket[];
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
export interface RunningGateway extends Reloadable {
  readonly gateway: Gateway;
  readonly front: Front;
  readonly addresses: readonly ListenAddress[];
  /** `http://127.0.0.1:8357`: where a browser on this machine finds it. */
  readonly origin: string;
}

/** Wires the gateway and starts it. @throws `port-taken`; `bad-setting` */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { settings, loggers, inherited = [] } = options;
  const log = loggers('http');
  const wanted = settings['http-host'] === undefined ? LOOPBACK_HOSTS : [settings['http-host']];
  const hosts = inherited.length > 0 ? inherited.map(({ address }) => address) : wanted;
  const findIdentity = (wanted: Settings): Promise<WebIdentity | null> =>
    identityOf(wanted, hosts, options.console !== null, () =>
      options.ownIdentity([...namesOf(wanted), ...hosts]),
    );
  const identity = await findIdentity(settings);
  if (identity) log.info('HTTPS', { certificate_sha256: fingerprintOf(identity) });
  const front = new Front({
    doors: options.doors,
    limits: admissionLimits(
      () => LIMITS.httpConnections,
      () => settings['max-connections-per-source'],
    ),
    isBalancer: networksOf(() => settings['proxy-from']),
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
    settings: gatewaySettings(settings, identity),
    consoleFolder: fileURLToPath(new URL('../dist/web', import.meta.url)),
    listen: async (makeServer) => {
      const port = chooseHttpPort(settings['http-port']);
      const { servers, addresses } = await listen({
        hosts,
        port,
        inherited: descriptorsOf(inherited),
        flag: '--http-port',
        backlog: settings['http.backlog'],
        dualStack: settings['http.dual-stack'],
        makeServer: () => putBefore(makeServer(), front),
      });
      bound = addresses;
      const [first] = addresses;
      if (inherited.length > 0) sayUnused(log, '--http-port', settings['http-port'], first?.port);
      else if (port.port !== 0 && first?.port !== port.port) {
        log.warning('the default port is taken, using the next free one', {
          taken: port.port,
          port: first?.port,
        });
      }
      return { servers, addresses: addresses.map(formatAddress) };
    },
  });
  return {
    ...{ gateway, front, addresses: bound, origin: originOf(bound, identity !== null) },
    prepare: renewal(gateway, identity, findIdentity, log),
  };
}

/** The certificate is read again at every reload. From HTTP to HTTPS, or back, is a matter of a restart. */
function renewal(
  gateway: Gateway,
  identity: WebIdentity | null,
  findIdentity: (settings: Settings) => Promise<WebIdentity | null>,
  log: Logger,
): Reloadable['prepare'] {
  let current = identity;
  return async (next) => {
    const found = await findIdentity(next);
    if (!found || !current) {
      const waiting: readonly SettingKey[] = found || current ? ['http.cert', 'http.key'] : [];
      return { waiting, commit: () => gateway.renew(null) };
    }
    const isOther = found.cert !== current.cert || found.key !== current.key;
    return {
      renewed: isOther ? [next['http.cert'] ?? 'certificate'] : [],
      commit: () => {
        current = found;
        gateway.renew(found);
        if (isOther) log.info('another certificate', { certificate_sha256: fingerprintOf(found) });
      },
    };
  };
}

function fingerprintOf({ cert }: WebIdentity): string {
  return new X509Certificate(cert).fingerprint256;
}

/** The libraries for this take their time to load: only a server that exports has them. */
async function tracingTo(endpoint: string, version: string): Promise<Tracing> {
  const { startTracing } = await import('./gateway/tracing.ts');
  return startTracing(endpoint, version);
}

/** A certificate for one run, made once, where there is no folder to keep one in. */
export function passingIdentity(): GatewayOptions['ownIdentity'] {
  let made: Promise<string> | undefined;
  return (names) => (made ??= newWebIdentity(names));
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

/** What is looked at for each request or connection is a getter: a reload changes it. */
function gatewaySettings(settings: Settings, identity: WebIdentity | null): GatewaySettings {
  const names = remade(
    () => settings['http.names'],
    () => namesOf(settings),
  );
  const quietPaths = remade(
    () => settings['guard.quiet-paths'],
    (paths) => new Set(paths),
  );
  return {
    identity,
    get names() {
      return names();
    },
    get quietPaths() {
      return quietPaths();
    },
    get keepAlive() {
      return settings['http.keep-alive'] * SECOND;
    },
    get stallTime() {
      return settings['http.stall-time'] * SECOND;
    },
    get requestsPerConnection() {
      return settings['http.max-requests'];
    },
    get requestsPerMinute() {
      return settings['http.rate'];
    },
    turns: {
      get active() {
        return settings['http.max-active'];
      },
      get waiting() {
        return settings['http.max-waiting'];
      },
    },
    isProxy: networksOf(() => settings['http.proxies']),
    mayReadMetrics: networksOf(() => settings['metrics-from']),
    http2: settings['http.version'] === '2',
    origins: settings['http.origins'],
    webRoot: settings['web-root'],
    webFolders: settings['http.static'],
    redirects: settings['http.redirects'],
    extensions: settings['web-extensions'],
    webIsPublic: settings['web-access'] === 'public',
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
  const identity = { cert: readPem(cert, '--http-cert'), key: readPem(key, '--http-key') };
  checkPair(identity, { cert, key });
  return identity;
}

/** @throws `bad-setting` before anybody is shown a certificate for which there is no key */
function checkPair({ cert, key }: WebIdentity, paths: WebIdentity): void {
  const parse = <T>(flag: string, path: string, read: () => T): T => {
    try {
      return read();
    } catch (error) {
      const why = `${flag}: ${path} cannot be used: ${messageOf(error)}`;
      throw new SesameError('bad-setting', why, { cause: error });
    }
  };
  const certificate = parse('--http-cert', paths.cert, () => new X509Certificate(cert));
  const privateKey = parse('--http-key', paths.key, () => createPrivateKey(key));
  if (certificate.checkPrivateKey(privateKey)) return;
  throw new SesameError(
    'bad-setting',
    `--http-key: ${paths.key} is not the key of the certificate in ${paths.cert}`,
  );
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
