import type { SettingKey, Settings } from './settings.ts';

/** What is wrong with settings that are good each by itself. */
export interface Contradiction {
  /** The one to be blamed is the first that was given. */
  readonly keys: readonly [SettingKey, ...SettingKey[]];
  readonly message: string;
}

export function contradictions(settings: Settings): readonly Contradiction[] {
  const found: Contradiction[] = [];
  if (settings['guard.warn-at'] > settings['guard.block-at']) {
    const values = `${settings['guard.warn-at']} and ${settings['guard.block-at']}`;
    found.push({
      keys: ['guard.warn-at', 'guard.block-at'],
      message: `--guard-warn-at must not be above --guard-block-at, these are ${values}`,
    });
  }
  if (settings['guard.block-time'] > settings['guard.max-block-time']) {
    const values = `${settings['guard.block-time']} and ${settings['guard.max-block-time']}`;
    found.push({
      keys: ['guard.block-time', 'guard.max-block-time'],
      message: `--guard-block-time must not be above --guard-max-block-time, these are ${values}`,
    });
  }
  if ((settings['http.cert'] === undefined) !== (settings['http.key'] === undefined)) {
    found.push({ keys: ['http.cert', 'http.key'], message: '--http-cert and --http-key go together' });
  }
  if (settings.encrypt && settings['v3.access'] === 'off') {
    found.push({
      keys: ['encrypt', 'v3.access'],
      message: '--encrypt launches a v3 client: it cannot go with --v3 off',
    });
  }
  return found;
}
