import { isLoopback, parseNetworks } from '../base/addresses.ts';
import { messageOf, SesameError } from '../base/errors.ts';

/** @returns whether this address may speak v3 */
export type V3Access = (address: string) => boolean;

/**
 * v3 cannot be made secure, so an operator names who may use it.
 *
 * @param setting `loopback`, `off`, or networks such as `10.1.0.0/16,2001:db8::/32`; loopback is always among these
 * @throws `bad-setting`
 */
export function parseV3Access(setting: string): V3Access {
  if (setting === 'off') return () => false;
  if (setting === 'loopback') return isLoopback;
  const isAllowed = networksOf(setting);
  return (address) => isLoopback(address) || isAllowed(address);
}

function networksOf(setting: string): (address: string) => boolean {
  try {
    return parseNetworks(setting);
  } catch (error) {
    throw new SesameError('bad-setting', `--v3: ${messageOf(error)}; or loopback, or off`, { cause: error });
  }
}
