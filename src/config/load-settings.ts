import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { errnoOf, messageOf, SesameError } from '../base/errors.ts';
import { environmentName, SETTING_KEYS, SETTINGS, type SettingKey, type Settings } from './settings.ts';

export const DEFAULT_CONFIG_FILE = 'sesame.toml';

/** Where a value came from: `--port`, `SESAME_PORT`, `sesame.toml`, `default`. */
export type Sources = Readonly<Record<SettingKey, string>>;

export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Sources;
}

interface Origins {
  /** By key; what was not given is absent. */
  readonly flags: Partial<Record<SettingKey, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where nothing else says so; without one, the setting's own. */
  readonly defaults?: Partial<Record<SettingKey, unknown>>;
  /** An explicit file must exist; `sesame.toml` in the working folder may. */
  readonly file?: string | undefined;
}

/**
 * Flag > environment > file > default, each value checked.
 *
 * @throws `bad-setting`, naming the place
 */
export function loadSettings({ flags, environment, file, defaults = {} }: Origins): LoadedSettings {
  const fromFile = readConfigFile(file ?? environment['SESAME_CONFIG']);
  const settings: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  for (const key of SETTING_KEYS) {
    const [source, given] = firstGiven(key, flags, environment, fromFile);
    const checked = SETTINGS[key].schema.safeParse(given ?? defaults[key]);
    if (!checked.success) {
      const why = checked.error.issues.map((issue) => issue.message).join('; ');
      throw new SesameError('bad-setting', `${source} ${key}: ${why}`);
    }
    settings[key] = checked.data;
    sources[key] = source;
  }
  // The loop has set every key to what its schema gives.
  return { settings: settings as Settings, sources: sources as Sources };
}

interface ConfigFile {
  readonly path: string;
  readonly values: ReadonlyMap<string, unknown>;
}

function firstGiven(
  key: SettingKey,
  flags: Origins['flags'],
  environment: Origins['environment'],
  file: ConfigFile | undefined,
): readonly [source: string, value: unknown] {
  if (flags[key] !== undefined) return [SETTINGS[key].flag.split(' ')[0] ?? key, flags[key]];
  const variable = environmentName(key);
  if (environment[variable] !== undefined) return [variable, environment[variable]];
  if (file?.values.has(key)) return [file.path, file.values.get(key)];
  return ['default', undefined];
}

function readConfigFile(explicit: string | undefined): ConfigFile | undefined {
  const path = explicit ?? DEFAULT_CONFIG_FILE;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (explicit === undefined && errnoOf(error) === 'ENOENT') return undefined;
    throw new SesameError('bad-setting', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  try {
    return { path, values: flatten(parse(text)) };
  } catch (error) {
    throw new SesameError('bad-setting', `${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Tables become dots: `[v3] crc` is `v3.crc`. */
function flatten(table: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  const walk = (prefix: string, inner: Readonly<Record<string, unknown>>): void => {
    for (const [name, value] of Object.entries(inner)) {
      const key = `${prefix}${name}`;
      const known = SETTING_KEYS.find((setting) => setting === key);
      // A setting that takes a table takes it whole, so that what is wrong with it is said of it.
      const isValue = !isTable(value) || (known && SETTINGS[known].schema.safeParse({}).success);
      if (known && isValue) values.set(key, value);
      else if (isTable(value)) walk(`${key}.`, value);
      else throw new SesameError('bad-setting', `"${key}" is no setting; sesamed serve --help lists them`);
    }
  };
  walk('', table);
  return values;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
