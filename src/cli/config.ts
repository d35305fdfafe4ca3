import { Command } from 'commander';
import { configExample } from '../config/config-example.ts';
import { configSchema } from '../config/config-schema.ts';
import { SettingsError } from '../config/fault.ts';
import { settingText } from '../config/setting-text.ts';
import { SETTING_KEYS, settingOf } from '../config/settings.ts';
import { unknownVariables } from '../config/unknown-variables.ts';
import { ExitCode } from './exit-codes.ts';
import { addSettingOptions, settingsOf } from './settings-options.ts';

export function configCommand(): Command {
  return new Command('config')
    .description('the server’s settings')
    .addCommand(checkCommand())
    .addCommand(exampleCommand())
    .addCommand(schemaCommand());
}

function checkCommand(): Command {
  const check = new Command('check')
    .description('check all settings, and show each with where it comes from; exit code 2 if any is wrong')
    .addHelpText(
      'after',
      `
Everything that is wrong is named in one go, with file, line and column. Flags are checked as serve would take them.

Examples:
  sesamed config check --config /etc/sesame/sesame.toml
  sesamed config check --json | jq '.[] | select(.source != "default")'`,
    );
  addSettingOptions(check).option('--json', 'print JSON: a list of settings, or {"faults": […]}');
  return check.action(() => {
    const isJson = check.getOptionValue('json') === true;
    for (const warning of unknownVariables(process.env)) console.error(`warning: ${warning}`);
    try {
      show(settingsOf(check), isJson);
    } catch (error) {
      if (!isJson || !(error instanceof SettingsError)) throw error;
      const faults = error.faults.map(({ source, position, key, message }) => ({
        ...{ source, line: position?.line ?? null, column: position?.column ?? null },
        ...{ key: key ?? null, message },
      }));
      console.log(JSON.stringify({ faults }));
      process.exitCode = ExitCode.usage;
    }
  });
}

function show({ settings, sources }: ReturnType<typeof settingsOf>, isJson: boolean): void {
  const rows = SETTING_KEYS.map((key) => ({
    ...{ key, value: settings[key] ?? null, source: sources[key] },
    reloadable: settingOf(key).reloadable ?? false,
  }));
  if (isJson) {
    console.log(JSON.stringify(rows));
    return;
  }
  for (const { key, source } of rows)
    console.log(`${key.padEnd(26)} ${(settingText(settings[key]) ?? '-').padEnd(16)} ${source}`);
  const late = rows.filter(({ reloadable }) => !reloadable).map(({ key }) => key);
  console.log(`\nA reload is enough for all of them but ${late.join(', ')}.`);
}

function exampleCommand(): Command {
  return new Command('example')
    .description('print a sesame.toml with every setting, explained, to begin with')
    .addHelpText('after', '\nExample:\n  sesamed config example > sesame.toml')
    .action(() => {
      console.log(configExample());
    });
}

function schemaCommand(): Command {
  return new Command('schema')
    .description('print a JSON Schema of sesame.toml, for editors that complete and check by it')
    .addHelpText('after', '\nExample:\n  sesamed config schema > sesame.schema.json')
    .action(() => {
      console.log(JSON.stringify(configSchema(), null, 2));
    });
}
