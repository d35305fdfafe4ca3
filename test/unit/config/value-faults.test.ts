// Faults inside nested values, by path: the settings of today have few of them.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fileSchema, wantedText } from '../../../src/config/file-schema.ts';
import { TomlDocument } from '../../../src/config/toml-document.ts';
import { valueFaults } from '../../../src/config/value-faults.ts';

const policies = {
  flag: '--policies <map>',
  help: 'policies',
  schema: z.record(
    z.string(),
    z.strictObject({
      'max-files': z.union([z.literal('none'), z.number().int().min(1)]).optional(),
      conflict: z.enum(['replace', 'version']).optional(),
      list: z.array(z.object({ name: z.string() })).optional(),
    }),
  ),
};

/** Line, column and message of all that is wrong. */
function faults(toml: string): [line: number, column: number, message: string][] {
  const document = TomlDocument.parse(toml);
  const given = document.values['policies'];
  const { error } = policies.schema.safeParse(given);
  return (error ? valueFaults(policies, given, error) : []).map(({ path, isKey, message }) => {
    const place = ['policies', ...path];
    const { line = 0, column = 0 } = (isKey ? document.keyAt(place) : document.valueAt(place)) ?? {};
    return [line, column, message];
  });
}

describe('valueFaults', () => {
  it('each at its own place, in tables, dotted and inline', () => {
    const toml = `[policies."web-*"]
conflict = "repalce"
max-fils = 3
[policies.db]
max-files = 0
list = [{ name = "a" }, { nam = 1 }]
[policies]
x.conflict = 7
y = { conflict = "x", "max-files" = "nine" }
z = 1
`;
    const found = faults(toml).sort(([a, x], [b, y]) => a - b || x - y);
    expect(found).toEqual([
      [2, 12, '"repalce" will not do; one of "replace", "version" is wanted; did you mean "replace"?'],
      [3, 1, '"max-fils" is not known here; did you mean "max-files"?'],
      [5, 13, '0 will not do; "none" or a whole number of 1 or more is wanted'],
      [6, 25, 'this is missing; a text is wanted'],
      [8, 14, '7 will not do; one of "replace", "version" is wanted'],
      [9, 18, '"x" will not do; one of "replace", "version" is wanted'],
      [9, 37, '"nine" will not do; "none" or a whole number of 1 or more is wanted'],
      [10, 5, '1 will not do; a table is wanted'],
    ]);
  });

  it('a list of tables: each by its number', () => {
    const document = TomlDocument.parse('[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n');
    expect(document.values).toEqual({ a: [{ b: 1 }, { b: 2, c: { d: 3 } }] });
    expect(document.valueAt(['a', 1, 'b'])).toEqual({ line: 4, column: 5 });
    expect(document.keyAt(['a', 1, 'c', 'd'])).toEqual({ line: 6, column: 1 });
    expect(document.valueAt(['nothing', 'here'])).toBeUndefined();
  });
});

describe('wantedText', () => {
  it.for([
    [z.number().int().min(0).max(9), 'a whole number from 0 to 9'],
    [z.number().positive(), 'a number above 0'],
    [z.boolean(), 'true or false'],
    [z.enum(['a', 'b']), 'one of "a", "b"'],
    [z.union([z.array(z.string()), z.string().min(1)]), 'a list of texts or a text that is not empty'],
    [z.record(z.string(), z.string()), 'a table'],
  ] as const)('%#: %s', ([schema, text]) => {
    expect(wantedText(fileSchema({ flag: '', help: '', schema }))).toBe(text);
  });
});
