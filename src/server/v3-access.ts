import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { SesameError } from '../base/errors.ts';
import { isLoopback, plainAddress } from './admission.ts';

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
  const allowed = new BlockList();
  for (const network of setting.split(',')) addNetwork(allowed, network.trim());
  return (address) => {
    const plain = plainAddress(address);
    return isLoopback(plain) || allowed.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
  };
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits, ...rest] = network.split('/');
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const maxBits = family === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? maxBits : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (
    rest.length > 0 ||
    (!isIPv4(address) && (!isIPv6(address) || address.includes('%'))) ||
    !(prefix <= maxBits)
  ) {
    throw new SesameError(
      'bad-setting',
      `--v3: "${network}" is no network; give loopback, off, or for example 10.1.0.0/16`,
    );
  }
  list.addSubnet(address, prefix, family);
}
