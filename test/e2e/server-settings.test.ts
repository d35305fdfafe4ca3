// Where settings come from, and what is refused before anything starts.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TemporaryFolder } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';

interface Row {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
}

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Given {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly toml?: string;
}

async function check({
  flags = [],
  env = {},
  toml = '',
}: Given): Promise<{ code: number | null; stderr: string; stdout: string }> {
  await writeFile(join(folder.path, 'sesame.toml'), toml);
  return sesamed(['config', 'check', '--json', ...flags], { cwd: folder.path, env });
}

/** Value and origin of one setting. */
async function settled(key: string, given: Given): Promise<[value: unknown, source: string]> {
  const { code, stdout, stderr } = await check(given);
  expect(code, stderr).toBe(0);
  const row = (JSON.parse(stdout) as Row[]).find((each) => each.key === key);
  return [row?.value, row?.source ?? 'nowhere'];
}

describe('sesamed config check --json', () => {
  const port = {
    flags: ['--port', '4001'],
    env: { SESAME_PORT: '4002' },
    toml: 'port = 4003\n',
  };

  test('flag before environment before sesame.toml before default', async () => {
    expect(await settled('port', port)).toEqual([4001, '--port']);
    expect(await settled('port', { ...port, flags: [] })).toEqual([4002, 'SESAME_PORT']);
    expect(await settled('port', { toml: port.toml })).toEqual([4003, 'sesame.toml']);
    expect(await settled('port', {})).toEqual([null, 'default']);
  });

  test('a file by --config or SESAME_CONFIG in place of sesame.toml', async () => {
    const [one, two] = ['one.toml', 'two.toml'].map((name) => join(folder.path, name));
    await writeFile(one ?? '', 'port = 1\n');
    await writeFile(two ?? '', 'port = 2\n');
    const given = { toml: port.toml, env: { SESAME_CONFIG: two ?? '' } };
    expect(await settled('port', given)).toEqual([2, two]);
    expect(await settled('port', { ...given, flags: ['--config', one ?? ''] })).toEqual([1, one]);
  });

  test('every kind of value, each from its own place', async () => {
    const { code, stdout } = await check({
      flags: ['--v3', '10.1.0.0/16', '--no-http'],
      env: { SESAME_MAX_UPLOAD: '1.5K', SESAME_TRACE: 'yes', SESAME_V3_CRC: 'zlib-plaintext-be' },
      toml: 'debug = true\ngrace-time = 0.5\n[v3]\nmax-sends = 2\nack-payload = 0\naccess = "off"\n',
    });
    expect(code).toBe(0);
    const rows = JSON.parse(stdout) as Row[];
    expect(Object.fromEntries(rows.map(({ key, value, source }) => [key, [value, source]]))).toMatchObject({
      'v3.access': ['10.1.0.0/16', '--v3'],
      'no-http': [true, '--no-http'],
      'max-upload': [1536, 'SESAME_MAX_UPLOAD'],
      trace: [true, 'SESAME_TRACE'],
      'v3.crc': ['zlib-plaintext-be', 'SESAME_V3_CRC'],
      debug: [true, 'sesame.toml'],
      'grace-time': [0.5, 'sesame.toml'],
      'v3.max-sends': [2, 'sesame.toml'],
      'v3.ack-payload': [0, 'sesame.toml'],
      encrypt: [false, 'default'],
      'data-dir': ['./data', 'default'],
    });
  });

  test('for people: every setting with its value and its origin', async () => {
    await writeFile(join(folder.path, 'sesame.toml'), '');
    const { stdout } = await sesamed(['config', 'check', '--port', '4000'], { cwd: folder.path });
    expect(stdout).toMatch(/^port +4000 +--port$/m);
    expect(stdout).toMatch(/^v3\.idle-timeout +600 +default$/m);
  });

  const refused: readonly (readonly [names: string, given: Given])[] = [
    ['--port', { flags: ['--port', '65536'] }],
    ['SESAME_V3_MAX_SENDS', { env: { SESAME_V3_MAX_SENDS: '5' } }],
    ['sesame.toml', { toml: 'grace-time = -1\n' }],
    ['prot', { toml: 'prot = 4000\n' }],
    ['sesame.toml', { toml: 'port = = 1\n' }],
    ['nowhere.toml', { flags: ['--config', 'nowhere.toml'] }],
    ['--log-level', { flags: ['--log-level', 'storage=loud,info'] }],
    ['10.1.0.0/33', { flags: ['--v3', '10.1.0.0/33'] }],
  ];

  test('what makes no sense: exit code 2, and the place is named', async () => {
    for (const [names, given] of refused) {
      const { code, stdout, stderr } = await check(given);
      expect({ names, code }, stderr).toEqual({ names, code: 2 });
      expect(stdout).toContain(names);
      expect(JSON.parse(stdout)).toEqual({
        faults: [expect.objectContaining({ message: expect.any(String) as string })],
      });
      expect(stderr).toBe('');
    }
  });
});

test('what serve does not know, or what contradicts: exit code 2', async () => {
  await writeFile(join(folder.path, 'sesame.toml'), '');
  for (const args of [
    ['--no-such-flag'],
    ['--encrypt', '--v3', 'off'],
    ['--port', '-1'],
    ['and-what-is-this'],
  ]) {
    const { code, stdout, stderr } = await sesamed(['serve', ...args], { cwd: folder.path });
    expect({ args, code }).toEqual({ args, code: 2 });
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain('listening');
    expect(stdout).toBe('');
  }
});

test('--help and --version are on stdout, and are no error', async () => {
  for (const args of [['--help'], ['serve', '--help'], ['clients', 'reset', '--help'], ['--version']]) {
    const { code, stdout, stderr } = await sesamed(args, { cwd: folder.path });
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    expect(stdout).not.toBe('');
  }
});
