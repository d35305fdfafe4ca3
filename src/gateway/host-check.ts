import type { FastifyRequest } from 'fastify';
import { isAddress } from '../base/addresses.ts';
import { SesameError } from '../base/errors.ts';

/**
 * `Host` must be a name of ours: a page elsewhere whose name is made to point here (DNS rebinding) is still a stranger.
 * An address cannot be rebound, so every address will do.
 *
 * @param names lower case, without port
 * @throws `bad-request` where it is missing or doubled; `wrong-host`
 */
export function checkHost({ raw, headers }: FastifyRequest, names: ReadonlySet<string>): void {
  const isHttp2 = raw.httpVersionMajor >= 2;
  const authority = isHttp2 ? (headers[':authority'] ?? headers.host) : headers.host;
  const doubled = raw.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host');
  if (typeof authority !== 'string' || authority === '' || doubled.length > 1) {
    throw new SesameError('bad-request', 'one Host header is wanted');
  }
  const name = hostOf(authority);
  if (name === undefined || !(isAddress(name) || names.has(name))) {
    throw new SesameError(
      'wrong-host',
      'this is not the host that was asked for: name it in http.names, if it is',
    );
  }
}

/** `files.example.org:8357` → `files.example.org`, `[::1]:80` → `::1`. @returns undefined where it is neither */
export function hostOf(authority: string): string | undefined {
  const [, v6, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(authority) ?? [];
  return (v6 ?? name)?.toLowerCase().replace(/\.$/, '');
}
