import type { DescribedSetting, ProgramDescription } from '../../src/cli/describe/command-tree.ts';
import { sentence } from './man-page.ts';
import { bold, entry, head, italic, line, section } from './roff.ts';

/** sesame.toml(5): every setting of the server. @param date as YYYY-MM-DD */
export function settingsPage({ version, settings }: ProgramDescription, date: string): string {
  return [
    head('sesame.toml', 5, date, `sesame ${version}`),
    '.SH NAME',
    'sesame.toml \\- settings of the Sesame server',
    ...section('DESCRIPTION', [
      line('Read by sesamed from its working folder, or from where --config or SESAME_CONFIG says.'),
      line('A flag goes before the environment, that before the file, that before the default;'),
      `${bold('sesamed config check')} shows what holds, and from where. It is TOML; in the names below, a dot is a table.`,
    ]),
    ...section('EXAMPLES', [
      '.nf',
      ...['port = 4000', 'grace-time = 60', '[v3]', 'access = "10.1.0.0/16"'].map(line),
      '.fi',
    ]),
    ...section('SETTINGS', settings.flatMap(settingEntry)),
    ...section('SEE ALSO', [
      `${bold('sesamed')}(1), ${bold('sesamed-serve')}(1), ${bold('sesamed-config')}(1)`,
    ]),
    '',
  ].join('\n');
}

function settingEntry({ key, flag, environment, summary, preset, words }: DescribedSetting): string[] {
  const [name = '', ...value] = flag.split(' ');
  const lines = [
    ...(words.length > 0 ? [line(`One of ${words.join(', ')}.`)] : []),
    ...(preset === null ? [] : [line(`Default: ${preset}.`)]),
    `As a flag ${[bold(name), ...value.map((word) => italic(word.replace(/[<>]/g, '').toUpperCase()))].join(' ')}, in the environment ${bold(environment)}.`,
  ];
  return entry(bold(key), [sentence(summary), ...lines].join('\n'));
}
