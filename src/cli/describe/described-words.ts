import { z } from 'zod';
import { Option } from 'commander';

/** A setting's option: it knows which words its schema takes, and leaves it to that to refuse others. */
export class SettingOption extends Option {
  readonly words: readonly string[];

  constructor(flags: string, description: string, schema: z.ZodType) {
    super(flags, description);
    this.words = wordsOf(schema);
  }
}

/**
 * The words that a schema takes; none where it takes more than words.
 *
 * @param booleans what yes and no are called
 */
export function wordsOf(schema: z.ZodType, booleans: readonly string[] = ['on', 'off']): string[] {
  const wordsIn = (inner: z.core.JSONSchema.BaseSchema): readonly string[] => {
    if (inner.enum) return inner.enum.map(String);
    if (inner.const !== undefined) return [String(inner.const)];
    if (inner.type === 'boolean') return booleans;
    const branches = (inner.anyOf ?? []).filter((branch) => typeof branch === 'object').map(wordsIn);
    return branches.every((words) => words.length > 0) ? branches.flat() : [];
  };
  return [...new Set(wordsIn(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' })))];
}
