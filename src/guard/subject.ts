import { isAddress, isLoopback, prefixOf } from '../base/addresses.ts';
import { SesameError } from '../base/errors.ts';

/**
 * Whom the guard counts: a source (`192.0.2.1`, `2001:db8:0:1::/64`), or who has proved who he is (`client:NAME`,
 * `user:NAME`).
 */
export type Subject = string;

export type Family = 'ipv4' | 'ipv6' | 'identity';

const IDENTITY = /^(client|user):./s;
const SOURCE_SUFFIX = '::/64';

export function clientSubject(name: string): Subject {
  return `client:${keyOf(name)}`;
}

export function userSubject(name: string): Subject {
  return `user:${keyOf(name)}`;
}

/** Names are the same in whatever case, as clients and people have them (PROTOCOL.md 1.1). */
function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

export function familyOf(subject: Subject): Family {
  if (IDENTITY.test(subject)) return 'identity';
  return subject.endsWith(SOURCE_SUFFIX) ? 'ipv6' : 'ipv4';
}

/** Whether it is written the one way in which subjects are. */
export function isSubject(text: string): boolean {
  if (IDENTITY.test(text)) return text === keyOf(text);
  const address = text.endsWith(SOURCE_SUFFIX) ? `${text.slice(0, -SOURCE_SUFFIX.length)}::` : text;
  return isAddress(address) && prefixOf(address) === text;
}

/**
 * What an operator calls it: an address, a /64, `client:NAME`, `user:NAME`.
 *
 * @throws `bad-setting` for what is none of these, and for loopback, which is never blocked
 */
export function parseSubject(text: string): Subject {
  if (IDENTITY.test(text)) return keyOf(text);
  const [address = '', length, ...rest] = text.split('/');
  const isWhole = length === undefined || length === (address.includes(':') ? '64' : '32');
  if (!isAddress(address) || address.includes('%') || rest.length > 0 || !isWhole) {
    throw new SesameError(
      'bad-setting',
      `"${text}" is nobody: give an address, an IPv6 /64, client:NAME or user:NAME`,
    );
  }
  if (isLoopback(address)) throw new SesameError('bad-setting', 'loopback is never blocked');
  return prefixOf(address);
}
