import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { SesameError } from '../base/errors.ts';

/** What changes nothing (RFC 9110, 9.2.1). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isSafe({ method }: FastifyRequest): boolean {
  return SAFE.has(method);
}

/**
 * A change must not come from a page of somebody else. Programs send none of these headers, browsers cannot leave them
 * out.
 *
 * @throws `cross-site`
 */
export function checkSite(request: FastifyRequest): void {
  if (isSafe(request)) return;
  const { 'sec-fetch-site': site, origin } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new SesameError('cross-site', 'this request came from another site');
  }
  if (origin !== undefined && origin !== `${request.protocol}://${request.host}`) {
    throw new SesameError('cross-site', 'this request came from another origin');
  }
}

/**
 * Where a cookie says who asks, the page must show that it has read the session, too.
 *
 * @throws `cross-site`
 */
export function checkCsrf(request: FastifyRequest, csrf: string): void {
  if (isSafe(request)) return;
  const given = Buffer.from(String(request.headers['x-csrf-token'] ?? ''));
  const wanted = Buffer.from(csrf);
  if (given.byteLength !== wanted.byteLength || !timingSafeEqual(given, wanted)) {
    throw new SesameError('cross-site', 'X-CSRF-Token is not that of the session');
  }
}
