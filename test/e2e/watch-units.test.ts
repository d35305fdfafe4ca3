// The units that the client's package holds: a user's, and the system's.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { Program } from '../support/program.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { V4Folder } from '../support/v4-folder.ts';

const UNITS = fileURLToPath(new URL('../../packaging/systemd/', import.meta.url));
const SYSTEM = 'sesame-watch@.service';
const USER = 'sesame-watch.service';
/** What systemd-analyze calls OK begins below 3. Root that may read everything cannot come to much less. */
const MOST_EXPOSED = 3;

let folder: TemporaryFolder;
const source = (scope: 'user' | 'system', name: string): Promise<string> =>
  readFile(join(UNITS, scope, name), 'utf8');

beforeAll(async () => {
  folder = await TemporaryFolder.create();
  for (const [scope, name] of [
    ['user', USER],
    ['system', SYSTEM],
  ] as const) {
    await mkdir(join(folder.path, scope));
    // Where they are checked, nothing is installed.
    const unit = (await source(scope, name)).replaceAll('/usr/bin/sesame', '/bin/true');
    await writeFile(join(folder.path, scope, name), unit);
  }
  return () => folder[Symbol.asyncDispose]();
});

test.for([
  ['user', USER],
  ['system', SYSTEM.replace('@', '@logs')],
] as const)('systemd has nothing to say about %s/%s', async ([scope, name]) => {
  const options = {
    env: { SYSTEMD_UNIT_PATH: `${join(folder.path, scope)}:`, XDG_RUNTIME_DIR: folder.path },
  };
  const { code, stdout, stderr } = await Program.run(
    'systemd-analyze',
    ['verify', `--${scope}`, '--man=no', '--recursive-errors=no', name],
    options,
  );
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('that of the system can do little harm', async () => {
  const path = join(folder.path, 'system', SYSTEM);
  const { stdout } = await Program.run('systemd-analyze', ['security', '--offline=true', '--no-pager', path]);
  expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(MOST_EXPOSED);
});

describe.for([
  ['user', USER],
  ['system', SYSTEM],
] as const)('%s/%s', ([scope, name]) => {
  test('is not started again after what another start would not help, and after nothing else', async () => {
    const unit = await source(scope, name);
    expect(/^RestartPreventExitStatus=(.*)$/m.exec(unit)?.[1]).toBe('2 3 6');
    expect(unit).toMatch(/^Restart=on-failure$/m);
    expect(unit).toMatch(/^SuccessExitStatus=143$/m);
  });

  test('starts the program as it takes it', async () => {
    await using server = await RunningServer.start();
    await using client = await V4Folder.joined(server, `unit-${scope}`);
    await client.write('in/f', 'x');
    const [, args = ''] = /^ExecStart=\/usr\/bin\/sesame (.*)$/m.exec(await source(scope, name)) ?? [];
    const words = args
      .replace('/etc/sesame-watch/%i', client.config)
      .replace('$SESAME_WATCH', 'in')
      .split(' ');
    const { code, stdout, stderr } = await client.sesame(...words, '-n');
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).toContain('in/f');
  });
});
