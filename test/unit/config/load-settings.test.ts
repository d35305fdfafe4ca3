import { execFileSync } from 'node:child_process';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SettingsError, type Fault } from '../../../src/config/fault.ts';
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
    ['an unknown key', { toml: 'prot = 4000' }, /sesame\.toml:1:1: "prot" is no .*mean "port"/],
    ['an unknown key in a table', { toml: '[v3]\nspeed = 1' }, /sesame\.toml:2:1: "v3\.speed" is no/],
    ['an unknown table', { toml: '[v9]\ncrc = "auto"' }, /sesame\.toml:1:2: "v9" is no .*mean "v3"/],
    ['an empty unknown table', { toml: '\n[nothing]' }, /sesame\.toml:2:2: "nothing" is no setting/],
    ['the name of a flag', { toml: 'http-cert = "x"' }, /"http-cert" is no .*mean "http\.cert"/],
    ['a table where a value belongs', { toml: '[port]\nnumber = 1' }, /:1:2: port: a table will not do/],
    ['a value where a table belongs', { toml: 'v3 = "off"' }, /"v3" is no .*mean "v3\.access"/],
    ['a prototype', { toml: '__proto__ = 1' }, /"__proto__" is no setting/],
    ['a map without a path', { flags: { 'http.static': 'docs=/srv' } }, /--http-static: .*map of paths/],
    ['a map with no target', { toml: '[http.redirects]\n"/a" = ""' }, /:1:2: http\.redirects: a table/],
    ['a map of numbers', { toml: '[http.redirects]\n"/a" = 7' }, /:2:8: http\.redirects\.\/a: 7 .*a text/],
    ['a list of numbers', { toml: '[http]\nnames = ["a",\n 7]' }, /:3:2: http\.names\.1: 7 .*a text/],
    ['another HTTP version', { flags: { 'http.version': '3' } }, /--http-version: "3" .*one of "2", "1\.1"/],
    ['broken TOML', { toml: 'port = \n= 7' }, /sesame\.toml:2:1: no TOML/],
    [
      'a bad value in the file',
      { toml: 'port = "many"' },
      /:1:8: port: "many" .* whole number from 0 to 65535/,
    ],
    [
      'a bad value in the environment',
      { environment: { SESAME_PORT: '70000' } },
      /SESAME_PORT: 70000|SESAME_PORT: "70000"/,
    ],
    ['a bad flag', { flags: { 'v3.access': '' } }, /--v3: "" will not do/],
    ['a fraction of a port', { flags: { port: '1.5' } }, /--port: .*whole number/],
    ['a negative port', { flags: { port: '-1' } }, /--port: "-1"/],
    [
      'an unknown CRC',
      { environment: { SESAME_V3_CRC: 'zlib-plaintxt' } },
      /SESAME_V3_CRC: .*mean "zlib-plaintext"/,
    ],
    ['five sends', { flags: { 'v3.max-sends': '5' } }, /--v3-max-sends: .*from 1 to 4/],
    ['no send', { flags: { 'v3.max-sends': '0' } }, /--v3-max-sends/],
    ['an acknowledgment of 8', { flags: { 'v3.ack-payload': '8' } }, /--v3-ack-payload: .*one of 16, 0/],
    ['an idle exit of 0', { flags: { 'idle-exit': '0' } }, /--idle-exit: .*above 0/],
    ['a maybe', { environment: { SESAME_DEBUG: 'maybe' } }, /SESAME_DEBUG: .*true or false/],
    ['a list', { toml: 'host = ["a"]' }, /:1:8: host: a list will not do; a text/],
    ['a level', { toml: 'log-level = "storage=loud"' }, /log-level: "loud" is none of debug/],
    [
      'no network',
      { toml: '[v3]\naccess = "10.1.0.0/33"' },
      /:2:10: v3\.access: "10\.1\.0\.0\/33" is no network/,
    ],
    ['a date', { toml: 'port = 1979-05-27' }, /port: a date will not do/],
    ['a table of tables', { toml: '[[v3]]\ncrc = "auto"' }, /:1:3: "v3" is no setting/],
    ['a key set twice', { toml: 'port = 1\nhost = "a"\nport = 2' }, /:3:1: this is set a second time/],
    [
      'twice, in a table and quoted',
      { toml: '"v3.crc" = "auto"\n[v3]\ncrc = "auto"' },
      /:3:1: "v3\.crc" is set a second time/,
    ],
    [
      'twice, dotted and as a table',
      { toml: 'v3.crc = "auto"\n[v3]\nmax-sends = 1' },
      /:2:2: this is set a second time/,
    ],
    [
      'what contradicts',
      { toml: '[guard]\nblock-at = 3' },
      /:2:12: guard\.block-at: --guard-warn-at must not be above/,
    ],
    [
      'half a certificate',
      { flags: { 'http.cert': 'a' } },
      /--http-cert: --http-cert and --http-key go together/,
    ],
    ['a v3 mission without v3', { toml: 'encrypt = true\nv3.access = "off"' }, /:1:11: encrypt: .*--v3 off/],
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

  it('all of them in one go, in the order of the file, lines counted over CRLF', () => {
    const toml = [
      '# settings',
      'prot = 1',
      'log-format = "jsno"',
      'x = = 1',
      '[v3]',
      'max-sends = 9',
      'crc = "auto"',
      'crc = "md5"',
      '[http]',
      'max-active = 1.5',
    ].join('\r\n');
    const environment = { SESAME_GRACE_TIME: 'long' };
    const faults = faultsOf({ toml, environment, flags: { port: 'x' } });
    expect(faults.map(({ source, position, key }) => [basename(source), position?.line, key])).toEqual([
      ['--port', undefined, undefined],
      ['SESAME_GRACE_TIME', undefined, undefined],
      ['sesame.toml', 2, undefined],
      ['sesame.toml', 3, 'log-format'],
      ['sesame.toml', 4, undefined],
      ['sesame.toml', 6, 'v3.max-sends'],
      ['sesame.toml', 8, undefined],
      ['sesame.toml', 10, 'http.max-active'],
    ]);
    expect(faults[0]?.position).toBeUndefined();
  });

  it('a value that a flag takes the place of, too', () => {
    const toml = 'port = 70000';
    expect(faultsOf({ toml, flags: { port: '1' } })).toMatchObject([{ key: 'port', position: { line: 1 } }]);
  });

  it('a text without an end: no list of what comes of it', () => {
    const faults = faultsOf({ toml: 'host = "a\nport = "b\ngrace-time = 1\n' });
    expect(faults.map(({ position }) => position?.line)).toEqual([1]);
  });
});

