import type { Clock } from '../base/clock.ts';
import type { LoggerFactory } from '../base/logger.ts';
import type { Guard } from '../guard/guard.ts';
import type { Recovery } from '../guard/recovery.ts';
import { buildApplication, type Application } from './application.ts';
import type { ConsoleParts } from './console-parts.ts';
import type { TurnedAway } from './door-metrics.ts';
import { Exchanges } from './exchanges.ts';
import type { Metrics } from './metrics.ts';
import type { Tracing } from './tracing.ts';
import { Turns, type TurnLimits } from './turns.ts';
import { makeWebServer, renewWebServer, type WebIdentity, type WebServer } from './web-servers.ts';

/** As they are just now: what is looked at for each request or connection follows a reload. */
export interface GatewaySettings {
  readonly turns: TurnLimits;
  readonly identity: WebIdentity | null;
  readonly http2: boolean;
  /** Times in ms. */
  readonly keepAlive: number;
  readonly stallTime: number;
  readonly requestsPerConnection: number;
  /** Of one user or address, to the API and for uploads. */
  readonly requestsPerMinute: number;
  /** Names of ours, lower case. */
  readonly names: ReadonlySet<string>;
  readonly origins: readonly string[];
  readonly isProxy: (address: string) => boolean;
  readonly mayReadMetrics: (address: string) => boolean;
  readonly webRoot: string | undefined;
  readonly webFolders: Readonly<Record<string, string>>;
  readonly redirects: Readonly<Record<string, string>>;
  readonly extensions: readonly string[];
  readonly webIsPublic: boolean;
  /** Paths that count for nothing, though nothing is there. */
  readonly quietPaths: ReadonlySet<string>;
}

/** Who is at the other end of a connection: not the balancer in between. */
export type VisitorOf = (socket: {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}) => { readonly address: string; prove(): void } | undefined;

export interface Listening {
  readonly servers: readonly { close(): unknown }[];
  /** `127.0.0.1:8357` */
  readonly addresses: readonly string[];
}

export interface GatewayParts {
  readonly settings: GatewaySettings;
  /** Binds the servers that it is given the making of. */
  readonly listen: (makeServer: () => WebServer) => Promise<Listening>;
  /** The server behind the console; null where a web root is all there is. */
  readonly console: ConsoleParts | null;
  /** Where Vite put the console. */
  readonly consoleFolder: string;
  readonly guard: Guard;
  /** Null where there is no PIN: nobody could keep one. */
  readonly recovery: Recovery | null;
  readonly visitorOf: VisitorOf;
  readonly turnedAway: () => TurnedAway;
  readonly metrics: Metrics;
  readonly tracing: Tracing | undefined;
  readonly version: string;
  readonly clock: Clock;
  readonly loggers: LoggerFactory;
}

/** The HTTP side of a server: console, API, uploads, web root (docs/HTTP.md). */
export class Gateway {
  readonly #exchanges: Exchanges;
  readonly #application: Application;
  readonly #listening: Listening;
  readonly #stack: AsyncDisposableStack;
  readonly #settings: GatewaySettings;
  readonly #servers: readonly WebServer[];

  private constructor(
    exchanges: Exchanges,
    application: Application,
    listening: Listening,
    stack: AsyncDisposableStack,
    { settings, servers }: { readonly settings: GatewaySettings; readonly servers: readonly WebServer[] },
  ) {
    this.#settings = settings;
    this.#servers = servers;
    this.#exchanges = exchanges;
    this.#application = application;
    this.#listening = listening;
    this.#stack = stack;
  }

  /** @throws `port-taken`; `bad-setting` */
  static async start(parts: GatewayParts): Promise<Gateway> {
    const { settings, loggers, tracing } = parts;
    await using stack = new AsyncDisposableStack();
    if (tracing) stack.use(tracing);
    const turns = new Turns(settings.turns, loggers('http'));
    const exchanges = stack.use(new Exchanges({ ...parts, turns, log: loggers('http') }));
    let addresses: readonly string[] = [];
    const application = stack.use(
      await buildApplication(parts, { exchanges, turns, addresses: () => addresses }),
    );
    const servers: WebServer[] = [];
    const listening = await parts.listen(() => {
      const server = makeWebServer(application.handler, settings);
      server.on('connection', exchanges.connected);
      server.on('clientError', exchanges.broken);
      servers.push(server);
      return server;
    });
    addresses = listening.addresses;
    return new Gateway(exchanges, application, listening, stack.move(), { settings, servers });
  }

  /** For how long nobody has been connected, ms. */
  get quietFor(): number {
    return this.#exchanges.quietFor;
  }

  /** Takes what its settings are now. @param identity for new connections; null where it has none */
  renew(identity: WebIdentity | null): void {
    const { keepAlive, requestsPerConnection, http2 } = this.#settings;
    for (const server of this.#servers)
      renewWebServer(server, { identity, keepAlive, requestsPerConnection, http2 });
  }

  /** `/readyz` says no from now on, no upload begins, and nobody looks on any more. */
  drain(): void {
    this.#exchanges.drain();
    this.#application.drain();
  }

  /** @param graceTime ms for what is under way */
  async stop(graceTime: number): Promise<void> {
    this.drain();
    // Whoever asks how it is hears that it drains, and not that nobody is there.
    await this.#exchanges.idle(graceTime);
    for (const server of this.#listening.servers) server.close();
    this.#exchanges.cut();
    await this.#stack.disposeAsync();
  }
}
