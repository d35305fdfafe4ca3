import { z } from 'zod';
import { parseNetworks } from '../base/addresses.ts';
import { messageOf } from '../base/errors.ts';

/** One setting of the server. Its key is its place in `sesame.toml` (a dot is a table). */
export interface Setting {
  /** As commander writes it. */
  readonly flag: string;
  readonly help: string;
  /** Takes what a flag, the environment or the file gives, or undefined for the default. */
  readonly schema: z.ZodType;
  /** Where there is no default: what `sesamed config example` shows. */
  readonly example?: unknown;
  /** Whether a running server takes a new value (OPERATIONS.md, Reload); else it waits for the next start. */
  readonly reloadable?: true;
}

export const text = z.string().min(1);
/** A number, or its digits as flags and the environment give them; nothing else becomes one. */
export const number = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a number is wanted')
    .transform(Number),
]);
/** As join lines have it; an IPv6 address is in brackets. */
export const hostAndPort = z
  .string()
  .regex(/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?\]):\d{1,5}$/, 'HOST:PORT is wanted')
  .refine((value) => {
    const given = Number(value.slice(value.lastIndexOf(':') + 1));
    return given >= 1 && given <= 65535;
  }, 'a port from 1 to 65535 is wanted');
export const port = number.pipe(z.number().int().min(0).max(65535));
export const seconds = number.pipe(z.number().positive().max(31_536_000));
export const yesOrNo = z.union([z.boolean(), z.stringbool()]).default(false);
export const onOrOff = z.union([z.boolean(), z.stringbool()]);
export const atLeastOne = number.pipe(z.number().int().min(1).max(1_000_000));
/** Words with commas between them; in the file a list will do. */
export const words = z
  .union([z.array(z.string()), z.string().transform((given) => given.split(','))])
  .transform((given) => given.map((word) => word.trim()).filter((word) => word !== ''));

/** A text that is good if it can be read: what `read` throws is what is wrong with it. */
export function readable(read: (value: string) => unknown): z.ZodString {
  return text.superRefine((value, context) => {
    try {
      read(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
    }
  });
}
/** `10.1.0.0/16,2001:db8::/32` */
export const networks = readable(parseNetworks);
