import type { ConfigFile } from './config-file.ts';
import type { Fault } from './fault.ts';
import { didYouMean, nearest } from './nearest.ts';
import { environmentName, SETTING_KEYS, type SettingKey } from './settings.ts';
import type { TomlTable } from './toml-document.ts';
import type { ValueFault } from './value-faults.ts';

/** A value that was given for a setting. */
export interface Given {
  readonly source: string;
  readonly value: unknown;
  /** Says where that is which is wrong with it. */
  readonly fault: (wrong: ValueFault) => Fault;
}

export interface FileValues {
  readonly values: ReadonlyMap<SettingKey, Given>;
  /** What stands in the file that is no setting, or no TOML. */
  readonly faults: readonly Fault[];
}

/** Tables become dots: `[v3] crc` is `v3.crc`. A setting that takes a table takes it whole. */
export function fileValues(file: ConfigFile | undefined): FileValues {
  const values = new Map<SettingKey, Given>();
  if (!file) return { values, faults: [] };
  const { path: source, document } = file;
  const faults: Fault[] = document.faults.map((fault) => ({ source, ...fault }));
  const walk = (around: readonly string[], table: TomlTable): void => {
    for (const [name, value] of Object.entries(table)) {
      const place = [...around, name];
      const dotted = place.join('.');
      const key = SETTING_KEYS.find((setting) => setting === dotted);
      const wrong = (message: string): number =>
        faults.push({ source, position: document.keyAt(place), message });
      if (isTable(value) && leadsToSettings(dotted)) walk(place, value);
      else if (!key) wrong(`"${dotted}" is no setting${hintFor(dotted)}`);
      else if (values.has(key)) wrong(`"${dotted}" is set a second time; keep one of the two`);
      else values.set(key, givenAt(file, place, value));
    }
  };
  walk([], document.values);
  return { values, faults };
}

function givenAt({ path: source, document }: ConfigFile, place: readonly string[], value: unknown): Given {
  return {
    source,
    value,
    fault: ({ path, isKey, message }) => {
      const all = [...place, ...path];
      const position = isKey ? document.keyAt(all) : document.valueAt(all);
      return { source, position, key: all.join('.'), message };
    },
  };
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Whether a table of that name has settings in it. */
function leadsToSettings(table: string): boolean {
  return SETTING_KEYS.some((key) => key.startsWith(`${table}.`));
}

/** What was meant, by its own name or by that of its flag: `http-cert` for `http.cert`. */
function hintFor(key: string): string {
  const variable = `SESAME_${key.toUpperCase().replaceAll(/[-.]/g, '_')}`;
  const asFlag = SETTING_KEYS.find((setting) => environmentName(setting) === variable);
  const tables = SETTING_KEYS.filter((setting) => setting.includes('.')).map(
    (setting) => setting.split('.')[0] ?? '',
  );
  const meant = asFlag ?? nearest(key, [...SETTING_KEYS, ...tables]);
  return meant === undefined ? '; sesamed config example lists them all' : didYouMean(meant);
}
