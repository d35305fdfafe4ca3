import type { FastifyInstance } from 'fastify';

const EVERYTHING = '/*';

/** Which methods a path has: for whoever asks with another (405). */
export class KnownRoutes {
  /** By path, or by what stands before a `*`. */
  readonly #exact = new Map<string, Set<string>>();
  readonly #prefixes = new Map<string, Set<string>>();

  /** Notes all routes that come behind it. */
  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      // That of a web root, which has whatever nobody else has.
      if (url === EVERYTHING) return;
      const table = url.endsWith('*') ? this.#prefixes : this.#exact;
      const path = url.endsWith('*') ? url.slice(0, -1) : url;
      const methods = table.get(path) ?? new Set();
      for (const one of [method].flat()) methods.add(one);
      table.set(path, methods);
    });
  }

  /** @returns none where there is no such path */
  methodsOf(url: string): string[] {
    const [path = ''] = url.split('?', 1);
    const exact = this.#exact.get(path);
    if (exact) return Array.from(exact);
    const [, methods = []] = Array.from(this.#prefixes).find(([known]) => path.startsWith(known)) ?? [];
    return Array.from(methods);
  }
}
