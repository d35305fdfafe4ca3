import { z } from 'zod';

const UNITS = ['', 'K', 'M', 'G', 'T'];

/** A size: bytes, or `64K`, `2.5G` (1024 each). */
export const sizeInBytes = z.union([z.string(), z.number()]).transform((given, context) => {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/i.exec(String(given).trim());
  const bytes = Math.floor(Number(match?.[1]) * 1024 ** UNITS.indexOf(match?.[2]?.toUpperCase() ?? ''));
  if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  context.addIssue({ code: 'custom', message: 'a size is bytes, or a number with K, M, G or T' });
  return z.NEVER;
});
