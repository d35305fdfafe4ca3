// A running server reads its settings again: what it takes, what waits, and what does not notice.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { configExample } from '../../src/config/config-example.ts';
import { SETTING_KEYS, settingOf } from '../../src/config/settings.ts';
import { sampleBytes } from '../support/native-client.ts';
import { Program } from '../support/program.ts';
import { ReloadingServer } from '../support/reloading.ts';
import { sesamed } from '../support/sesamed.ts';
import { V4Client } from '../support/v4-client.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { until } from '../support/waiting.ts';
import { ask, SignedIn } from '../support/web.ts';

const keysOf = (settings: readonly { readonly key: string }[]): string[] => settings.map(({ key }) => key);

describe('what a reload takes', () => {
  test('levels and form of the log; the file that has its name now', async () => {
    await using tested = await ReloadingServer.start('log-level = "warning"\n');
    const { server, folder } = tested;
    const path = join(folder.path, 'sesamed.log');
    await tested.hangUp('log-level = "server=debug,info"\nlog-format = "json"\n');
    expect(server.stderr).toContain('"setting":"log-level","from":"warning","to":"server=debug,info"');
    using client = await V4Client.joined(server.port, 'machine');
    await until('DEBUG, as JSON', async () => server.stderr.includes('"message":"connected"'));
    await client.leave();
    const toml = `log-file = "${path}"\n`;
    expect(await tested.reload(toml)).toMatchObject({ renewed: [path], faults: [] });
    await until('the file', async () => (await readFile(path, 'utf8').catch(() => '')) !== '');
    await rename(path, `${path}.old`);
    await tested.reload(toml);
    await until('the next file', async () => (await readFile(path, 'utf8').catch(() => '')) !== '');
    expect(await readFile(`${path}.old`, 'utf8')).toContain('changed');
    expect(await readFile(path, 'utf8')).toContain('read the settings again');
  });

  test('limits and policies of uploads, for connections that stand, too', async () => {
    await using tested = await ReloadingServer.start('max-upload = 1000\n');
    const { port } = tested.server;
    using client = await V4Client.joined(port, 'machine');
    await expect(client.put('a', sampleBytes(2000))).rejects.toThrow(/too-large/);
    await expect(client.upload('large', sampleBytes(2000))).rejects.toThrow(/too-large/);
    const report = await tested.reload('max-upload = "1M"\nconflict = "refuse"\njoin = "token"\n');
    expect(keysOf(report.changed)).toEqual(['max-upload', 'join', 'conflict']);
    await client.put('a', sampleBytes(2000));
    await client.upload('large', sampleBytes(3000));
    await expect(client.put('a', sampleBytes(10))).rejects.toThrow(/exists/);
    await expect(client.upload('large', sampleBytes(10))).rejects.toThrow(/exists/);
    await expect(V4Client.joined(port, 'another')).rejects.toThrow(/join-refused/);
    await tested.reload('');
    await client.put('a', sampleBytes(10));
    using another = await V4Client.joined(port, 'another');
    await another.leave();
    await client.leave();
  });

  test('who may speak v3, and how long a connection may rest', async () => {
    await using tested = await ReloadingServer.start('[v3]\naccess = "off"\n');
    const { server } = tested;
    const register = async (): Promise<string> => {
      using connection = await V3Connection.open(server.port);
      await connection.send(request(REQUEST.register, nameField('old')));
      return (await connection.response()).code === RESPONSE.registered ? 'registered' : 'refused';
    };
    await expect(register()).rejects.toThrow();
    await tested.reload('idle-timeout = 0.5\n[v3]\naccess = "loopback"\n');
    expect(await register()).toBe('registered');
    using client = await V4Client.joined(server.port, 'machine');
    await client.over;
  });

  test('what HTTP takes: names, requests on a connection, requests a minute, who reads metrics', async () => {
    await using tested = await ReloadingServer.start('', '--http-port', '0');
    const { server } = tested;
    const origin = `http://127.0.0.1:${server.http?.port ?? 0}`;
    await until('the link', async () => /#sign-in=\S+\n/.test(server.stderr));
    const [link = ''] = /http\S+#sign-in=\S+/.exec(server.stderr) ?? [];
    const ada = await SignedIn.byLink(origin, link, 'ada');
    const host = { host: 'files.example.org' };
    expect((await ask(origin, '/healthz', { headers: host })).status).toBe(421);
    const report = await tested.reload('[http]\nnames = "files.example.org"\nmax-requests = 1\nrate = 2\n');
    expect(keysOf(report.changed)).toEqual(['http.names', 'http.max-requests', 'http.rate']);
    const answer = await ask(origin, '/healthz', { headers: host });
    expect([answer.status, answer.headers.connection]).toEqual([200, 'close']);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await ada.ask('/api/session')).status);
    expect(statuses).toContain(429);
    await tested.reload('[http]\nproxies = "127.0.0.1"\n');
    const forwarded = { 'x-forwarded-for': '203.0.113.9' };
    expect((await ask(origin, '/metrics', { headers: forwarded })).status).toBe(401);
    await tested.reload('metrics-from = "203.0.113.0/24"\n[http]\nproxies = "127.0.0.1"\n');
    expect((await ask(origin, '/metrics', { headers: forwarded })).status).toBe(200);
    // The rules of the guard, seen through a proxy.
    await tested.reload(
      '[http]\nproxies = "127.0.0.1"\n[guard]\nwarn-at = 1\nblock-at = 1\nblock-time = 60\n',
    );
    for (let i = 0; i < 3; i++) await ask(origin, `/nothing-${i}`, { headers: forwarded });
    expect((await ask(origin, '/healthz', { headers: forwarded })).status).toBe(403);
    await tested.reload('[http]\nproxies = "127.0.0.1"\n[guard]\nenabled = false\n');
    expect((await ask(origin, '/healthz', { headers: forwarded })).status).toBe(200);
    await tested.reload('[http]\nproxies = "127.0.0.1"\n[guard]\nallow = "203.0.113.0/24"\n');
    expect((await ask(origin, '/healthz', { headers: forwarded })).status).toBe(200);
  });

  test('every setting that says so, and no other: those wait', async () => {
    await using tested = await ReloadingServer.start('', '--http-port', '0');
    // What stands in the example, with another value where it shows the default.
    const example = configExample()
      .replaceAll(/^#(?! )/gm, '')
      .replaceAll(
        /^(data-dir|ready-file|idle-exit|encrypt|debug|port|http-port|pin-file|log-file|cert|key) =.*$/gm,
        '',
      );
    const other = example.replaceAll(
      /(?<!payload) = (\d+)$/gm,
      (_, digits: string) => ` = ${Math.ceil(Number(digits) / 2)}`,
    );
    const report = await tested.reload(other);
    expect(report.faults).toEqual([]);
    const isReloadable = (key: string): boolean =>
      settingOf(SETTING_KEYS.find((each) => each === key) ?? 'port').reloadable ?? false;
    expect(keysOf(report.changed).filter((key) => !isReloadable(key))).toEqual([]);
    expect(keysOf(report.waiting).filter(isReloadable)).toEqual([]);
    expect(keysOf(report.changed)).toEqual(
      expect.arrayContaining(['grace-time', 'gate.open-time', 'max-connections']),
    );
    expect(keysOf(report.waiting)).toEqual(
      expect.arrayContaining(['host', 'advertise', 'gate.allow', 'web-root']),
    );
    expect(tested.server.stderr).toMatch(/these wait for a restart +settings="host, /);
    // Another reload: nothing is new, and what waits waits yet.
    const again = await tested.reload(other);
    expect([again.changed, again.waiting]).toEqual([[], report.waiting]);
  });
});

describe('settings that are wrong', () => {
  const bad = 'max-upload = 5\nlog-format = "jsno"\nprot = 1\n';

  test('everything stays as it is; each fault is in the log with its place, and in what sesamed reload says', async () => {
    await using tested = await ReloadingServer.start('max-upload = 1000\n');
    const { server, config } = tested;
    await tested.hangUp(bad);
    expect(server.stderr).toContain(`${config}:2:14: log-format:`);
    expect(server.stderr).toContain(`${config}:3:1:`);
    using client = await V4Client.joined(server.port, 'machine');
    await client.put('a', sampleBytes(1000));
    await client.leave();
    const { code, stdout, stderr } = await sesamed(['reload', '--data-dir', server.dataDir]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`${config}:2:14: log-format: "jsno" will not do`);
    const json = await sesamed(['reload', '--json', '--data-dir', server.dataDir]);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      changed: [],
      faults: [expect.anything(), expect.anything()],
    });
    const trail = await sesamed(['audit', 'ls', '--data-dir', server.dataDir]);
    expect(trail.stdout).toMatch(/settings\.reload .*SIGHUP.*refused|refused.*settings\.reload.*SIGHUP/s);
  });

  test('sesamed reload: what it says to people, and where no server runs', async () => {
    await using tested = await ReloadingServer.start('');
    const { server } = tested;
    await tested.reload('grace-time = 7\nhost = "127.0.0.1"\n');
    const { code, stdout } = await sesamed(['reload', '--data-dir', server.dataDir]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/no setting has changed/);
    expect(stdout).toMatch(/wait for a restart:\n {2}host +- → 127\.0\.0\.1/);
    await server.stop();
    expect(await sesamed(['reload', '--data-dir', server.dataDir])).toMatchObject({ code: 5 });
  });
});

