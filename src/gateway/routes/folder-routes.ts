import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SesameError } from '../../base/errors.ts';
import { callerOf, checkAudience, type Credentials } from '../caller.ts';
import type { KnownRoutes } from '../known-routes.ts';
import type { WebRoot } from '../web-root.ts';

interface FolderParts {
  readonly web: WebRoot;
  readonly known: KnownRoutes;
  /** Null where there is nobody who could sign in. */
  readonly served: Credentials | null;
  /** Whether strangers may have the files. */
  readonly isPublic: boolean;
}

/** What no other route has: files of folders, moved paths, and refusals (HTTP.md 1 and 2). */
export function folderRoutes(app: FastifyInstance, { web, known, served, isPublic }: FolderParts): void {
  const serveFile = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const moved = web.redirectOf(request.url);
    if (moved !== undefined) return reply.redirect(moved, 308);
    if (isForSomebody(request.url)) {
      await admit(request, served);
      throw notFound();
    }
    if (!isPublic) await admit(request, served);
    return web.send(request, reply);
  };
  if (!web.isEmpty) {
    app.route({ method: ['GET', 'HEAD'], exposeHeadRoute: false, url: '/*', handler: serveFile });
  }

  app.setNotFoundHandler(async (request, reply) => {
    const { method, url } = request;
    if (isForSomebody(url)) await admit(request, served);
    const moved = web.redirectOf(url);
    if (moved !== undefined) return reply.redirect(moved, 308);
    const allowed = known.methodsOf(url);
    if (allowed.length === 0 && web.covers(url)) allowed.push('GET', 'HEAD');
    if (allowed.length === 0 || allowed.includes(method)) throw notFound();
    void reply.header('allow', allowed.join(', '));
    throw new SesameError('method-not-allowed', `${method} is not for this path`);
  });
}

/** Strangers do not learn what there is. */
function isForSomebody(url: string): boolean {
  return /^\/(api|upload)(\/|\?|$)/.test(url);
}

/** @throws `not-signed-in` */
async function admit(request: FastifyRequest, served: Credentials | null): Promise<void> {
  request.caller = served ? await callerOf(request, served) : undefined;
  checkAudience(request.caller, 'client');
}

function notFound(): SesameError {
  return new SesameError('not-found', 'there is nothing of this name');
}
