import { fileSchema } from './file-schema.ts';
import { SETTING_KEYS, settingOf, type SettingKey } from './settings.ts';

const WIDTH = 100;

/** A `sesame.toml` with every setting, each behind a `#`, with its default or an example of what it may be. */
export function configExample(): string {
  const tables = new Map<string, SettingKey[]>([['', []]]);
  for (const key of SETTING_KEYS) {
    const table = key.slice(0, Math.max(0, key.lastIndexOf('.')));
    tables.set(table, [...(tables.get(table) ?? []), key]);
  }
  const head = [
    '# Settings of sesamed. Take the # away from what is to be other than it is by default.',
    '# A flag or a SESAME_… variable comes before what stands here. `sesamed config check` checks all of them.',
    '# "reload": `sesamed reload` (or SIGHUP) is enough for a new value; others wait for the next start.',
  ];
  const parts = Array.from(tables, ([table, keys]) => [
    ...(table === '' ? [] : [`[${table}]`, '']),
    ...keys.map((key) => entry(key, table)),
  ]);
  return [head.join('\n') + '\n', ...parts.flat()].join('\n');
}

function entry(key: SettingKey, table: string): string {
  const { help, example, reloadable } = settingOf(key);
  const { default: byDefault } = fileSchema(settingOf(key));
  const value = byDefault === undefined || byDefault === '' ? example : byDefault;
  const remark = value === byDefault ? '' : ' (none by default; an example)';
  const name = table === '' ? key : key.slice(table.length + 1);
  const text = `${help}${remark}${reloadable ? ' [reload]' : ''}`;
  return `${wrapped(text)}\n#${name} = ${tomlText(value)}\n`;
}

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => `# ${line}`).join('\n');
}

function tomlText(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value ?? '');
  const pairs = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)} = ${tomlText(inner)}`);
  return `{ ${pairs.join(', ')} }`;
}
