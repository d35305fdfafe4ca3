import type { FastifyInstance } from 'fastify';
import { addRoute } from '../api-route.ts';
import * as schemas from '../api-schemas.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { isoTime } from '../iso-time.ts';

/** What was done to the server, and how it runs (HTTP.md 4). */
export function operationRoutes(app: FastifyInstance, { audit, settings }: ConsoleParts): void {
  addRoute(app, {
    method: 'GET',
    path: '/api/audit',
    summary: 'What was done and refused, newest first',
    audience: 'viewer',
    query: schemas.auditQuery,
    status: 200,
    result: schemas.auditPage,
    async carryOut({ query: { before, limit, search } }) {
      const found = await audit.list(before ?? null, limit + 1, search);
      const entries = found.slice(0, limit).map((entry) => ({ ...entry, time: isoTime(entry.time) }));
      return { entries, more: found.length > limit };
    },
  });

  addRoute(app, {
    method: 'GET',
    path: '/api/settings',
    summary: 'What this server runs with, and where each setting comes from',
    audience: 'viewer',
    status: 200,
    result: schemas.settingList,
    carryOut: () => Promise.resolve({ settings: [...settings()] }),
  });
}
