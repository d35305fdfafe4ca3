import type { z } from 'zod';
import { fileSchema, choices, schemaAt, wantedText } from './file-schema.ts';
import { didYouMean, nearest } from './nearest.ts';
import type { Setting } from './setting-schemas.ts';

/** What is wrong inside the value of one setting. */
export interface ValueFault {
  /** Below the setting; empty for the value itself. */
  readonly path: readonly (string | number)[];
  /** Whether it is a key that is wrong, not what it is set to. */
  readonly isKey: boolean;
  readonly message: string;
}

/** Each of them, with what would be right. @param given what was looked at */
export function valueFaults(
  setting: Setting,
  given: unknown,
  error: z.core.$ZodError,
): readonly ValueFault[] {
  return error.issues.flatMap((issue) => faultsOf(setting, given, issue, []));
}

type Issue = z.core.$ZodIssue;

function faultsOf(
  setting: Setting,
  given: unknown,
  issue: Issue,
  around: readonly PropertyKey[],
): readonly ValueFault[] {
  const path = [...around, ...issue.path];
  if (issue.code === 'invalid_union') {
    // Of several ways to write it, the one that went furthest is the one that was meant.
    const furthest = issue.errors.find((branch) => branch.some((inner) => inner.path.length > 0));
    if (furthest) return furthest.flatMap((inner) => faultsOf(setting, given, inner, path));
  }
  const place = path.map((name) => (typeof name === 'number' ? name : String(name)));
  const wanted = schemaAt(fileSchema(setting), path);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(wanted?.properties ?? {});
    return issue.keys.map((key) => ({
      path: [...place, key],
      isKey: true,
      message: unknownText(key, nearest(key, known), known),
    }));
  }
  const value = valueAt(given, path);
  if (isOurs(issue)) {
    const isWhole = issue.message.startsWith('"');
    const message = isWhole ? issue.message : `${shown(value)} will not do; ${issue.message}`;
    return [{ path: place, isKey: false, message }];
  }
  const words = wanted && choices(wanted)?.map((word) => word.replace(/^"|"$/g, ''));
  const meant = typeof value === 'string' && words ? nearest(value, words) : undefined;
  const what = value === undefined ? 'this is missing' : `${shown(value)} will not do`;
  const right = wanted ? `; ${wantedText(wanted)} is wanted` : `; ${issue.message}`;
  return [{ path: place, isKey: false, message: `${what}${right}${didYouMean(meant)}` }];
}

function unknownText(key: string, meant: string | undefined, known: readonly string[]): string {
  const hint = meant === undefined ? `; these are: ${known.join(', ')}` : didYouMean(meant);
  return `"${key}" is not known here${hint}`;
}

/** Whether a schema of ours says in its own words what is wanted. */
function isOurs(issue: Issue): boolean {
  return issue.code === 'custom' || (issue.code === 'invalid_format' && !issue.message.startsWith('Invalid'));
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[name] : undefined,
    value,
  );
}

const LONGEST_SHOWN = 60;

/** As its writer knows it again. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'object' && value !== null) return 'a table';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
