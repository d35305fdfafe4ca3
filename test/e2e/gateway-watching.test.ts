// What can be watched from outside: health, metrics, logs, traces; and a server that drains.
import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { LiveEvents, Overview, SettingList } from '../../src/gateway/api-types.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { sampleBytes } from '../support/native-client.ts';
import { HAS_IPV6 } from '../support/network.ts';
import { until, within } from '../support/waiting.ts';
import { WebServer } from '../support/web.ts';

/** The metrics, by name with labels. */
async function metricsOf(web: WebServer): Promise<Map<string, number>> {
  const { text } = await web.ask('/metrics');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

describe('metrics', () => {
  test('count what is sent, fetched and refused; names without digits, and no name of a file in them', async () => {
    await using web = await WebServer.start();
    const ada = await web.operator();
    const headers = await ada.tokenFor('counted');
    const before = await metricsOf(web);
    await web.ask('/upload/secret-name', { method: 'PUT', body: sampleBytes(100_000), headers });
    await ada.ask('/api/file/content?client=counted&path=secret-name');
    await web.ask('/api/files');
    await until('the file is counted', async () => (await metricsOf(web)).get('sesame_files') === 1);
    const after = await metricsOf(web);
    const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(grown('sesame_received_bytes_total{protocol="http"}')).toBe(100_000);
    expect(grown('sesame_sent_bytes_total{protocol="http"}')).toBe(100_000);
    expect(grown('sesame_transfers_total{direction="upload",protocol="http",outcome="done"}')).toBe(1);
    expect(grown('sesame_errors_total{code="not-signed-in"}')).toBe(1);
    expect(grown('sesame_acknowledgement_seconds_count')).toBe(1);
    expect(grown('sesame_fsync_seconds_count{what="file"}')).toBe(1);
    expect(grown('sesame_database_seconds_count{what="write"}')).toBeGreaterThan(2);
    expect(grown('sesame_http_requests_total{method="GET",status="refused"}')).toBe(1);
    for (const name of [
      'sesame_disk_free_bytes',
      'sesame_process_resident_bytes',
      'sesame_process_open_files',
    ]) {
      expect(after.get(name), name).toBeGreaterThan(0);
    }
    const text = (await web.ask('/metrics')).text;
    const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
      name,
      type,
    }));
    expect(names.filter(({ name }) => !/^sesame_[a-z_]+$/.test(name))).toEqual([]);
    expect(names.filter(({ name, type }) => (type === 'counter') !== name.endsWith('_total'))).toEqual([]);
    expect(text).not.toMatch(/secret-name|counted/);
    const documented = await readFile('docs/HTTP.md', 'utf8');
    const missing = names.filter(
      ({ name }) => !documented.includes(name.replace(/_process_.*/, '_process_')),
    );
    expect(missing, 'HTTP.md has them all').toEqual([]);
  });

  test('are for loopback, and for who is named', async () => {
    await using closed = await WebServer.start('--http-proxies', '127.0.0.1');
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    expect((await closed.ask('/metrics', from('10.1.2.3'))).status).toBe(401);
    expect((await closed.ask('/healthz', from('10.1.2.3'))).status).toBe(200);
    await using open = await WebServer.start('--http-proxies', '127.0.0.1', '--metrics-from', '10.1.0.0/16');
    expect((await open.ask('/metrics', from('10.1.2.3'))).status).toBe(200);
    expect((await open.ask('/metrics', from('10.2.2.3'))).status).toBe(401);
    await using unproxied = await WebServer.start();
    const forged = await unproxied.ask('/metrics', from('10.1.2.3'));
    expect(forged.status, 'X-Forwarded-For of anybody counts for nothing').toBe(200);
  });
});

