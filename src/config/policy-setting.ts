import { z } from 'zod';
import { number } from './setting-schemas.ts';
import { sizeInBytes } from './size.ts';

/** The slowest that content may be taken, bytes a second. */
const LEAST_RATE = 1024;

const none = z.literal('none');
const nothing = z.union([z.literal(0), z.literal('0')]).transform(() => 0);
const bytes = z.union([none, nothing, sizeInBytes]);
const flag = z.union([
  z.boolean(),
  z.stringbool({ truthy: ['yes', 'on', 'true'], falsy: ['no', 'off', 'false'] }),
]);

/** What a policy may say (FLEET.md 2), as flags and files give it. */
export const POLICY_SCHEMAS = {
  'max-bytes': bytes,
  'max-files': z.union([none, number.pipe(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER))]),
  'max-file': bytes,
  'max-rate': z.union([none, sizeInBytes.pipe(z.number().min(LEAST_RATE, 'a rate is at least 1K a second'))]),
  'write-only': flag,
  'append-only': flag,
  conflict: z.enum(['replace', 'version', 'refuse']),
} as const;

const pattern = z
  .string()
  .regex(/^[^/\\:\0]{1,100}$/u, 'a pattern has 1 to 100 characters, and no slash or colon');
const table = z.record(pattern, z.strictObject(POLICY_SCHEMAS).partial());

/** `PATTERN:max-bytes=10G,conflict=version;PATTERN:…`, or in the file a table for each pattern. */
export const policies = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .default({})
  .transform((given, context) => {
    const tables = typeof given === 'string' ? tablesOf(given) : given;
    const checked = table.safeParse(tables);
    if (tables !== undefined && checked.success) return checked.data;
    const why = checked.error?.issues.map(({ path, message }) => [...path, message].join(': '));
    context.addIssue({
      code: 'custom',
      message:
        tables === undefined || !why
          ? 'policies are PATTERN:FIELD=VALUE,FIELD=VALUE with semicolons between them, each pattern once'
          : why.join('; '),
    });
    return z.NEVER;
  });

/** @returns undefined where it makes no sense */
function tablesOf(text: string): Record<string, Record<string, string>> | undefined {
  const tables = new Map<string, Record<string, string>>();
  for (const part of text.split(';').filter((one) => one.trim() !== '')) {
    const [name = '', ...rest] = part.split(':');
    const fields = rest
      .join(':')
      .split(',')
      .map((field) => field.split('=').map((side) => side.trim()));
    if (tables.has(name.trim()) || fields.some(({ length }) => length !== 2)) return undefined;
    tables.set(name.trim(), Object.fromEntries(fields.map(([field = '', value = '']) => [field, value])));
  }
  return Object.fromEntries(tables);
}
