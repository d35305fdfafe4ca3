import type { IncomingMessage } from 'node:http';
import { isAddress, plainAddress } from '../base/addresses.ts';

/**
 * Who asks, through proxies that say for whom they ask: each appends to `X-Forwarded-For` where its connection came from.
 *
 * @param from where the connection comes from
 * @returns the first, from the end, that is no proxy of ours; where somebody wrote what is no address, the proxy before it
 */
export function forwardedSource(
  { headers }: Pick<IncomingMessage, 'headers'>,
  from: string,
  isProxy: (address: string) => boolean,
): string {
  const chain = String(headers['x-forwarded-for'] ?? '').split(',');
  let source = from;
  while (isProxy(source)) {
    const before = chain.pop()?.trim() ?? '';
    if (!isAddress(before)) return source;
    source = plainAddress(before);
  }
  return source;
}
