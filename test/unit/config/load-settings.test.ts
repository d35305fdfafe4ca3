import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings, type LoadedSettings } from '../../../src/config/load-settings.ts';
import { outcomeOf } from '../../support/outcome.ts';

type Given = Partial<Parameters<typeof loadSettings>[0]> & { readonly toml?: string };

/** With `toml` as the text of an explicit file. */
function load({ toml, ...origins }: Given): LoadedSettings & { readonly path: string } {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sesame-config-'));
  const path = join(folder.path, 'sesame.toml');
  if (toml !== undefined) writeFileSync(path, toml);
  const file = toml === undefined ? {} : { file: path };
  return { ...loadSettings({ flags: {}, environment: {}, ...file, ...origins }), path };
}

describe('loadSettings', () => {
  it('without anything: the defaults of OPERATIONS.md', () => {
    const { settings, sources } = load({});
    expect(settings).toMatchObject({
      'data-dir': './data',
      debug: false,
      encrypt: false,
      'log-level': 'info',
      'log-format': 'pretty',
      'grace-time': 30,
      'v3.access': 'loopback',
      'v3.crc': 'auto',
      'v3.reply-1030': 'auto',
      'v3.ack-payload': 16,
      'v3.max-sends': 4,
      'v3.idle-timeout': 600,
    });
    expect([settings.host, settings.port, settings['idle-exit'], settings['max-upload']]).toEqual(
      Array(4).fill(undefined),
    );
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
  });

  it('flag before environment before file before default, each with its source', () => {
    const toml = 'port = 1\nhost = "file"\ngrace-time = 3\n[v3]\ncrc = "zlib-plaintext"\n';
    const environment = { SESAME_PORT: '2', SESAME_HOST: 'environment', SESAME_V3: 'off' };
    const { settings, sources, path } = load({ toml, environment, flags: { port: '4000' } });
    expect(settings).toMatchObject({ port: 4000, host: 'environment', 'grace-time': 3, 'v3.access': 'off' });
    expect(sources).toMatchObject({
      port: '--port',
      host: 'SESAME_HOST',
      'grace-time': path,
      'v3.access': 'SESAME_V3',
      'v3.crc': path,
      'data-dir': 'default',
    });
  });

  it('maps and lists: as a flag has them, or as tables and lists of the file', () => {
    const wanted = {
      'http.static': { '/docs': '/srv/docs', '/x': '/srv/a=b' },
      'http.names': ['a.example', 'b.example'],
      'web-extensions': ['md', 'css'],
      'http.version': '1.1',
    };
    const toml = `web-extensions = ["md", "css"]
[http]
names = ["a.example", "b.example"]
version = 1.1
[http.static]
"/docs" = "/srv/docs"
"/x" = "/srv/a=b"`;
    expect(load({ toml }).settings).toMatchObject(wanted);
    const flags = {
      'http.static': '/docs=/srv/docs, /x=/srv/a=b',
      'http.names': 'a.example, b.example',
      'web-extensions': 'md,css',
      'http.version': '1.1',
    };
    expect(load({ flags }).settings).toMatchObject(wanted);
    const { settings } = load({});
    expect(settings['http.static']).toEqual({});
    expect(settings['web-extensions']).toEqual(['html', 'txt', 'png', 'jpg', 'jpeg']);
  });

  it('takes the [v3] table', () => {
    const toml = '[v3]\naccess = "10.1.0.0/16"\nreply-1030 = "never"\nack-payload = 0\nmax-sends = 1\n';
    expect(load({ toml }).settings).toMatchObject({
      'v3.access': '10.1.0.0/16',
      'v3.reply-1030': 'never',
      'v3.ack-payload': 0,
      'v3.max-sends': 1,
    });
  });

  it('reads yes and no from the environment, and sizes from anywhere', () => {
    const environment = { SESAME_DEBUG: '1', SESAME_TRACE: 'false', SESAME_MAX_UPLOAD: '64K' };
    const { settings } = load({ environment, toml: 'encrypt = true' });
    expect(settings).toMatchObject({ debug: true, trace: false, encrypt: true, 'max-upload': 65_536 });
  });

  it('SESAME_CONFIG names the file as --config does, which comes first', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'sesame-config-'));
    const file = join(folder.path, 'other.toml');
    writeFileSync(file, 'port = 5');
    expect(load({ environment: { SESAME_CONFIG: file } }).settings.port).toBe(5);
    expect(load({ environment: { SESAME_CONFIG: file }, toml: 'port = 6' }).settings.port).toBe(6);
  });
});

describe('bad settings', () => {
  it.for([
    ['an unknown key', { toml: 'prot = 4000' }, /sesame\.toml.*"prot"/],
    ['an unknown key in a table', { toml: '[v3]\nspeed = 1' }, /sesame\.toml.*"v3\.speed"/],
    ['an unknown table', { toml: '[v9]\ncrc = "auto"' }, /sesame\.toml.*"v9\.crc"/],
    ['a table where a value belongs', { toml: '[port]\nnumber = 1' }, /"port\.number"/],
    ['a map without a path', { flags: { 'http.static': 'docs=/srv' } }, /--http-static .*map of paths/],
    ['a map with no target', { toml: '[http.redirects]\n"/a" = ""' }, /sesame\.toml http\.redirects/],
    ['another HTTP version', { flags: { 'http.version': '3' } }, /--http-version/],
    ['broken TOML', { toml: 'port = \n= 7' }, /sesame\.toml/],
    ['a bad value in the file', { toml: 'port = "many"' }, /sesame\.toml port/],
    ['a bad value in the environment', { environment: { SESAME_PORT: '70000' } }, /SESAME_PORT port/],
    ['a bad flag', { flags: { 'v3.access': '' } }, /--v3 v3\.access/],
    ['a fraction of a port', { flags: { port: '1.5' } }, /--port/],
    ['a negative port', { flags: { port: '-1' } }, /--port/],
    ['an unknown CRC', { environment: { SESAME_V3_CRC: 'md5' } }, /SESAME_V3_CRC/],
    ['five sends', { flags: { 'v3.max-sends': '5' } }, /--v3-max-sends/],
    ['no send', { flags: { 'v3.max-sends': '0' } }, /--v3-max-sends/],
    ['an acknowledgment of 8', { flags: { 'v3.ack-payload': '8' } }, /--v3-ack-payload/],
    ['an idle exit of 0', { flags: { 'idle-exit': '0' } }, /--idle-exit/],
    ['a maybe', { environment: { SESAME_DEBUG: 'maybe' } }, /SESAME_DEBUG/],
    ['a list', { toml: 'host = ["a"]' }, /sesame\.toml host/],
  ] as const)('%s: names its place', ([, given, message]) => {
    expect(() => load(given)).toThrow(message);
    expect(outcomeOf(() => load(given))).toBe('bad-setting');
  });

  it.for([
    ['port', { environment: { SESAME_PORT: '' } }],
    ['grace-time', { environment: { SESAME_GRACE_TIME: '' } }],
    ['v3.ack-payload', { flags: { 'v3.ack-payload': '' } }],
    ['port', { toml: 'port = true' }],
    ['port', { toml: 'port = []' }],
  ] as const)('what is no number is none for %s: %j', ([, given]) => {
    expect(outcomeOf(() => load(given))).toBe('bad-setting');
  });

  it('an explicit file that is not there', () => {
    const missing = join(tmpdir(), 'sesame-no-such-file.toml');
    expect(() => load({ file: missing })).toThrow(missing);
    expect(outcomeOf(() => load({ environment: { SESAME_CONFIG: missing } }))).toBe('bad-setting');
  });
});
