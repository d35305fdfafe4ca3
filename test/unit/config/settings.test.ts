import { describe, expect, it } from 'vitest';
import { environmentName, SETTING_KEYS, type SettingKey } from '../../../src/config/settings.ts';

describe('environmentName', () => {
  it.for([
    ['port', 'SESAME_PORT'],
    ['data-dir', 'SESAME_DATA_DIR'],
    ['v3.access', 'SESAME_V3'],
    ['v3.crc', 'SESAME_V3_CRC'],
    ['v3.reply-1030', 'SESAME_V3_REPLY_1030'],
    ['v3.max-sends', 'SESAME_V3_MAX_SENDS'],
    ['no-http', 'SESAME_NO_HTTP'],
  ] as const satisfies [SettingKey, string][])('%s is %s', ([key, name]) => {
    expect(environmentName(key)).toBe(name);
  });

  it('gives each setting a name of its own', () => {
    expect(new Set(SETTING_KEYS.map(environmentName)).size).toBe(SETTING_KEYS.length);
  });
});
