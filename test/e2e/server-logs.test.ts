// The log of a server at work: every line in its format, and nothing in it that is nobody's business.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logLinesOf } from '../support/log-lines.ts';
import { ClientFolder, sampleBytes } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { until } from '../support/waiting.ts';

const STRANGE = 'line\nbreak \x1b[31m \x9b31m red \u202e';

/** Something of everything: files, a refusal, a stranger, an operator’s words, an end. */
async function busyServer(...flags: string[]): Promise<{ server: RunningServer; client: SimulatedClient }> {
  const server = await RunningServer.start(...flags);
  await using folder = await ClientFolder.create(server.port, 'native', ['f', 'CON']);
  await folder.write('f', sampleBytes(100_000));
  await folder.write('CON', 'refused');
  expect((await folder.send()).code).toBe(23);
  const client = await new SimulatedClient(() => server.port, STRANGE).enrol();
  expect((await client.sendFile('f\r\n2026 forged', Buffer.from('x'))).outcome).toBe('verified');
  {
    using noise = await V3Connection.open(server.port);
    await noise.send(Buffer.from('GET / HTTP/1.1\r\nHost: sesame\r\n\r\n'));
    await noise.rest();
  }
  client.close();
  await until('what was refused', async () => server.stderr.includes('unknown-version'));
  expect(await server.stop()).toBe(0);
  return { server, client };
}

describe.for([
  ['json', (line: string) => JSON.parse(line) as unknown],
  ['pretty', (line: string) => /^\d{4}-\d\d-\d\d [\d:.]{12} [A-Z]+ +[a-z]+ +\S/.exec(line)],
] as const)('--log-format %s --debug', ([format, parse]) => {
  let lines: string[];
  let client: SimulatedClient;
  beforeAll(async () => {
    // Levels as with --debug, but CRCs that are right.
    const busy = await busyServer('--log-format', format, '--log-level', 'debug', '--trace');
    client = busy.client;
    await using server = busy.server;
    expect(server.stderr).toMatch(/^listening on /);
    lines = logLinesOf(server.stderr);
  });
  afterAll(() => client.close());

  test('every line behind the first is in it', () => {
    expect(lines.length).toBeGreaterThan(20);
    const wrong = lines.filter((line) => {
      try {
        return !parse(line);
      } catch {
        return true;
      }
    });
    expect(wrong).toEqual([]);
  });

  test('no key in it, no control character, and no whole id', () => {
    const text = lines.join('\n');
    expect(text).not.toContain(client.aesKey.toString('hex'));
    expect(text).not.toContain(client.aesKey.toString('hex').slice(0, 16));
    expect(text).not.toContain(client.id.toString('hex'));
    expect(text).toContain(client.id.toString('hex').slice(0, 16));
    expect(lines.filter((line) => /[\x00-\x1f\x7f-\x9f\u202e]/.test(line))).toEqual([]);
    expect(text, 'a line of its own for a name').not.toMatch(/^2026 forged/m);
  });
});

test('JSON: time, level, module and message, with numbers as numbers', async () => {
  const { server } = await busyServer('--log-format', 'json', '--trace');
  const records = logLinesOf(server.stderr).map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const record of records) {
    expect(record).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/) as unknown,
      level: expect.stringMatching(/^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$/) as unknown,
      module: expect.any(String) as unknown,
      message: expect.any(String) as unknown,
    });
  }
  const call = records.find(({ message, name }) => message === 'FileDecryptHandler call' && name === 'f');
  expect(call).toMatchObject({ code: 1028, content_size: 100_000 + 16 - (100_000 % 16), level: 'DEBUG' });
  await server[Symbol.asyncDispose]();
});
