import { Option, type Command } from 'commander';
import { DEFAULT_CONFIG_FILE } from '../config/config-file.ts';
import { loadSettings, type LoadedSettings } from '../config/load-settings.ts';
import { SETTING_KEYS, SETTINGS, type SettingKey } from '../config/settings.ts';
import { SettingOption } from './describe/described-words.ts';

const CONFIG_OPTION = new Option(
  '--config <file>',
  `settings in TOML (default: ${DEFAULT_CONFIG_FILE} where it exists)`,
);

/** Gives a command a flag for every setting, and for the file of settings. */
export function addSettingOptions(command: Command): Command {
  for (const key of SETTING_KEYS) command.addOption(settingOption(key));
  return command.addOption(CONFIG_OPTION);
}

/** The settings as the command's flags, the environment and the file give them. @throws `bad-setting` */
export function settingsOf(command: Command): LoadedSettings {
  return loadSettings({ ...flagsOf(command), environment: process.env });
}

/** What the command line itself says. */
export function flagsOf(command: Command): {
  readonly flags: Partial<Record<SettingKey, unknown>>;
  readonly file: string | undefined;
} {
  const flags: Partial<Record<SettingKey, unknown>> = {};
  for (const key of SETTING_KEYS) {
    const option = settingOption(key);
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli') continue;
    // Commander reads `--no-http` as http = false; our setting is called no-http.
    flags[key] = option.negate ? true : (command.getOptionValue(name) as unknown);
  }
  return { flags, file: command.getOptionValue(CONFIG_OPTION.attributeName()) as string | undefined };
}

function settingOption(key: SettingKey): Option {
  const { flag, help, schema } = SETTINGS[key];
  return new SettingOption(flag, help, schema);
}
