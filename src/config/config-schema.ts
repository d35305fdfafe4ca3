import { fileSchema, type JsonSchema } from './file-schema.ts';
import { SETTING_KEYS, settingOf } from './settings.ts';

interface TableSchema extends JsonSchema {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Record<string, JsonSchema>;
}

/** A JSON Schema of `sesame.toml`, which editors complete and check by. */
export function configSchema(): JsonSchema {
  const root = tableSchema();
  for (const key of SETTING_KEYS) {
    const names = key.split('.');
    const table = names.slice(0, -1).reduce((around, name) => {
      around.properties[name] ??= tableSchema();
      return around.properties[name] as TableSchema;
    }, root);
    const { help, example, reloadable } = settingOf(key);
    const examples = example === undefined ? {} : { examples: [example] };
    const when = reloadable ? 'A reload is enough.' : 'Takes a restart.';
    const description = `${help[0]?.toUpperCase() ?? ''}${help.slice(1)}. ${when}`;
    table.properties[names.at(-1) ?? ''] = { description, ...examples, ...fileSchema(settingOf(key)) };
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'sesame.toml',
    description: 'Settings of sesamed, the Sesame server (docs/OPERATIONS.md).',
    ...root,
  };
}

function tableSchema(): TableSchema {
  return { type: 'object', additionalProperties: false, properties: {} };
}
