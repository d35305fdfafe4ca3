import { isDeepStrictEqual } from 'node:util';
import type { LoadedSettings, Sources } from './load-settings.ts';
import { SETTING_KEYS, settingOf, type SettingKey, type Settings } from './settings.ts';

/** What new settings would change. */
export interface Difference {
  /** Those that a running server takes. */
  readonly changed: readonly SettingKey[];
  /** Those that wait for a restart. */
  readonly waiting: readonly SettingKey[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The settings of a server that runs. Who is to follow a reload keeps `settings` and reads of it what it needs when it
 * needs it; who keeps a value has that of the start.
 */
export class LiveSettings {
  readonly settings: Settings;
  /** Of the same moment. */
  readonly sources: Sources;
  readonly #load: () => LoadedSettings;

  /** @param load reads them, now and at each reload. @throws SettingsError */
  constructor(load: () => LoadedSettings) {
    this.#load = load;
    const { settings, sources } = load();
    this.settings = { ...settings };
    this.sources = { ...sources };
  }

  /** Reads them again, and takes nothing yet. @throws SettingsError */
  read(): LoadedSettings {
    return this.#load();
  }

  compare({ settings: wanted }: LoadedSettings): Difference {
    const differing = SETTING_KEYS.filter((key) => !isDeepStrictEqual(this.settings[key], wanted[key]));
    const isReloadable = (key: SettingKey): boolean => settingOf(key).reloadable ?? false;
    return {
      changed: differing.filter(isReloadable),
      waiting: differing.filter((key) => !isReloadable(key)),
    };
  }

  /** As they will be when these have been taken. */
  with(keys: readonly SettingKey[], { settings: wanted }: LoadedSettings): Settings {
    const next: Mutable<Settings> = { ...this.settings };
    Object.assign(next, Object.fromEntries(keys.map((key) => [key, wanted[key]])));
    return next;
  }

  /** From now on everybody has the new values of these. */
  take(keys: readonly SettingKey[], { settings, sources }: LoadedSettings): void {
    for (const key of keys) {
      Object.assign(this.settings, { [key]: settings[key] });
      Object.assign(this.sources, { [key]: sources[key] });
    }
  }
}
