import { realpath } from 'node:fs/promises';
import { extname, posix } from 'node:path';
import { create as contentDisposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { messageOf, SesameError } from '../base/errors.ts';
import { sendFile } from './file-answer.ts';
import { mediaType } from './media-type.ts';
import { pagePolicy } from './security-headers.ts';
import type { WebFiles } from './web-files.ts';
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
  readonly files: WebFiles;
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
  readonly #files: WebFiles;

  private constructor(options: WebRootOptions, folders: readonly Folder[]) {
    this.#options = options;
    this.#files = options.files;
    this.#folders = folders.toSorted((a, b) => b.prefix.length - a.prefix.length);
  }

  /** @throws `bad-setting` for a folder that is not there */
  static async open(options: WebRootOptions): Promise<WebRoot> {
    const wanted = Object.entries(options.mapped).map(([path, folder]) => ({ prefix: `${path}/`, folder }));
    if (options.root !== undefined) wanted.push({ prefix: '/', folder: options.root });
    const folders = await Promise.all(
      wanted.map(async ({ prefix, folder }) => ({
        prefix: prefix.replaceAll(/\/+/g, '/'),
        path: await realFolder(folder),
      })),
    );
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

  /** The folder that is seen at `/`, without links; undefined where none is. */
  get root(): string | undefined {
    return this.#folders.find(({ prefix }) => prefix === '/')?.path;
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
    const isFolder = extension === '' && (await this.#files.find(folder.path, `${name}/index.html`));
    if (isFolder) return reply.redirect(`${encodeURI(path)}/`, 308);
    if (!this.#options.extensions.has(extension)) {
      throw new SesameError(
        'unsupported-type',
        'files of this kind are not served: web-extensions lists those that are',
      );
    }
    const file = await this.#files.find(folder.path, name);
    if (!file) throw notFound();
    void reply.headers({
      'content-type': mediaType(extension),
      'content-security-policy': pagePolicy(this.#options.besideConsole),
      'cache-control': 'public, max-age=0',
    });
    if (extension !== 'html' && extension !== 'htm') {
      void reply.header('content-disposition', contentDisposition(posix.basename(name)));
    }
    return sendFile(request, reply, file);
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

function notFound(): SesameError {
  return new SesameError('not-found', 'there is nothing of this name');
}
