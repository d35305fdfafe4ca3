import { randomUUID } from 'node:crypto';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import fastify, {
  type FastifyInstance,
  type FastifyServerFactoryHandler,
  type onSendHookHandler,
} from 'fastify';
import { SesameError } from '../base/errors.ts';
import { validatorFor } from './api-route.ts';
import { consoleFiles, siteIcon } from './console-files.ts';
import type { Exchanges } from './exchanges.ts';
import { COMPRESS_FROM } from './file-answer.ts';
import type { GatewayParts, GatewaySettings } from './gateway.ts';
import { JoinWatch } from './join-watch.ts';
import { KnownRoutes } from './known-routes.ts';
import { Live } from './live.ts';
import { refusalOf, sendProblem } from './problem.ts';
import { consoleRoutes } from './routes/console-routes.ts';
import { folderRoutes } from './routes/folder-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import type { Turns } from './turns.ts';
import { WebFiles } from './web-files.ts';
import { makeWebServer } from './web-servers.ts';
import { WebRoot } from './web-root.ts';

const JSON_LIMIT = 1024 * 1024;
const PATH_LIMIT = 16 * 1024;
/** Its default is for files that are compressed once, and takes seconds a megabyte. */
const BROTLI_QUALITY = 4;

/** All routes, ready to be served. */
export interface Application extends AsyncDisposable {
  readonly handler: FastifyServerFactoryHandler;
  drain(): void;
}

interface Surroundings {
  readonly exchanges: Exchanges;
  readonly turns: Turns;
  /** Where it is served. */
  readonly addresses: () => readonly string[];
}

/** The framework, what every request goes through before it comes to a route, and the routes. */
export async function buildApplication(
  parts: GatewayParts,
  { exchanges, turns, addresses }: Surroundings,
): Promise<Application> {
  const { settings, metrics, clock, console: served } = parts;
  const { app, handler } = makeFramework(settings, exchanges);
  const known = new KnownRoutes(app);
  exchanges.attach(app);
  await app.register(cookie);
  await compressAnswers(app);
  app.setErrorHandler((error, request, reply) => {
    sendProblem(request, reply, error, exchanges.refused(request, refusalOf(error).error));
  });

  const isDraining = (): boolean => exchanges.isDraining;
  healthRoutes(app, { metrics, isDraining, mayReadMetrics: settings.mayReadMetrics });
  const files = new WebFiles(clock);
  const web = await WebRoot.open({
    root: settings.webRoot,
    mapped: settings.webFolders,
    extensions: new Set(settings.extensions.map((extension) => extension.toLowerCase().replace(/^\./, ''))),
    redirects: settings.redirects,
    besideConsole: served !== null,
    files,
  });
  siteIcon(app, files, web.root, parts.consoleFolder);
  folderRoutes(app, { web, known, served, isPublic: settings.webIsPublic });
  let live: Live | undefined;
  if (served) {
    metrics.watch(served, turns, { open: () => exchanges.connections, turnedAway: parts.turnedAway });
    const connections = (): number => {
      const { v3, v4 } = served.connections().open;
      return v3 + v4 + exchanges.connections;
    };
    const joins = new JoinWatch({ registrar: served.registrar, clock });
    live = new Live({ activity: served.activity, connections, joins, clock });
    consoleFiles(app, files, parts.consoleFolder);
    await consoleRoutes(app, parts, served, { live, isDraining, addresses });
  }
  await app.ready();
  const drain = (): void => {
    live?.[Symbol.dispose]();
  };
  return {
    handler: handler(),
    drain,
    [Symbol.asyncDispose]: async () => {
      drain();
      await app.close();
    },
  };
}

/** Fastify without a server of its own: ours are made one for each address. */
function makeFramework(
  settings: GatewaySettings,
  exchanges: Exchanges,
): {
  readonly app: FastifyInstance;
  readonly handler: () => FastifyServerFactoryHandler;
} {
  let handler: FastifyServerFactoryHandler | undefined;
  const app: FastifyInstance = fastify({
    serverFactory: (given) => {
      handler = given;
      // One that never listens.
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
    frameworkErrors: exchanges.unreadable,
  });
  app.decorateRequest('caller', undefined);
  app.decorateRequest('address', '');
  app.setValidatorCompiler(({ schema }) => validatorFor(schema));
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  return {
    app,
    handler: () => {
      if (!handler) throw new SesameError('internal', 'the framework made no handler');
      return handler;
    },
  };
}

async function compressAnswers(app: FastifyInstance): Promise<void> {
  await app.register(compress, {
    threshold: COMPRESS_FROM,
    encodings: ['zstd', 'br', 'gzip', 'identity'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
  });
  // Behind the plugin's own, which is a hook of each route.
  app.addHook('onRoute', (route) => {
    route.onSend = [...[route.onSend ?? []].flat(), weakenTag];
  });
}

/** What is compressed is not the same bytes any more. */
const weakenTag: onSendHookHandler = (_request, reply, payload, done) => {
  const etag = reply.getHeader('etag');
  if (reply.hasHeader('content-encoding') && typeof etag === 'string' && etag.startsWith('"')) {
    void reply.header('etag', `W/${etag}`);
  }
  done(null, payload);
};