describe('certificates', () => {
  async function newIdentity(folder: string, name: string): Promise<void> {
    const out = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const made = await Program.run('openssl', ['req', ...kind, ...out, '-subj', `/CN=${name}`]);
    expect(made.code, made.stderr).toBe(0);
  }

  async function connect(port: number): Promise<TLSSocket> {
    const socket = connectTls({ port, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    return socket;
  }
  const subjectOf = (socket: TLSSocket): string =>
    new X509Certificate(socket.getPeerCertificate().raw).subject;

  test('read again though the setting is the same; who is connected stays; a pair that is none changes nothing', async () => {
    await using tested = await ReloadingServer.start('', '--http-port', '0', '--http-tls', 'on');
    const { folder, server } = tested;
    const port = server.http?.port ?? 0;
    for (const name of ['one', 'two']) await newIdentity(folder.path, name);
    const [cert, key] = ['http.crt', 'http.key'].map((name) => join(folder.path, name));
    const place = async (certOf: string, keyOf: string): Promise<void> => {
      await copyFile(join(folder.path, `${certOf}.crt`), cert ?? '');
      await copyFile(join(folder.path, `${keyOf}.key`), key ?? '');
    };
    const toml = `[http]\ncert = "${cert ?? ''}"\nkey = "${key ?? ''}"\n`;
    await place('one', 'one');
    const first = await tested.reload(toml);
    expect(keysOf(first.changed)).toEqual(['http.cert', 'http.key']);
    const stays = await connect(port);
    expect(subjectOf(stays)).toBe('CN=one');
    await place('two', 'one');
    const mixed = await tested.reload(toml);
    expect(mixed.faults).toEqual([expect.stringMatching(/http\.key is not the key of the certificate in/)]);
    const between = await connect(port);
    expect(subjectOf(between)).toBe('CN=one');
    between.destroy();
    await place('two', 'two');
    expect(await tested.reload(toml)).toMatchObject({ changed: [], renewed: [cert], faults: [] });
    const newest = await connect(port);
    expect([subjectOf(newest), newest.alpnProtocol]).toEqual(['CN=two', 'h2']);
    newest.destroy();
    expect(stays.destroyed).toBe(false);
    stays.destroy();
    expect((await tested.reload(toml.replace(cert ?? '', '/nowhere.crt'))).faults).toEqual([
      expect.stringContaining('--http-cert: ENOENT'),
    ]);
  });
});

describe('at the wrong time', () => {
  test('a thousand SIGHUPs while uploads run: none is lost, and the last settings hold', async () => {
    await using tested = await ReloadingServer.start('max-upload = "2M"\n');
    const { server } = tested;
    using client = await V4Client.joined(server.port, 'machine');
    const files = Array.from({ length: 500 }, (_, i) => [`small/${i}`, sampleBytes(300 + i)] as const);
    const small = client.putAll(files);
    using other = await V4Client.joined(server.port, 'other');
    const large = other.upload('large', sampleBytes(1_500_000));
    let signals = 0;
    for (; signals < 1000; signals++) {
      process.kill(server.pid, 'SIGHUP');
      if (signals % 20 === 0) await new Promise(setImmediate);
    }
    expect((await small).length).toBe(files.length);
    await large;
    const report = await tested.reload('max-upload = 3000\n');
    expect(keysOf(report.changed)).toEqual(['max-upload']);
    await expect(client.put('b', sampleBytes(3001))).rejects.toThrow(/too-large/);
    await client.leave();
    await other.leave();
    const { code, stdout } = await sesamed(['files', 'verify', '--data-dir', server.dataDir]);
    expect(code, stdout).toBe(0);
    const begun = server.stderr.match(/read the settings again/g)?.length ?? 0;
    expect(begun).toBeGreaterThan(0);
    expect(begun).toBeLessThan(signals);
    expect(await server.stop()).toBe(0);
  }, 90_000);

  test('during a drain: the server ends as it would', async () => {
    await using tested = await ReloadingServer.start('grace-time = 1\n');
    const { server } = tested;
    using _client = await V4Client.joined(server.port, 'machine');
    process.kill(server.pid, 'SIGTERM');
    await until('it drains', async () => server.stderr.includes('stopping'));
    for (let i = 0; i < 50; i++) process.kill(server.pid, 'SIGHUP');
    expect(await server.exit).toBe(0);
  });
});
