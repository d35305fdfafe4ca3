import type { z } from 'zod';
import { DOOR_SETTINGS } from './door-settings.ts';
import { SERVER_SETTINGS } from './server-settings.ts';
import type { Setting } from './setting-schemas.ts';
import { WEB_SETTINGS } from './web-settings.ts';

/** Every setting of `sesamed serve`: the one table behind its flags, the environment, the file and `config check`. */
export const SETTINGS = { ...SERVER_SETTINGS, ...DOOR_SETTINGS, ...WEB_SETTINGS } as const;

export type SettingKey = keyof typeof SETTINGS;
export type Settings = { readonly [K in SettingKey]: z.output<(typeof SETTINGS)[K]['schema']> };

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

export function settingOf(key: SettingKey): Setting {
  return SETTINGS[key];
}

/** `v3.max-sends` → `SESAME_V3_MAX_SENDS`; `v3.access` is `SESAME_V3`, as its flag is `--v3`. */
export function environmentName(key: SettingKey): string {
  const [name = ''] = SETTINGS[key].flag.slice(2).split(' ');
  return `SESAME_${name.toUpperCase().replaceAll('-', '_')}`;
}
