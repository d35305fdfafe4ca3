// `--debug` and `--trace`, watched from outside.
import { logLinesOf } from '../support/log-lines.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientFolder, sampleBytes } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { filesBelow, notStored } from '../support/stored-files.ts';
import { until } from '../support/waiting.ts';

const HANDLERS = /^(Register|PublicKey|FileDecrypt|Reconnect|Acknowledgment)Handler (call|return|threw) /;
const FILES = new Map([
  ['a', sampleBytes(100)],
  ['b', sampleBytes(5000)],
]);

async function newFolder(server: RunningServer, client: string): Promise<ClientFolder> {
  const folder = await ClientFolder.create(server.port, client, [...FILES.keys()]);
  for (const [name, content] of FILES) await folder.write(name, content);
  return folder;
}

/** The lines of the log, without their times. */
function logLines(stderr: string): { level: string; module: string; text: string }[] {
  return logLinesOf(stderr).map((line) => {
    const [, level = '', module = '', text = ''] = /^[\d-]+ [\d:.]+ (\w+) +(\w+) +(.*)$/.exec(line) ?? [];
    return { level, module, text };
  });
}

function traceOf(stderr: string): string[] {
  return logLines(stderr)
    .filter(({ module }) => module === 'handlers')
    .map(({ text }) => text);
}

describe('--debug', () => {
  let server: RunningServer;
  let quiet: RunningServer;
  let quitter: RunningServer;
  beforeAll(async () => {
    const flags = ['--idle-exit', '1'];
    [server, quiet, quitter] = await Promise.all([
      RunningServer.start('--debug', ...flags),
      RunningServer.start('--debug', '--log-level', 'server=error'),
      RunningServer.start(...flags),
    ]);
  });
  afterAll(async () => {
    for (const each of [server, quiet, quitter]) await each[Symbol.asyncDispose]();
  });

  test('the client sends four times and gives up: 23, and nothing below files/', async () => {
    await using folder = await newFolder(server, 'watched');
    const { code, events } = await folder.run();
    expect(code).toBe(23);
    for (const path of FILES.keys()) {
      const differs = events.filter((event) => event.event === 'crc-differs' && event.path === path);
      expect(differs.map(({ send }) => send)).toEqual([1, 2, 3, 4]);
      expect(events.find((event) => event.event === 'file' && event.path === path)).toMatchObject({
        status: 'failed',
        code: 'crc-differs',
        sends: 4,
      });
    }
    expect(await filesBelow(server.file(''))).toEqual([]);
    expect(await server.incoming()).toEqual([]);
  });

  test('every call and return is traced, under the name of its class, bytes in short hex', async () => {
    await using folder = await newFolder(server, 'traced');
    const before = traceOf(server.stderr).length;
    await folder.run();
    await folder.run();
    await until('the last return', async () => traceOf(server.stderr).length >= before + 2 * 35);
    const trace = traceOf(server.stderr).slice(before);
    expect(trace.filter((line) => !HANDLERS.test(line))).toEqual([]);

    const calls = trace.filter((line) => line.includes(' call ')).map((line) => line.split(' ')[0]);
    const sends = Array<string[]>(4).fill(['FileDecryptHandler', 'AcknowledgmentHandler']).flat();
    const run = (way: string[]): string[] => [...way, ...sends, ...sends];
    expect(calls).toEqual([...run(['RegisterHandler', 'PublicKeyHandler']), ...run(['ReconnectHandler'])]);
    expect(
      trace.filter((line) => line.includes(' return ')),
      'each call returns',
    ).toHaveLength(calls.length);

    // 8 bytes of the id, and how long it is; of the answer too.
    for (const line of trace) expect(line).toMatch(/ client=[0-9a-f]{16}…\(16\) /);
    const returns = trace.filter((line) => line.includes(' return '));
    for (const line of returns) expect(line).toMatch(/ answer=(none|[0-9a-f]{14}|[0-9a-f]{16}…\(\d+\)) /);
    expect(trace[0]).toMatch(/^RegisterHandler call code=1025 client=\S+ name=traced /);
    expect(trace.find((line) => line.startsWith('FileDecryptHandler'))).toContain('code=1028');
    for (const line of trace) expect(line, 'the place in the source').toMatch(/\(\w[\w-]*\.ts:\d+\)$/);
  });

  test('DEBUG, but for a module with a level of its own', () => {
    const lines = logLines(server.stderr);
    expect(new Set(lines.map(({ level }) => level))).toEqual(new Set(['WARNING', 'DEBUG']));
    expect(lines.filter(({ level, module }) => level === 'DEBUG' && module === 'server')).not.toEqual([]);
    expect(lines.some(({ text }) => text.includes('wrong on purpose'))).toBe(true);
    expect(logLines(quiet.stderr).filter(({ module }) => module === 'server')).toEqual([]);
  });

  test('no idle exit, however long nobody is connected', async () => {
    expect(await quitter.exit, 'the same without --debug').toBe(0);
    // It was quiet as long as that one, and is given the time of two more checks.
    const since = performance.now();
    await until('more than the limit has passed', async () => performance.now() - since > 2100);
    expect(server.running).toBe(true);
    expect(await server.stop()).toBe(0);
  });
});

test('--trace alone: traced at DEBUG, everything else as it was, and CRCs that are right', async () => {
  await using server = await RunningServer.start('--trace');
  await using folder = await newFolder(server, 'client');
  expect((await folder.send()).code).toBe(0);
  expect(await notStored(server, 'client', FILES)).toEqual([]);
  await until('the last return', async () => traceOf(server.stderr).length >= 12);
  const lines = logLines(server.stderr);
  expect(lines.filter(({ level }) => level === 'DEBUG').every(({ module }) => module === 'handlers')).toBe(
    true,
  );
  expect(traceOf(server.stderr).filter((line) => !HANDLERS.test(line))).toEqual([]);
  expect(server.stderr).not.toContain('wrong on purpose');
});

test('without either: no trace', async () => {
  await using server = await RunningServer.start('--log-level', 'debug');
  await using folder = await newFolder(server, 'client');
  expect((await folder.send()).code).toBe(0);
  expect(traceOf(server.stderr)).toEqual([]);
});
