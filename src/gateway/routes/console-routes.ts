import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { prefixOf } from '../../base/addresses.ts';
import { SECOND } from '../../base/clock.ts';
import { SesameError } from '../../base/errors.ts';
import type { Guard } from '../../guard/guard.ts';
import { AuditTrail } from '../audit-trail.ts';
import { callerOf, checkAudience, nameOf } from '../caller.ts';
import { isSafe } from '../cross-site.ts';
import type { ConsoleParts } from '../console-parts.ts';
import type { GatewayParts, GatewaySettings } from '../gateway.ts';
import type { Live } from '../live.ts';
import { describeApi } from '../openapi.ts';
import { refusalOf } from '../problem.ts';
import { subjectOf } from '../web-offences.ts';
import { clientRoutes } from './client-routes.ts';
import { joinRoutes } from './join-routes.ts';
import { fileRoutes } from './file-routes.ts';
import { operationRoutes } from './operation-routes.ts';
import { overviewRoutes } from './overview-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { recoveryRoutes } from './recovery-routes.ts';
import { policyRoutes } from './policy-routes.ts';
import { securityRoutes } from './security-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { uploadRoutes } from './upload-routes.ts';

const MINUTE = '1 minute';

interface Surroundings {
  readonly live: Live;
  readonly isDraining: () => boolean;
  readonly addresses: () => readonly string[];
}

/** The API behind the console, and uploads (HTTP.md 1, 3 and 4). */
export async function consoleRoutes(
  app: FastifyInstance,
  { settings, version, clock, loggers, guard, recovery }: GatewayParts,
  served: ConsoleParts,
  { live, isDraining, addresses }: Surroundings,
): Promise<void> {
  const audit = new AuditTrail(served.audit, clock, loggers('http'));
  const startedAt = new Date(clock.now());
  if (recovery) await recoveryRoutes(app, { guard, recovery, audit });
  await app.register(async (api) => {
    await checkCallers(api, settings, served, guard);
    noteRefusals(api, audit);
    await describeApi(api, version);
    sessionRoutes(api, served, audit);
    overviewRoutes(api, served, { live, startedAt, isDraining, httpAddresses: addresses });
    fileRoutes(api, served, audit);
    clientRoutes(api, served, audit);
    joinRoutes(api, served, audit);
    peopleRoutes(api, served, audit);
    securityRoutes(api, served, audit);
    policyRoutes(api, served, audit);
    operationRoutes(api, served);
    // A scope of its own: it takes bodies that the API does not.
    await api.register((uploads) => uploadRoutes(uploads, served, { isDraining, clock }));
  });
}

/** What somebody who is signed in wanted to change, and could not. */
function noteRefusals(api: FastifyInstance, audit: AuditTrail): void {
  api.addHook('onError', async (request, _reply, error) => {
    if (isSafe(request) || request.caller?.kind !== 'person') return;
    const detail = refusalOf(error).error.code;
    await audit.refused(request, { action: 'request', target: `${request.method} ${request.url}`, detail });
  });
}

/** Who asks, whether they may, and how often. */
async function checkCallers(
  api: FastifyInstance,
  settings: GatewaySettings,
  served: ConsoleParts,
  guard: Guard,
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
    const { audience = 'anybody' } = request.routeOptions.config;
    // Who signs in is nobody yet, whatever cookie the browser still has.
    if (audience === 'anybody') return;
    request.caller = await callerOf(request, served);
    checkAudience(request.caller, audience);
    const blocked = guard.refuses(subjectOf(request, guard));
    if (blocked > 0)
      throw new SesameError('blocked', `blocked for another ${Math.ceil(blocked / SECOND)} seconds`);
  });
  await api.register(rateLimit, {
    max: () => settings.requestsPerMinute,
    timeWindow: MINUTE,
    hook: 'preValidation',
    keyGenerator: (request) => {
      const who = nameOf(request.caller);
      return who === undefined ? prefixOf(request.address) : `${request.caller?.kind ?? ''} ${who}`;
    },
  });
}
