import type { FastifyInstance } from 'fastify';
import { addRoute } from '../api-route.ts';
import * as schemas from '../api-schemas.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { signInLink } from '../sign-in-link.ts';

/** People who may sign in (HTTP.md 1 and 4). */
export function peopleRoutes(app: FastifyInstance, { people }: ConsoleParts, audit: AuditTrail): void {
  addRoute(app, {
    method: 'GET',
    path: '/api/users',
    summary: 'Everybody who may sign in',
    audience: 'viewer',
    status: 200,
    result: schemas.userList,
    async carryOut() {
      const all = await people.list();
      return {
        users: all.map(({ name, role, createdAt, lastSeenAt, passwordHash }) => ({
          name,
          role,
          created: isoTime(createdAt),
          last_seen: isoTimeOrNull(lastSeenAt),
          has_password: passwordHash !== null,
        })),
      };
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/users',
    summary: 'Add somebody, who signs in by the link first',
    audience: 'operator',
    body: schemas.newUser,
    status: 201,
    result: schemas.newLink,
    async carryOut({ body: { name, role }, request }) {
      const { link, expiresAt } = await people.add(name, role);
      await audit.done(request, { action: 'user.add', target: name, detail: role });
      return { name, link: signInLink(originOf(request), link), expires: isoTime(expiresAt) };
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/users/link',
    summary: 'A new sign-in link for somebody',
    audience: 'operator',
    body: schemas.named,
    status: 201,
    result: schemas.newLink,
    async carryOut({ body: { name }, request }) {
      const { link, expiresAt } = await people.newLink(name);
      await audit.done(request, { action: 'user.link', target: name });
      return { name, link: signInLink(originOf(request), link), expires: isoTime(expiresAt) };
    },
  });

  addRoute(app, {
    method: 'DELETE',
    path: '/api/user',
    summary: 'Remove somebody, whose sessions end at once',
    audience: 'operator',
    query: schemas.named,
    status: 204,
    async carryOut({ query: { name }, request }) {
      await people.remove(name);
      await audit.done(request, { action: 'user.remove', target: name });
    },
  });
}

function originOf({ protocol, host }: { protocol: string; host: string }): string {
  return `${protocol}://${host}`;
}
