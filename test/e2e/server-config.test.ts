// What `sesamed config` says to people and to editors, and `serve` to whoever starts it with a bad file.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TemporaryFolder } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

const BAD = 'prot = 4000\r\nlog-format = "jsno"\r\n[v3]\r\nmax-sends = 9\r\n';
const SAID = `sesamed: 3 settings are wrong:
  sesame.toml:1:1: "prot" is no setting; did you mean "port"?
  sesame.toml:2:14: log-format: "jsno" will not do; one of "pretty", "json" is wanted; did you mean "json"?
  sesame.toml:4:13: v3.max-sends: 9 will not do; a whole number from 1 to 4 is wanted
`;

describe('a file with three faults', () => {
  test('config check and serve say the same: each with its place, what is wrong, what would be right', async () => {
    await writeFile(join(folder.path, 'sesame.toml'), BAD);
    const all = [['config', 'check'], ['serve'], ['clients', 'ls']];
    for (const args of all) {
      const { code, stdout, stderr } = await sesamed(args, { cwd: folder.path });
      expect({ args, code, stdout, stderr }).toEqual({ args, code: 2, stdout: '', stderr: SAID });
    }
  });

  test('--json', async () => {
    await writeFile(join(folder.path, 'sesame.toml'), BAD);
    const args = ['config', 'check', '--json', '--port', 'x'];
    const { code, stdout } = await sesamed(args, { cwd: folder.path });
    expect(code).toBe(2);
    const file = { source: 'sesame.toml' };
    expect(JSON.parse(stdout)).toEqual({
      faults: [
        expect.objectContaining({ source: '--port', line: null, column: null, key: null }),
        expect.objectContaining({ ...file, line: 1, column: 1, key: null }),
        expect.objectContaining({ ...file, line: 2, column: 14, key: 'log-format' }),
        expect.objectContaining({ ...file, line: 4, column: 13, key: 'v3.max-sends' }),
      ],
    });
  });
});

test('what is no file of settings: said, exit code 2', async () => {
  await mkdir(join(folder.path, 'folder.toml'));
  await writeFile(join(folder.path, 'large.toml'), Buffer.alloc(10_000_000, '#'));
  await writeFile(join(folder.path, 'latin.toml'), Buffer.from('# caf\xe9', 'latin1'));
  for (const [name, said] of [
    ['folder.toml', 'folder.toml: is a folder; name the file in it'],
    ['large.toml', 'large.toml: is 9.5 MiB; settings take 1.0 MiB at most: is it the right file?'],
    ['latin.toml', 'latin.toml:1:6: byte 0xe9 is no UTF-8; save the file as UTF-8'],
    ['nowhere.toml', 'nowhere.toml: cannot be read: ENOENT'],
  ]) {
    const { code, stderr } = await sesamed(['serve', '--config', name ?? ''], { cwd: folder.path });
    expect({ name, code }).toEqual({ name, code: 2 });
    expect(stderr).toContain(`sesamed: ${said ?? ''}`);
  }
});

test('a variable that looks like a setting and is none: a warning, and exit code 0', async () => {
  await writeFile(join(folder.path, 'sesame.toml'), '');
  const env = { SESAME_LOG_LEVLE: 'debug' };
  const { code, stderr } = await sesamed(['config', 'check'], { cwd: folder.path, env });
  expect(code).toBe(0);
  expect(stderr).toBe(
    'warning: SESAME_LOG_LEVLE: no setting has this variable; did you mean "SESAME_LOG_LEVEL"?\n',
  );
});

test('the example and the schema are printed, and the example is good', async () => {
  const example = await sesamed(['config', 'example'], { cwd: folder.path });
  expect(example.stdout).toMatch(/^#grace-time = 30$/m);
  await writeFile(join(folder.path, 'sesame.toml'), example.stdout);
  const { code, stderr } = await sesamed(['config', 'check'], { cwd: folder.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const schema = await sesamed(['config', 'schema'], { cwd: folder.path });
  expect(JSON.parse(schema.stdout)).toMatchObject({ type: 'object', additionalProperties: false });
});
