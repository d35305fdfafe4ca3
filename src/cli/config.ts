import { Command } from 'commander';
import { settingText } from '../config/setting-text.ts';
import { SETTING_KEYS } from '../config/settings.ts';
import { parseLevels } from '../logging/log-levels.ts';
import { parseV3Access } from '../server/v3-access.ts';
import { addSettingOptions, settingsOf } from './settings-options.ts';

export function configCommand(): Command {
  const check = new Command('check').description(
    'check all settings, and show each with where it comes from',
  );
  addSettingOptions(check).option('--json', 'print JSON');
  check.action(() => {
    const { settings, sources } = settingsOf(check);
    parseLevels(settings['log-level']);
    parseV3Access(settings['v3.access']);
    const rows = SETTING_KEYS.map((key) => ({ key, value: settings[key] ?? null, source: sources[key] }));
    if (check.getOptionValue('json') === true) {
      console.log(JSON.stringify(rows));
      return;
    }
    for (const { key, source } of rows)
      console.log(`${key.padEnd(18)} ${(settingText(settings[key]) ?? '-').padEnd(16)} ${source}`);
  });
  return new Command('config').description('the server’s settings').addCommand(check);
}
