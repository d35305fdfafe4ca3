import type { Argument, Command, Option } from 'commander';
import { settingText } from '../../config/setting-text.ts';
import { environmentName, SETTING_KEYS, SETTINGS } from '../../config/settings.ts';
import { programVersion } from '../version.ts';
import type {
  DescribedCommand,
  DescribedOption,
  DescribedSetting,
  ProgramDescription,
  Value,
} from './command-tree.ts';
import { SettingOption, wordsOf } from './described-words.ts';
import { StoredPath } from './stored-path.ts';

/** What a setting that is on or off is called in sesame.toml. */
const TOML_BOOLEANS = ['true', 'false'];

/** All that can be typed, and all that can be set. */
export function describeProgram(program: Command): ProgramDescription {
  return {
    version: programVersion(),
    program: describeCommand(program),
    settings: SETTING_KEYS.map(describeSetting),
  };
}

function describeCommand(command: Command): DescribedCommand {
  const help = command.createHelp();
  return {
    name: command.name(),
    summary: command.description(),
    details: textAfterHelp(command).trim(),
    arguments: command.registeredArguments.map(describeArgument),
    options: help.visibleOptions(command).map(describeOption),
    // Commander's own `help` says what --help says.
    commands: help
      .visibleCommands(command)
      .filter((inner) => inner.name() !== 'help')
      .map(describeCommand),
  };
}

/** Commander gives what `addHelpText` was given only behind the rest of --help. */
function textAfterHelp(command: Command): string {
  const output = command.configureOutput();
  let text = '';
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  command.configureOutput(output);
  return text.slice(command.helpInformation().length);
}

function describeArgument(argument: Argument): Value {
  return {
    value: argument.name().toUpperCase(),
    preset: presetOf(argument),
    summary: argument.description,
    words: argument.argChoices ?? [],
    remote: argument instanceof StoredPath,
    required: argument.required,
    repeats: argument.variadic,
  };
}

function describeOption(option: Option): DescribedOption {
  const takes = /[<[]([^\]>]+)[\]>]/.exec(option.flags)?.[1];
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    value: takes?.replace('...', '').toUpperCase() ?? null,
    preset: presetOf(option),
    summary: option.description,
    words: takes === undefined ? [] : wordsOfOption(option),
    remote: false,
    required: option.mandatory,
    repeats: option.variadic,
  };
}

function wordsOfOption(option: Option): string[] {
  return [...(option instanceof SettingOption ? option.words : (option.argChoices ?? []))];
}

function presetOf({ defaultValue, defaultValueDescription }: Argument | Option): string | null {
  return defaultValueDescription ?? settingText(defaultValue) ?? null;
}

function describeSetting(key: (typeof SETTING_KEYS)[number]): DescribedSetting {
  const { flag, help, schema } = SETTINGS[key];
  return {
    key,
    flag,
    environment: environmentName(key),
    summary: help,
    preset: settingText(schema.parse(undefined)) ?? null,
    words: wordsOf(schema, TOML_BOOLEANS),
  };
}
