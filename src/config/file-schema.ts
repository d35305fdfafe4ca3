import { z } from 'zod';
import type { Setting } from './setting-schemas.ts';

/** The part of JSON Schema that settings need. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly [keyword: string]: unknown;
}

/** What a setting takes in `sesame.toml`, default included. */
export function fileSchema({ schema }: Setting): JsonSchema {
  const made = toJson(schema, 'output');
  const given = toJson(schema, 'input');
  if (made.type === 'boolean') return { ...made, type: ['boolean', 'string'], enum: SWITCH };
  // A schema that transforms says nothing of what comes out; digits that are a text are for flags and the environment.
  return Object.keys(made).every((keyword) => keyword === 'default') ? { ...given, ...made } : made;
}

const SWITCH = [true, false, 'on', 'off', 'yes', 'no'];

function toJson(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const json = Object.entries(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
  return Object.fromEntries(json.filter(([keyword]) => keyword !== '$schema'));
}

/** What is wanted at a place inside a value. @returns undefined where nothing is known of it */
export function schemaAt(
  schema: JsonSchema | undefined,
  [name, ...rest]: readonly PropertyKey[],
): JsonSchema | undefined {
  if (name === undefined || !schema) return schema;
  const { additionalProperties: others } = schema;
  const inner =
    typeof name === 'number'
      ? schema.items
      : (schema.properties?.[String(name)] ?? (typeof others === 'object' ? others : undefined));
  if (inner) return schemaAt(inner, rest);
  return schema.anyOf?.map((branch) => schemaAt(branch, [name, ...rest])).find((found) => found);
}

/** In words: `a whole number from 0 to 65535`. */
export function wantedText(schema: JsonSchema): string {
  const { type, anyOf, items, minimum, exclusiveMinimum } = schema;
  // Zod gives every whole number the bounds of what a number can hold.
  const maximum = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  const words = choices(schema);
  if (schema.enum?.includes(true)) return 'true or false';
  if (words) return words.length === 1 ? (words[0] ?? '') : `one of ${words.join(', ')}`;
  if (anyOf) return anyOf.map(wantedText).join(' or ');
  if (type === 'integer' || type === 'number') {
    const kind = type === 'integer' ? 'a whole number' : 'a number';
    if (minimum !== undefined && maximum !== undefined) return `${kind} from ${minimum} to ${maximum}`;
    if (minimum !== undefined) return `${kind} of ${minimum} or more`;
    const least = exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`;
    return `${kind}${least}${maximum === undefined ? '' : `, ${maximum} at most`}`;
  }
  if (Array.isArray(type)) return type.map((each) => wantedText({ type: String(each) })).join(' or ');
  if (type === 'array') return `a list of ${items?.type === 'string' ? 'texts' : 'values'}`;
  if (type === 'object') return 'a table';
  if (type === 'boolean') return 'true or false';
  return typeof schema['minLength'] === 'number' ? 'a text that is not empty' : 'a text';
}

/** The values of a schema that takes nothing else, as TOML has them. */
export function choices({ enum: values, const: only, anyOf }: JsonSchema): string[] | undefined {
  if (values) return values.map((value) => JSON.stringify(value));
  if (only !== undefined) return [JSON.stringify(only)];
  const inner = anyOf?.map(choices);
  return inner?.every((each) => each !== undefined) ? inner.flat() : undefined;
}