describe('logs', () => {
  test('a line a request, without its query, with the trace it belongs to', async () => {
    await using web = await WebServer.start('--log-format', 'json');
    const ada = await web.operator();
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    await ada.ask('/api/files?search=private', { headers: { traceparent } });
    await until('it is logged', async () => web.server.stderr.includes(traceId));
    const lines = web.server.stderr.split('\n').filter((line) => line.startsWith('{'));
    const line = lines
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .find(({ trace }) => trace === traceId);
    expect(line).toMatchObject({
      ...{ message: 'request', module: 'http', method: 'GET', path: '/api/files', status: 200 },
      ...{ address: '127.0.0.1', who: 'ada', id: expect.any(String) as string },
    });
    expect(typeof line?.['ms']).toBe('number');
    expect(line?.['bytes']).toBeGreaterThan(500);
    expect(web.server.stderr).not.toContain('private');
  });

  test('go to a file that is rotated by size', async () => {
    await using folder = await TemporaryFolder.create();
    const path = join(folder.path, 'sesamed.log');
    const args = ['--log-file', path, '--log-size', '4K', '--log-keep', '2'];
    await using web = await WebServer.start(...args);
    for (let n = 0; n < 150; n++) await web.ask('/healthz');
    await web.server.stop();
    const names = (await readdir(folder.path)).filter((name) => name.startsWith('sesamed.log')).toSorted();
    expect(names).toEqual(['sesamed.log', 'sesamed.log.1', 'sesamed.log.2']);
    for (const name of names) {
      const { size, mode } = await stat(join(folder.path, name));
      expect(size).toBeLessThan(8192);
      expect(mode & 0o077).toBe(0);
    }
    expect(web.server.stderr).not.toContain('request');
    expect(web.server.stderr).toMatch(/^listening on /);
    expect(await readFile(path, 'utf8')).toContain('stopped');
  });
});

test('traces go to a collector, as children of the caller’s', async () => {
  const spans: Record<string, unknown>[] = [];
  const collector = createServer((request, response) => {
    void json(request).then((body) => {
      const { resourceSpans } = body as {
        resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
      };
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.end('{}');
    });
  });
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const { port } = collector.address() as AddressInfo;
  try {
    await using web = await WebServer.start('--otlp', `http://127.0.0.1:${port}`);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    await web.ask('/api/files?search=private', { headers });
    await web.server.stop();
    const span = spans.find((one) => one['traceId'] === traceId);
    expect(span).toMatchObject({ name: 'GET /api/files', parentSpanId: 'b7ad6b7169203331' });
    expect(JSON.stringify(spans)).not.toContain('private');
  } finally {
    collector.close();
  }
});

test('while it drains, /readyz says so, what is under way ends well, and nothing begins', async () => {
  await using web = await WebServer.start('--grace-time', '20');
  const ada = await web.operator();
  const headers = await ada.tokenFor('slow');
  const body = new Readable({ read: () => undefined });
  body.push('first ');
  const chunked = { ...headers, 'transfer-encoding': 'chunked' };
  const upload = web.ask('/upload/slow', { method: 'PUT', body, headers: chunked });
  await until(
    'it is under way',
    async () => (await metricsOf(web)).get('sesame_transfers_active{direction="upload"}') === 1,
  );
  expect((await web.ask('/readyz')).status).toBe(200);
  const stopped = web.server.stop('SIGTERM');
  await until('it drains', async () => (await web.ask('/readyz')).status === 503);
  const late = await web.ask('/upload/late', { method: 'PUT', body: 'x', headers });
  expect([late.status, late.code]).toEqual([503, 'draining']);
  expect(late.headers['retry-after']).toBe('1');
  expect((await web.ask('/healthz')).status).toBe(200);
  body.push('second');
  body.push(null);
  expect((await upload).status).toBe(201);
  expect(await stopped).toBe(0);
  expect((await readFile(web.server.file('slow', 'slow'))).toString()).toBe('first second');
});

