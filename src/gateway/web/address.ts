import { urlOf, type Query } from './url.ts';

/** A place in the console: `#/files?search=a` is page `files` with that query. */
export interface Route {
  readonly page: string;
  readonly query: Readonly<Partial<Record<string, string>>>;
}

const SIGN_IN_LINK = /^#sign-in=(.+)$/;

/** The token, where what stands behind the address is a sign-in link. */
export function tokenIn(hash: string): string | undefined {
  return SIGN_IN_LINK.exec(hash)?.[1];
}

/** The place that stands behind the address; without one it is the overview. */
export function routeOf(hash: string): Route {
  const text = hash.replace(/^#\/?/, '');
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const query = mark < 0 ? '' : text.slice(mark + 1);
  return { page: path === '' ? 'overview' : path, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a page, for links. */
export function hrefTo(page: string, query: Query = {}): string {
  return urlOf(`#/${page}`, query);
}