/** What is wrong, and where. */
function faultsOf(given: Given): readonly Fault[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('the file', () => {
  it('with a byte order mark and CRLF', () => {
    expect(load({ toml: '\uFEFFport = 5\r\nhost = "a"\r\n' }).settings).toMatchObject({ port: 5, host: 'a' });
    expect(faultsOf({ toml: '\uFEFFprot = 5\r\n' })).toMatchObject([{ position: { line: 1, column: 1 } }]);
  });

  it('dotted, in a table, inline, quoted: all the same', () => {
    for (const toml of [
      'v3.crc = "zlib-plaintext"',
      '[v3]\ncrc = "zlib-plaintext"',
      'v3 = { crc = "zlib-plaintext" }',
      '"v3.crc" = "zlib-plaintext"',
      '"v3"."crc" = "zlib-plaintext"',
    ])
      expect(load({ toml }).settings['v3.crc'], toml).toBe('zlib-plaintext');
  });

  it.for([
    ['not UTF-8', Buffer.from('a = "é"\nb = "\xff"', 'latin1'), /:1:6: byte 0xe9 is no UTF-8/],
    [
      'cut within a character',
      Buffer.concat([Buffer.from('host = "a"\n#'), Buffer.from([0xe2, 0x82])]),
      /:2:2: byte 0xe2 is no/,
    ],
    [
      'a character that stands for what is broken',
      Buffer.from('# \uFFFD\nhost = "\xff"', 'latin1'),
      /no UTF-8/,
    ],
    ['large', Buffer.alloc(11_000_000, '#'), /is 10\.5 MiB; settings take 1\.0 MiB at most/],
  ] as const)('that is %s', ([, content, message]) => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'sesame-config-'));
    const file = join(folder.path, 'sesame.toml');
    writeFileSync(file, content);
    expect(() => load({ file })).toThrow(message);
  });

  it('that is a folder, or a pipe', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'sesame-config-'));
    expect(() => load({ file: folder.path })).toThrow(/is a folder/);
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => load({ file: pipe })).toThrow(/no regular file/);
  });
});
