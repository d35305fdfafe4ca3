// Settings as a text of sesame.toml gives them.
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, type LoadedSettings } from '../../src/config/load-settings.ts';

export function loadText(toml: string): LoadedSettings {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sesame-config-'));
  const file = join(folder.path, 'sesame.toml');
  writeFileSync(file, toml);
  return loadSettings({ flags: {}, environment: {}, file });
}
