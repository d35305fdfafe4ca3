// HTTPS: the server's own certificate or one that is given, HTTP/2 and 1.1, and what a secure page may count on.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Program } from '../support/program.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { sampleBytes } from '../support/native-client.ts';
import { WebServer, type SignedIn } from '../support/web.ts';

let web: WebServer;
let ada: SignedIn;

beforeAll(async () => {
  web = await WebServer.start('--http-tls', 'on', '--http-names', 'files.example.org');
  ada = await web.operator();
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
});

interface Handshake {
  readonly certificate: X509Certificate;
  readonly alpn: string;
  readonly version: string | null;
}

async function handshake(port: number, alpn: string[], options = {}): Promise<Handshake> {
  const socket = connectTls({ port, rejectUnauthorized: false, ALPNProtocols: alpn, ...options });
  try {
    await once(socket, 'secureConnect');
    const { raw } = socket.getPeerCertificate();
    const certificate = new X509Certificate(raw);
    return { certificate, alpn: String(socket.alpnProtocol), version: socket.getProtocol() };
  } finally {
    socket.destroy();
  }
}

async function askHttp2(
  session: ClientHttp2Session,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  const stream = session.request({ ':path': path, ...headers });
  stream.end(body);
  const [answered] = (await once(stream, 'response')) as [Record<string, unknown>];
  return { status: Number(answered[':status']), headers: answered, body: await buffer(stream) };
}

describe('a certificate of its own', () => {
  test('has the names and addresses by which it is asked for, and stays the same', async () => {
    const { certificate } = await handshake(web.port, ['http/1.1']);
    for (const name of ['localhost', 'files.example.org']) expect(certificate.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address)).toBeDefined();
    expect(web.server.stderr).toContain(certificate.fingerprint256);
    await web.server.stop();
    await web.server.again('--http-port', String(web.port), '--http-tls', 'on');
    const again = await handshake(web.port, ['http/1.1']);
    expect(again.certificate.fingerprint256).toBe(certificate.fingerprint256);
  });

  test('its sessions are for secure connections only', async () => {
    const answer = await ada.ask('/api/session');
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    const json = { name: 'ada', password: 'correct horse battery' };
    const { headers } = await web.ask('/api/session', { json });
    expect(headers['set-cookie']?.[0]).toMatch(/; Secure/);
  });

  test('plain HTTP on its port is no HTTP', async () => {
    await expect(fetch(`http://127.0.0.1:${web.port}/healthz`)).rejects.toThrow();
    expect((await web.ask('/healthz')).status).toBe(200);
  });

  test('TLS 1.1 is refused', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(handshake(web.port, ['h2'], old)).rejects.toThrow();
    expect((await handshake(web.port, ['h2'])).version).toBe('TLSv1.3');
  });
});

describe('HTTP/2', () => {
  test('is spoken with whoever can; others get 1.1', async () => {
    expect((await handshake(web.port, ['h2', 'http/1.1'])).alpn).toBe('h2');
    expect((await handshake(web.port, ['http/1.1'])).alpn).toBe('http/1.1');
  });

  test('serves pages, uploads and downloads, many at once', async () => {
    const headers = await ada.tokenFor('modern');
    // Its own memory is for what it has still to send.
    const session = connectHttp2(web.origin, { rejectUnauthorized: false, maxSessionMemory: 100 });
    const content = sampleBytes(2 * 1024 * 1024);
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const puts = await Promise.all(
      numbers.map((n) => askHttp2(session, `/upload/h2/${n}`, { ':method': 'PUT', ...headers }, content)),
    );
    expect(puts.map(({ status }) => status)).toEqual(Array<number>(20).fill(201));
    const path = '/api/file/content?client=modern&path=h2/7';
    const got = await askHttp2(session, path, { ...headers, range: 'bytes=1000000-' });
    expect([got.status, got.body.equals(content.subarray(1_000_000))]).toEqual([206, true]);
    expect((await askHttp2(session, '/')).status).toBe(200);
    expect((await askHttp2(session, '/', { ':authority': 'evil.example' })).status).toBe(421);
    session.close();
  });

  test('can be switched off', async () => {
    await using old = await WebServer.start('--http-tls', 'on', '--http-version', '1.1');
    expect((await handshake(old.port, ['h2', 'http/1.1'])).alpn).toBe('http/1.1');
    expect((await old.ask('/healthz')).status).toBe(200);
  });
});

describe('a certificate that is given', () => {
  test('is shown', async () => {
    await using folder = await TemporaryFolder.create();
    const [key, cert] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const made = await Program.run('openssl', [
      ...args,
      '-subj',
      '/CN=own.example',
      '-keyout',
      key,
      '-out',
      cert,
    ]);
    expect(made.code).toBe(0);
    await using own = await WebServer.start('--http-cert', cert, '--http-key', key);
    expect(own.isSecure, 'a certificate is given to be used, on loopback too').toBe(true);
    expect((await handshake(own.port, [])).certificate.subject).toBe('CN=own.example');
  });

  test.for([
    [['--http-cert', '/no/such.pem', '--http-key', '/no/such.pem'], '/no/such.pem'],
    [['--http-cert', 'package.json'], '--http-key'],
  ] as const)('%j: an error that says so', async ([args, said]) => {
    const { code, stderr } = await RunningServer.failing('--http-port', '0', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});

test('beyond loopback it is HTTPS, unless told otherwise', async () => {
  await using wide = await WebServer.start('--http-host', '0.0.0.0');
  expect(wide.isSecure).toBe(true);
  await using plain = await WebServer.start('--http-host', '0.0.0.0', '--http-tls', 'off');
  expect(plain.isSecure).toBe(false);
});
