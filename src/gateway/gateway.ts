import { randomUUID } from 'node:crypto';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import fastify, {
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerFactoryHandler,
} from 'fastify';
import { prefixOf } from '../base/addresses.ts';
import type { Clock } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import type { LoggerFactory } from '../base/logger.ts';
import { validatorFor } from './api-route.ts';
import { AuditTrail } from './audit-trail.ts';
import { callerOf, checkAudience, nameOf } from './caller.ts';
import { consoleFiles } from './console-files.ts';
import type { ConsoleParts } from './console-parts.ts';
import { Exchanges } from './exchanges.ts';
import { Live } from './live.ts';
import type { Metrics } from './metrics.ts';
import { describeApi } from './openapi.ts';
import { answerBadRequest, sendProblem } from './problem.ts';
import { clientRoutes } from './routes/client-routes.ts';
import { fileRoutes } from './routes/file-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { overviewRoutes } from './routes/overview-routes.ts';
import { peopleRoutes } from './routes/people-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { uploadRoutes } from './routes/upload-routes.ts';
import { KnownRoutes } from './known-routes.ts';
import type { Tracing } from './tracing.ts';
import { Turns, type TurnLimits } from './turns.ts';
import { makeWebServer, type WebIdentity, type WebServer } from './web-servers.ts';
import { WebRoot } from './web-root.ts';

const JSON_LIMIT = 1024 * 1024;
const PATH_LIMIT = 16 * 1024;
const MINUTE = '1 minute';
/** Its default is for files that are compressed once, and takes seconds a megabyte. */
const BROTLI_QUALITY = 4;
/** Below this, compressing costs more than it saves. */
const COMPRESS_FROM = 1024;

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
}

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
  readonly metrics: Metrics;
  readonly tracing: Tracing | undefined;
  readonly version: string;
  readonly clock: Clock;
  readonly loggers: LoggerFactory;
}

