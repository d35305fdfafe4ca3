import { contradictions } from './cross-checks.ts';
import { readConfigFile } from './config-file.ts';
import { SettingsError, type Fault } from './fault.ts';
import { fileValues, type Given } from './file-values.ts';
import { environmentName, SETTING_KEYS, SETTINGS, type SettingKey, type Settings } from './settings.ts';
import { valueFaults } from './value-faults.ts';

/** Where a value came from: `--port`, `SESAME_PORT`, `sesame.toml`, `default`. */
export type Sources = Readonly<Record<SettingKey, string>>;

export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Sources;
}

/** Where settings are looked for; asked again, they may give others. */
export interface Origins {
  /** By key; what was not given is absent. */
  readonly flags: Partial<Record<SettingKey, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where nothing else says so; without one, the setting's own. */
  readonly defaults?: Partial<Record<SettingKey, unknown>>;
  /** An explicit file must exist; `sesame.toml` in the working folder may. */
  readonly file?: string | undefined;
}

/**
 * Flag > environment > file > default, each value checked, also one that another takes the place of.
 *
 * @throws SettingsError with all that is wrong
 */
export function loadSettings(origins: Origins): LoadedSettings {
  const { environment, file, defaults = {} } = origins;
  const fromFile = fileValues(readConfigFile(file ?? environment['SESAME_CONFIG']));
  const faults: Fault[] = [...fromFile.faults];
  const settings: Record<string, unknown> = {};
  const winners = new Map<SettingKey, Given>();
  for (const key of SETTING_KEYS) {
    const { schema } = SETTINGS[key];
    const inFile = fromFile.values.get(key);
    const [first, ...others] = [...givenOutside(key, origins), ...(inFile ? [inFile] : [])];
    for (const { value, fault } of [...(first ? [first] : []), ...others]) {
      const checked = schema.safeParse(value);
      if (!checked.success) faults.push(...valueFaults(SETTINGS[key], value, checked.error).map(fault));
    }
    if (first) winners.set(key, first);
    settings[key] = schema.safeParse(first ? first.value : defaults[key]).data;
  }
  const sources = Object.fromEntries(SETTING_KEYS.map((key) => [key, winners.get(key)?.source ?? 'default']));
  // The loop has set every key to what its schema gives; where a value is wrong, nothing is made of them.
  const loaded = { settings: settings as Settings, sources: sources as Sources };
  if (faults.length === 0) faults.push(...contradictionFaults(loaded.settings, winners));
  if (faults.length > 0) throw new SettingsError(faults.toSorted(byPosition));
  return loaded;
}

/** By the command line, and by the environment. */
function givenOutside(key: SettingKey, { flags, environment }: Origins): readonly Given[] {
  const by = (source: string, value: unknown): Given[] =>
    value === undefined ? [] : [{ source, value, fault: ({ message }) => ({ source, message }) }];
  const variable = environmentName(key);
  return [...by(flagName(key), flags[key]), ...by(variable, environment[variable])];
}

function contradictionFaults(settings: Settings, winners: ReadonlyMap<SettingKey, Given>): readonly Fault[] {
  return contradictions(settings).map(({ keys, message }) => {
    const blamed = keys.map((key) => winners.get(key)).find((given) => given);
    return blamed?.fault({ path: [], isKey: false, message }) ?? { source: 'default', message };
  });
}

/** In the order of the file; what is elsewhere comes first, as it was found. */
function byPosition({ position: a }: Fault, { position: b }: Fault): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

function flagName(key: SettingKey): string {
  return SETTINGS[key].flag.split(' ')[0] ?? key;
}
