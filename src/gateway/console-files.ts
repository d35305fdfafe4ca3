import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const YEAR = '1y';

/**
 * The console's own files, as Vite built them: the page itself is asked for anew each time, all else has its digest in its
 * name.
 *
 * @param folder `dist/web`
 */
export async function consoleFiles(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    decorateReply: !app.hasReplyDecorator('sendFile'),
  });
  const page = { maxAge: 0, immutable: false };
  app.get('/', (_request, reply) => reply.sendFile('index.html', folder, page));
  for (const name of readdirSync(folder)) {
    if (name === 'index.html' || name === 'assets' || name.startsWith('.')) continue;
    app.get(`/${name}`, (_request, reply) => reply.sendFile(name, folder, page));
  }
  app.get('/assets/*', (request, reply) => {
    const { '*': name = '' } = request.params as { readonly '*'?: string };
    return reply.sendFile(name, join(folder, 'assets'), { maxAge: YEAR, immutable: true });
  });
}
