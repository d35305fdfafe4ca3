// An address as bytes in network order, 4 or 16: read here once more.
import { isIPv4 } from 'node:net';

export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const missing = new Array<string>(8 - groups(head).length - groups(tail).length).fill('0');
  const all = [...groups(head), ...missing, ...groups(tail)].map((group) => group.padStart(4, '0'));
  return Buffer.from(all.join(''), 'hex');
}
