import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { SECOND } from '../../base/clock.ts';
import { addRoute } from '../api-route.ts';
import * as schemas from '../api-schemas.ts';
import type { HealthCheck } from '../api-types.ts';
import type { Caller } from '../caller.ts';
import type { ConsoleParts, DiskState } from '../console-parts.ts';
import { formatBytes } from '../../base/format.ts';
import type { Live } from '../live.ts';

/** Below these parts of the disk it gets tight, and is nearly full. */
const DISK_TIGHT = 0.1;
const DISK_FULL = 0.02;

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

function isStillIn({ people }: ConsoleParts, caller: Caller | undefined): Promise<boolean> {
  return caller?.kind === 'person' ? people.isLive(caller.signedIn) : Promise.resolve(false);
}

/** Whoever has signed out elsewhere, or was removed, does not look on. */
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

function healthOf(disk: DiskState, { activity }: ConsoleParts, state: string): HealthCheck[] {
  const part = disk.total > 0 ? disk.free / disk.total : 1;
  const failures = activity.totals.refusals.get('storage-failed') ?? 0;
  const full = activity.totals.refusals.get('disk-full') ?? 0;
  return [
    { name: 'server', state: state === 'ready' ? 'ok' : 'warning', message: state },
    {
      name: 'disk',
      state: part < DISK_FULL ? 'error' : part < DISK_TIGHT ? 'warning' : 'ok',
      message: `${formatBytes(disk.free)} of ${formatBytes(disk.total)} are free`,
    },
    {
      name: 'storage',
      state: failures + full > 0 ? 'warning' : 'ok',
      message:
        failures + full > 0
          ? `${failures} failures of the disk or the database and ${full} refusals for lack of room since the start: see the log`
          : 'no failure since the start',
    },
  ];
}
