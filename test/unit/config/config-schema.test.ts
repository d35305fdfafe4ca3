import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { configExample } from '../../../src/config/config-example.ts';
import { configSchema } from '../../../src/config/config-schema.ts';
import { SETTING_KEYS, settingOf } from '../../../src/config/settings.ts';
import { TomlDocument } from '../../../src/config/toml-document.ts';
import { unknownVariables } from '../../../src/config/unknown-variables.ts';
import { loadText } from '../../support/settings.ts';

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
}

describe('configSchema', () => {
  const schema = configSchema();
  const validate = new Ajv({ strict: true, allowUnionTypes: true, formats: { uri: true } }).compile(schema);
  const isGood = (toml: string): boolean => validate(TomlDocument.parse(toml).values);

  it('has every setting, with what its help says', () => {
    for (const key of SETTING_KEYS) {
      const found = key
        .split('.')
        .reduce<Described | undefined>((around, name) => around?.properties?.[name], schema);
      expect(found?.description?.toLowerCase(), key).toContain(settingOf(key).help.toLowerCase());
      expect(found?.description, key).toMatch(/(A reload is enough|Takes a restart)\.$/);
    }
  });

  it.for([
    'port = 4000\ngrace-time = 0.5\ndebug = true',
    '[v3]\naccess = "10.1.0.0/16"\nack-payload = 0',
    '[http]\nversion = 1.1\nnames = ["a", "b"]\nstatic = "/docs=/srv"',
    '[http.static]\n"/docs" = "/srv"',
    '[guard]\nenabled = "on"',
    'max-upload = "10G"\nlog-size = 4096',
  ])('takes what the server takes: %j', (toml) => {
    expect(isGood(toml), JSON.stringify(validate.errors)).toBe(true);
    expect(() => loadText(toml)).not.toThrow();
  });

  it.for([
    'prot = 1',
    'port = 70000',
    'port = true',
    '[v3]\naccess = 1',
    '[v9]\na = 1',
    'conflict = "keep"',
    '[http]\nversion = 3',
    '[guard]\nenabled = "perhaps"',
    '[http]\nnames = [1]',
  ])('refuses what the server refuses: %j', (toml) => {
    expect(isGood(toml)).toBe(false);
    expect(() => loadText(toml)).toThrow();
  });
});

describe('configExample', () => {
  const example = configExample();

  it('as it is, sets nothing', () => {
    expect(new Set(Object.values(loadText(example).sources))).toEqual(new Set(['default']));
  });

  it('has every setting, and all that it shows is good', () => {
    const all = example.replaceAll(/^#(?! )/gm, '');
    const { sources, settings } = loadText(all);
    expect(Object.entries(sources).filter(([, source]) => source === 'default')).toEqual([]);
    const { settings: byDefault } = loadText('');
    const shown = SETTING_KEYS.filter((key) => settingOf(key).example === undefined);
    expect(shown.map((key) => [key, settings[key]])).toEqual(shown.map((key) => [key, byDefault[key]]));
  });
});

describe('unknownVariables', () => {
  it('names what looks like a setting and is none', () => {
    const environment = {
      SESAME_PROT: '1',
      SESAME_PORT: '2',
      SESAME_CONFIG: 'x',
      HOME: '/',
      SESAME_XYZZY_PLUGH: '',
    };
    expect(unknownVariables(environment)).toEqual([
      'SESAME_PROT: no setting has this variable; did you mean "SESAME_PORT"?',
      'SESAME_XYZZY_PLUGH: no setting has this variable',
    ]);
  });
});
