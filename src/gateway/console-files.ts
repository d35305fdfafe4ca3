import { readdirSync, realpathSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SesameError } from '../base/errors.ts';
import { sendFile } from './file-answer.ts';
import { mediaType } from './media-type.ts';
import type { WebFiles } from './web-files.ts';

const ASK_EACH_TIME = 'no-cache';
/** A year: what is called by its digest never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/**
 * The console's own files, as Vite built them: the page itself is asked for anew each time, all else has its digest in its
 * name.
 *
 * @param built `dist/web`
 */
export function consoleFiles(app: FastifyInstance, files: WebFiles, built: string): void {
  const folder = realpathSync(built);
  const assets = join(folder, 'assets');
  const both = { method: ['GET', 'HEAD'], exposeHeadRoute: false };
  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    [from, name, caching]: readonly [folder: string, name: string, caching: string],
  ): Promise<FastifyReply> => {
    const file = await files.find(from, name);
    if (!file) throw new SesameError('not-found', 'there is nothing of this name');
    void reply.header('content-type', mediaType(extname(name))).header('cache-control', caching);
    return sendFile(request, reply, file);
  };

  const handler = (name: string) => (request: FastifyRequest, reply: FastifyReply) =>
    send(request, reply, [folder, name, ASK_EACH_TIME]);
  app.route({ ...both, url: '/', handler: handler('index.html') });
  for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())) {
    if (name === 'index.html' || name === ICON || name.startsWith('.')) continue;
    app.route({ ...both, url: `/${name}`, handler: handler(name) });
  }
  app.route({
    ...both,
    url: '/assets/*',
    handler: (request, reply) => {
      const { '*': name = '' } = request.params as { readonly '*'?: string };
      return send(request, reply, [assets, name, FOR_EVER]);
    },
  });
}

const ICON = 'favicon.ico';

/**
 * What browsers ask of every site: the web root's own, or ours.
 *
 * @param root without links; undefined: none
 */
export function siteIcon(
  app: FastifyInstance,
  files: WebFiles,
  root: string | undefined,
  built: string,
): void {
  const folder = realpathSync(built);
  app.route({
    method: ['GET', 'HEAD'],
    exposeHeadRoute: false,
    url: `/${ICON}`,
    handler: async (request, reply) => {
      const own = root === undefined ? undefined : await files.find(root, ICON);
      const icon = own ?? (await files.find(folder, ICON));
      if (!icon) throw new SesameError('not-found', 'there is no icon');
      void reply.header('content-type', mediaType(ICON)).header('cache-control', 'public, max-age=86400');
      return sendFile(request, reply, icon);
    },
  });
}
