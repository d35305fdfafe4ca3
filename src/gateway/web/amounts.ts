import type { PolicyAmount } from '../fleet-types.ts';

const UNITS = ['', 'K', 'M', 'G', 'T'] as const;
const WRITTEN = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?(?:\/s)?$/i;

/**
 * What somebody writes as a limit: `10G`, `2.5 GiB`, `5M/s` (1024 each), `1000`; `none` for no limit; nothing for null.
 * Undefined for what is none of these.
 */
export function readAmount(text: string): PolicyAmount | undefined {
  const given = text.trim();
  if (given === '') return null;
  if (given.toLowerCase() === 'none') return 'none';
  const [, number = '', unit = ''] = WRITTEN.exec(given) ?? [];
  const amount = Math.floor(Number(number) * 1024 ** UNITS.findIndex((one) => one === unit.toUpperCase()));
  return number !== '' && Number.isSafeInteger(amount) ? amount : undefined;
}

/** The same number, as somebody would write it: 10737418240 is `10G`. */
export function writeAmount(amount: PolicyAmount): string {
  if (amount === null) return '';
  if (amount === 'none') return 'none';
  const power = amount === 0 ? 0 : UNITS.findLastIndex((_unit, at) => amount % 1024 ** at === 0);
  return `${amount / 1024 ** power}${UNITS[power] ?? ''}`;
}

/** What somebody writes as a number of files: units would mean something else than of bytes. */
export function readCount(text: string): PolicyAmount | undefined {
  const given = text.trim().replace(/(?<=\d)[, ](?=\d{3}\b)/g, '');
  return /^(\d+|none|)$/i.test(given) ? readAmount(given) : undefined;
}
