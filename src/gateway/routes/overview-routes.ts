import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { SECOND } from '../../base/clock.ts';
import { userSubject } from '../../guard/subject.ts';
import { addRoute } from '../api-route.ts';
import * as schemas from '../api-schemas.ts';
import type { Caller } from '../caller.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { healthOf } from '../health.ts';
import type { Live } from '../live.ts';

const SESSION_CHECK = 5 * SECOND;

interface OverviewParts {
  readonly live: Live;
  readonly startedAt: Date;
  readonly isDraining: () => boolean;
  readonly httpAddresses: () => readonly string[];
}

/** The server at a glance, and as it goes on. */
export function overviewRoutes(
  app: FastifyInstance,
  parts: ConsoleParts,
  { live, startedAt, isDraining, httpAddresses }: OverviewParts,
): void {
  addRoute(app, {
    method: 'GET',
    path: '/api/overview',
    summary: 'The server at a glance',
    audience: 'viewer',
    status: 200,
    result: schemas.overview,
    async carryOut() {
      const [disk, totals] = await Promise.all([parts.disk(), parts.browser.totals()]);
      const state = isDraining() ? 'draining' : 'ready';
      return {
        version: parts.version,
        started: startedAt.toISOString(),
        now: new Date().toISOString(),
        state,
        pin: parts.pin,
        transfer: [...parts.transferAddresses],
        http: [...httpAddresses()],
        disk: { total: disk.total, free: disk.free },
        totals: { ...totals },
        health: healthOf(disk, parts, state),
      };
    },
  });

  addRoute(app, {
    method: 'GET',
    path: '/api/live',
    summary: 'Server-sent events: history, then every second sample and transfers',
    audience: 'viewer',
    takesNoTurn: true,
    status: 200,
    carryOut({ caller, reply }) {
      const events = live.join();
      endWithSession(events, () => isStillIn(parts, caller));
      void reply
        .header('content-type', 'text/event-stream')
        .header('cache-control', 'no-store')
        // A proxy that buffers would make one lump of many seconds.
        .header('x-accel-buffering', 'no')
        .send(events);
      return Promise.resolve();
    },
  });
}

async function isStillIn({ people, guard }: ConsoleParts, caller: Caller | undefined): Promise<boolean> {
  if (caller?.kind !== 'person' || guard.isBlocked(userSubject(caller.signedIn.person.name))) return false;
  return people.isLive(caller.signedIn);
}

/** Whoever has signed out elsewhere, was removed or is blocked does not look on. */
function endWithSession(events: Readable, isStillIn: () => Promise<boolean>): void {
  const timer = setInterval(() => {
    isStillIn()
      .then((isIn) => {
        if (!isIn) events.destroy();
      })
      .catch(() => undefined);
  }, SESSION_CHECK);
  events.on('close', () => {
    clearInterval(timer);
  });
}