/** The HTTP side of a server: console, API, uploads, web root (docs/HTTP.md). */
export class Gateway {
  readonly #app: FastifyInstance;
  readonly #exchanges: Exchanges;
  readonly #listening: Listening;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    app: FastifyInstance,
    exchanges: Exchanges,
    listening: Listening,
    stack: AsyncDisposableStack,
  ) {
    this.#app = app;
    this.#exchanges = exchanges;
    this.#listening = listening;
    this.#stack = stack;
  }

  /** @throws `port-taken`; `bad-setting` */
  static async start(parts: GatewayParts): Promise<Gateway> {
    const { settings, loggers } = parts;
    await using stack = new AsyncDisposableStack();
    if (parts.tracing) stack.use(parts.tracing);
    const turns = new Turns(settings.turns, loggers('http'));
    const exchanges = stack.use(new Exchanges({ ...parts, turns, log: loggers('http') }));
    let addresses: readonly string[] = [];
    const { app, handler } = await build(parts, { exchanges, turns, stack, addresses: () => addresses });
    stack.defer(() => app.close());
    const listening = await parts.listen(() => {
      const server = makeWebServer(handler, settings);
      server.on('connection', exchanges.connected);
      server.on('clientError', answerBadRequest);
      return server;
    });
    addresses = listening.addresses;
    return new Gateway(app, exchanges, listening, stack.move());
  }

  get addresses(): readonly string[] {
    return this.#listening.addresses;
  }

  /** For how long nobody has been connected, ms. */
  get quietFor(): number {
    return this.#exchanges.quietFor;
  }

  /** Its routes, for tests that need no socket. */
  get app(): FastifyInstance {
    return this.#app;
  }

  /** `/readyz` says no from now on, and no upload begins. */
  drain(): void {
    this.#exchanges.drain();
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

interface Inner {
  readonly exchanges: Exchanges;
  readonly turns: Turns;
  readonly addresses: () => readonly string[];
  readonly stack: AsyncDisposableStack;
}

/** The routes, and what every request goes through before it comes to one. */
async function build(
  parts: GatewayParts,
  { exchanges, turns, addresses, stack }: Inner,
): Promise<{ app: FastifyInstance; handler: FastifyServerFactoryHandler }> {
  const { settings, loggers, metrics, clock } = parts;
  let handler: FastifyServerFactoryHandler | undefined;
  const app: FastifyInstance = fastify({
    serverFactory: (given) => {
      handler = given;
      // Never listens: our servers are made one for each address.
      return makeWebServer(given, settings) as ReturnType<typeof makeWebServer> & FastifyInstance['server'];
    },
    bodyLimit: JSON_LIMIT,
    routerOptions: { maxParamLength: PATH_LIMIT },
    trustProxy: (address) => settings.isProxy(address),
    genReqId: (raw) => {
      const given = raw.headers['x-request-id'];
      const isTrusted = settings.isProxy(raw.socket.remoteAddress ?? '');
      return isTrusted && typeof given === 'string' && /^[\w.-]{1,100}$/.test(given) ? given : randomUUID();
    },
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, error);
    },
  });
  app.decorateRequest('caller', undefined);
  app.decorateRequest('address', '');
  app.setValidatorCompiler(({ schema }) => validatorFor(schema));
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  const routes = new KnownRoutes(app);
  exchanges.attach(app);
  await app.register(cookie);
  await app.register(compress, {
    threshold: COMPRESS_FROM,
    encodings: ['zstd', 'br', 'gzip', 'identity'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // What is compressed is not the same bytes any more.
    const etag = reply.getHeader('etag');
    if (reply.hasHeader('content-encoding') && typeof etag === 'string' && etag.startsWith('"')) {
      void reply.header('etag', `W/${etag}`);
    }
    done(null, payload);
  });
  app.setErrorHandler((error, request, reply) => {
    exchanges.refused(request, sendProblem(request, reply, error));
  });

  const isDraining = (): boolean => exchanges.isDraining;
  healthRoutes(app, { metrics, isDraining, mayReadMetrics: settings.mayReadMetrics });
  const web = await WebRoot.open(app, {
    root: settings.webRoot,
    mapped: settings.webFolders,
    extensions: new Set(settings.extensions.map((extension) => extension.toLowerCase().replace(/^\./, ''))),
    redirects: settings.redirects,
    besideConsole: parts.console !== null,
    compressFrom: COMPRESS_FROM,
  });
  app.setNotFoundHandler(async (request, reply) => {
    const { method, url } = request;
    if (isForSomebody(url)) await admit(request, parts.console);
    const moved = web.redirectOf(url);
    if (moved !== undefined) return reply.redirect(moved, 308);
    const allowed = routes.methodsOf(url);
    if (allowed.length === 0 && web.covers(url)) allowed.push('GET', 'HEAD');
    if (allowed.length === 0 || allowed.includes(method)) {
      throw new SesameError('not-found', 'there is nothing of this name');
    }
    void reply.header('allow', allowed.join(', '));
    throw new SesameError('method-not-allowed', `${method} is not for this path`);
  });
  if (!web.isEmpty) {
    app.get('/*', async (request, reply) => {
      const moved = web.redirectOf(request.url);
      if (moved !== undefined) return reply.redirect(moved, 308);
      if (isForSomebody(request.url)) {
        await admit(request, parts.console);
        throw new SesameError('not-found', 'there is nothing of this name');
      }
      if (!settings.webIsPublic) await admit(request, parts.console);
      return web.send(request, reply);
    });
  }

  if (parts.console) {
    await consoleFiles(app, parts.consoleFolder);
    const served = parts.console;
    metrics.watch(served, turns, () => exchanges.connections);
    const live = stack.use(
      new Live({
        activity: served.activity,
        clock,
        connections: () => {
          const { v3, v4 } = served.connections().open;
          return v3 + v4 + exchanges.connections;
        },
      }),
    );
    exchanges.onDrained(() => {
      live[Symbol.dispose]();
    });
    const audit = new AuditTrail(served.audit, clock, loggers('http'));
    await app.register(async (api) => {
      await guardRoutes(api, parts, served);
      await describeApi(api, parts.version);
      sessionRoutes(api, served, audit);
      overviewRoutes(api, served, {
        live,
        startedAt: new Date(clock.now()),
        isDraining,
        httpAddresses: addresses,
      });
      fileRoutes(api, served, audit);
      clientRoutes(api, served, audit);
      peopleRoutes(api, served, audit);
      operationRoutes(api, served);
      // A scope of its own: it takes bodies that the API does not.
      await api.register((uploads) => uploadRoutes(uploads, served, { isDraining, clock }));
    });
  }
  await app.ready();
  if (!handler) throw new SesameError('internal', 'the framework made no handler');
  return { app, handler };
}

/** Strangers do not learn what there is. */
function isForSomebody(url: string): boolean {
  return /^\/(api|upload)(\/|\?|$)/.test(url);
}

/** @throws `not-signed-in` */
async function admit(request: FastifyRequest, served: ConsoleParts | null): Promise<void> {
  request.caller = served ? await callerOf(request, served) : undefined;
  checkAudience(request.caller, 'client');
}

/** Who asks, whether they may, and how often. */
async function guardRoutes(
  api: FastifyInstance,
  { settings }: GatewayParts,
  served: ConsoleParts,
): Promise<void> {
  if (settings.origins.length > 0) {
    await api.register(cors, {
      origin: [...settings.origins],
      credentials: false,
      methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE'],
      exposedHeaders: ['upload-offset', 'upload-complete', 'etag', 'content-range'],
    });
  }
  api.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    request.caller = await callerOf(request, served);
    checkAudience(request.caller, request.routeOptions.config.audience ?? 'anybody');
  });
  await api.register(rateLimit, {
    max: settings.requestsPerMinute,
    timeWindow: MINUTE,
    hook: 'preValidation',
    keyGenerator: (request) => {
      const who = nameOf(request.caller);
      return who === undefined ? prefixOf(request.address) : `${request.caller?.kind ?? ''} ${who}`;
    },
  });
}
