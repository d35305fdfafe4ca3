import { realpath, stat } from 'node:fs/promises';
import { extname, posix, sep } from 'node:path';
import { create as contentDisposition } from 'content-disposition';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf, SesameError } from '../base/errors.ts';
import { pagePolicy } from './security-headers.ts';
import { decodedPath } from './web-path.ts';

export interface WebRootOptions {
  /** The folder that paths are looked up in when nothing else has them; undefined: none. */
  readonly root: string | undefined;
  /** Further folders, by the paths at which they are seen. */
  readonly mapped: Readonly<Record<string, string>>;
  /** Without dot, lower case. */
  readonly extensions: ReadonlySet<string>;
  readonly redirects: Readonly<Record<string, string>>;
  /** Whether the console has the same origin. */
  readonly besideConsole: boolean;
  /** Bytes below which compressing costs more than it saves. */
  readonly compressFrom: number;
}

interface Folder {
  /** `/docs/`; `/` for the root. */
  readonly prefix: string;
  /** Without links. */
  readonly path: string;
}

/** Public files out of folders, of allowed kinds (HTTP.md 2). */
export class WebRoot {
  readonly #options: WebRootOptions;
  /** The longest prefix first. */
  readonly #folders: readonly Folder[];

  private constructor(options: WebRootOptions, folders: readonly Folder[]) {
    this.#options = options;
    this.#folders = folders.toSorted((a, b) => b.prefix.length - a.prefix.length);
  }

  /** @throws `bad-setting` for a folder that is not there */
  static async open(app: FastifyInstance, options: WebRootOptions): Promise<WebRoot> {
    const wanted = Object.entries(options.mapped).map(([path, folder]) => ({ prefix: `${path}/`, folder }));
    if (options.root !== undefined) wanted.push({ prefix: '/', folder: options.root });
    const folders = await Promise.all(
      wanted.map(async ({ prefix, folder }) => ({
        prefix: prefix.replaceAll(/\/+/g, '/'),
        path: await realFolder(folder),
      })),
    );
    const [first] = folders;
    if (first) {
      await app.register(fastifyStatic, {
        root: first.path,
        serve: false,
        cacheControl: true,
        maxAge: 0,
        dotfiles: 'ignore',
        decorateReply: true,
      });
    }
    return new WebRoot(options, folders);
  }

  /** @returns where this path has moved to */
  redirectOf(url: string): string | undefined {
    const path = decodedPath(url);
    return Object.hasOwn(this.#options.redirects, path) ? this.#options.redirects[path] : undefined;
  }

  /** Whether some folder may have it: if not, nobody does. */
  covers(url: string): boolean {
    return this.#folderOf(decodedPath(url)) !== undefined;
  }

  get isEmpty(): boolean {
    return this.#folders.length === 0;
  }

  /** @throws `not-found`; `unsupported-type` */
  async send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = decodedPath(request.raw.url ?? '');
    const folder = this.#folderOf(path);
    if (!folder) throw notFound();
    const rest = path.slice(folder.prefix.length);
    const name = rest === '' || rest.endsWith('/') ? `${rest}index.html` : rest;
    if (name.split('/').some((segment) => segment.startsWith('.'))) throw notFound();
    const extension = extname(name).slice(1).toLowerCase();
    const index = extension === '' ? await sizeInside(folder.path, `${name}/index.html`) : undefined;
    if (index !== undefined) return reply.redirect(`${encodeURI(path)}/`, 308);
    if (!this.#options.extensions.has(extension)) {
      throw new SesameError(
        'unsupported-type',
        'files of this kind are not served: web-extensions lists those that are',
      );
    }
    const size = await sizeInside(folder.path, name);
    if (size === undefined) throw notFound();
    // How the compressing plugin is told: of a stream it does not know the size.
    if (size < this.#options.compressFrom) request.headers['x-no-compression'] = 'small';
    void reply.header('content-security-policy', pagePolicy(this.#options.besideConsole));
    if (extension !== 'html' && extension !== 'htm') {
      void reply.header('content-disposition', contentDisposition(posix.basename(name)));
    }
    return reply.sendFile(name, folder.path);
  }

  #folderOf(path: string): Folder | undefined {
    return this.#folders.find(({ prefix }) => path.startsWith(prefix));
  }
}

async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new SesameError('bad-setting', `no such folder to serve: ${path} (${messageOf(error)})`, {
      cause: error,
    });
  }
}

/** Bytes of a file. @returns undefined where none is there, or a link leads out of the folder */
async function sizeInside(folder: string, name: string): Promise<number | undefined> {
  try {
    const found = await realpath(posix.join(folder, name));
    if (!found.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined;
    const state = await stat(found);
    return state.isFile() ? state.size : undefined;
  } catch {
    return undefined;
  }
}

function notFound(): SesameError {
  return new SesameError('not-found', 'there is nothing of this name');
}
