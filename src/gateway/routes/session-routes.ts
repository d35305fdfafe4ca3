import type { FastifyInstance, FastifyReply } from 'fastify';
import type { SignedIn } from '../../accounts/people.ts';
import { SesameError } from '../../base/errors.ts';
import { addRoute } from '../api-route.ts';
import * as schemas from '../api-schemas.ts';
import type { LinkOwner, Session } from '../api-types.ts';
import type { AuditTrail } from '../audit-trail.ts';
import { SESSION_COOKIE, type Caller } from '../caller.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { isoTime } from '../iso-time.ts';
import { z } from 'zod';

/** Signing in and out (HTTP.md 1). */
export function sessionRoutes(app: FastifyInstance, { people }: ConsoleParts, audit: AuditTrail): void {
  const attempts = { max: 10, timeWindow: '1 minute' };
  const welcome = (reply: FastifyReply, signedIn: SignedIn & { readonly secret: string }): Session => {
    void reply.setCookie(SESSION_COOKIE, signedIn.secret, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: reply.request.protocol === 'https',
    });
    return describe(signedIn);
  };

  addRoute(app, {
    method: 'POST',
    path: '/api/session',
    summary: 'Sign in',
    audience: 'anybody',
    rate: attempts,
    body: schemas.signIn,
    status: 200,
    result: schemas.session,
    async carryOut({ body: { name, password }, request, reply }) {
      try {
        const signedIn = await people.signIn(name, password);
        await audit.done(request, { action: 'session.start', actor: signedIn.person.name });
        return welcome(reply, signedIn);
      } catch (error) {
        await audit.refused(request, { action: 'session.start', actor: name });
        throw error;
      }
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/session/link',
    summary: 'Sign in by a link: whose it is, or with a password its use',
    audience: 'anybody',
    rate: attempts,
    body: schemas.signInLink,
    status: 200,
    result: z.union([schemas.session, schemas.linkOwner]),
    async carryOut({ body: { token, name, password }, request, reply }): Promise<Session | LinkOwner> {
      if (password === undefined) {
        const { person, expiresAt } = await people.linkOf(token);
        return { name: person?.name ?? null, role: person?.role ?? 'operator', expires: isoTime(expiresAt) };
      }
      const signedIn = await people.signInByLink(token, name ?? '', password);
      await audit.done(request, { action: 'password.set', actor: signedIn.person.name, detail: 'by a link' });
      return welcome(reply, signedIn);
    },
  });

  addRoute(app, {
    method: 'GET',
    path: '/api/session',
    summary: 'Who is signed in',
    audience: 'viewer',
    status: 200,
    result: schemas.session,
    carryOut: ({ caller }) => Promise.resolve(describe(signedInOf(caller))),
  });

  addRoute(app, {
    method: 'PUT',
    path: '/api/session/password',
    summary: 'Change one’s password; other sessions of that person end',
    audience: 'viewer',
    rate: attempts,
    body: schemas.passwordChange,
    status: 204,
    async carryOut({ body, caller, request }) {
      await people.changePassword(signedInOf(caller), body.old, body.new);
      await audit.done(request, { action: 'password.set' });
    },
  });

  addRoute(app, {
    method: 'DELETE',
    path: '/api/session',
    summary: 'Sign out',
    audience: 'viewer',
    status: 204,
    async carryOut({ caller, request, reply }) {
      await people.signOut(signedInOf(caller));
      await audit.done(request, { action: 'session.end' });
      void reply.clearCookie(SESSION_COOKIE, { path: '/' });
    },
  });
}

/** Of a route that is for people. */
function signedInOf(caller: Caller | undefined): SignedIn {
  if (caller?.kind !== 'person') throw new SesameError('not-signed-in', 'sign in first');
  return caller.signedIn;
}

function describe({ person: { name, role }, csrf, expiresAt }: SignedIn): Session {
  return { user: { name, role }, csrf, expires: isoTime(expiresAt) };
}