describe('the server as the console shows it', () => {
  test('at a glance', async () => {
    await using web = await WebServer.start('--log-level', 'warning');
    const ada = await web.operator();
    const overview = await ada.json<Overview>('/api/overview');
    expect(overview).toMatchObject({ state: 'ready', totals: { clients: 0, files: 0, bytes: 0 } });
    expect(overview.transfer).toContain(`127.0.0.1:${web.server.port}`);
    expect(overview.http).toContain(`127.0.0.1:${web.port}`);
    expect(overview.disk.free).toBeLessThanOrEqual(overview.disk.total);
    expect(overview.health.map(({ name, state }) => `${name} ${state}`)).toContain('storage ok');
    const { settings } = await ada.json<SettingList>('/api/settings');
    expect(settings.find(({ key }) => key === 'log-level')).toMatchObject({
      value: 'warning',
      source: '--log-level',
    });
    expect(settings.find(({ key }) => key === 'conflict')).toMatchObject({
      value: 'replace',
      source: 'default',
    });
  });

  test('as it goes on: an upload is seen while it is under way, and when it has ended', async () => {
    await using web = await WebServer.start();
    const ada = await web.operator();
    const headers = await ada.tokenFor('watched');
    const gone = new AbortController();
    const live = await fetch(`${web.origin}/api/live`, {
      headers: { cookie: ada.cookie },
      signal: gone.signal,
    });
    expect(live.headers.get('content-type')).toBe('text/event-stream');
    expect(live.headers.get('content-encoding')).toBeNull();
    const seen: LiveEvents['transfers'][] = [];
    const samples: LiveEvents['sample'][] = [];
    const reading = readEvents(live, (name, data) => {
      if (name === 'transfers') seen.push(data as LiveEvents['transfers']);
      if (name === 'sample') samples.push(data as LiveEvents['sample']);
    });
    const body = new Readable({ read: () => undefined });
    body.push(sampleBytes(300_000));
    const length = { ...headers, 'content-length': 600_000 };
    const upload = web.ask('/upload/movie', { method: 'PUT', body, headers: length });
    const active = () => seen.at(-1)?.active.find(({ path }) => path === 'movie');
    await until('it is seen half-way', async () => active()?.bytes === 300_000);
    expect(active()).toMatchObject({
      client: 'watched',
      direction: 'upload',
      protocol: 'http',
      size: 600_000,
    });
    body.push(sampleBytes(300_000));
    body.push(null);
    expect((await upload).status).toBe(201);
    await until(
      'it has ended',
      async () => seen.at(-1)?.recent.some(({ path }) => path === 'movie') === true,
    );
    expect(seen.at(-1)?.recent[0]).toMatchObject({
      path: 'movie',
      outcome: 'done',
      bytes: 600_000,
      error: null,
    });
    expect(samples.reduce((sum, sample) => sum + sample.in, 0)).toBeGreaterThan(500_000);
    gone.abort();
    await reading;
  });
});

test('who signs out, here or elsewhere, no longer looks on', async () => {
  await using web = await WebServer.start('--http-max-active', '1');
  const ada = await web.operator();
  const live = await fetch(`${web.origin}/api/live`, { headers: { cookie: ada.cookie } });
  const reading = readEvents(live, () => undefined);
  expect((await ada.ask('/api/session')).status, 'events take no turn').toBe(200);
  expect((await ada.ask('/api/session', { method: 'DELETE' })).status).toBe(204);
  expect(await within(reading, 10_000)).toBe(true);
});

/** Server-sent events, until the stream ends or is given up. */
async function readEvents(answer: Response, take: (name: string, data: unknown) => void): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? [];
        take(name, JSON.parse(data));
        text = text.slice(end + 2);
      }
    }
  } catch {
    // given up
  }
}

test('the first line has every address', async () => {
  await using web = await WebServer.start();
  const [first] = web.server.stderr.split('\n');
  const both = (port: number): string => `127.0.0.1:${port}${HAS_IPV6 ? ` and [::1]:${port}` : ''}`;
  expect(first).toBe(`listening on ${both(web.server.port)}, http on ${both(web.port)}`);
});

test('without the gateway nothing listens, and the ready file says so', async () => {
  await using server = await RunningServer.start();
  expect(server.http).toBeUndefined();
  expect(server.stderr).not.toContain('console at');
});
