import { SesameError } from '../base/errors.ts';

/**
 * The path of a URL, decoded once: what is still encoded then is a name like any other.
 *
 * @throws `bad-request` where it cannot be decoded
 */
export function decodedPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new SesameError('bad-request', 'the path is not properly encoded', { cause });
  }
}

/**
 * No route has a use for a path that climbs, in whatever encoding.
 *
 * @throws `not-allowed`
 */
export function checkPath(url: string): void {
  const path = decodedPath(url);
  const climbs = path.split(/[/\\]/).some((segment) => segment === '..' || segment === '.');
  if (climbs || path.includes('\\') || path.includes('\0')) {
    throw new SesameError('not-allowed', 'a path with dot segments, backslashes or NUL is not served');
  }
}
