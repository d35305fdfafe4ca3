// Completions in real shells: all that can be typed is offered, and nothing else.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describedClient, describedServer } from '../../scripts/packaging/share.ts';
import { COMPLETIONS, SHELLS, type Shell } from '../../src/cli/completion/completion.ts';
import { allCommands } from '../../src/cli/completion/command-paths.ts';
import { valueKind } from '../../src/cli/completion/value-kind.ts';
import type { DescribedCommand } from '../../src/cli/describe/command-tree.ts';
import { Program } from '../support/program.ts';
import { TemporaryFolder } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';
import { offers } from '../support/shells.ts';

const PROGRAMS = { sesame: describedClient().program, sesamed: describedServer().program };

/** With one file and one folder, which shells may offer. */
let folder: TemporaryFolder;
let here: string;

beforeAll(async () => {
  folder = await TemporaryFolder.create();
  here = join(folder.path, 'here');
  await mkdir(join(here, 'some-folder'), { recursive: true });
  await writeFile(join(here, 'some-file'), '');
});

afterAll(() => folder[Symbol.asyncDispose]());

async function offered(
  shell: Shell,
  program: DescribedCommand,
  lines: readonly string[],
): Promise<(line: string) => readonly string[]> {
  const file = join(folder.path, `${program.name}.${shell}`);
  await writeFile(file, COMPLETIONS[shell](program));
  const answers = await offers(shell, file, here, lines);
  // Some shells offer the slash of a folder and the = of an option with it.
  return (line) => [...new Set((answers.get(line) ?? []).map((word) => word.replace(/[/=]$/, '')))].sort();
}

describe.each(Object.entries(PROGRAMS))('%s', (_name, program) => {
  const commands = allCommands(program).map(({ path, command }) => ({ typed: path.join(' '), command }));

  test('describes itself: it has commands, and they have options', () => {
    expect(commands.length).toBeGreaterThan(8);
    for (const { typed, command } of commands) expect(command.options, typed).not.toEqual([]);
  });

  describe.each(SHELLS)('%s', (shell) => {
    test('offers every command, and no other', async () => {
      const withInner = commands.filter(({ command }) => command.commands.length > 0);
      const words = await offered(
        shell,
        program,
        withInner.map(({ typed }) => `${typed} `),
      );
      for (const { typed, command } of withInner)
        expect(words(`${typed} `), typed).toEqual(command.commands.map(({ name }) => name).sort());
    });

    test('offers every option of every command, and no other', async () => {
      const words = await offered(
        shell,
        program,
        commands.map(({ typed }) => `${typed} -`),
      );
      for (const { typed, command } of commands)
        expect(words(`${typed} -`), typed).toEqual(command.options.flatMap(({ names }) => names).sort());
    });

    test('offers what an option takes: words, files, folders, or nothing', async () => {
      const options = commands.flatMap(({ typed, command }) =>
        command.options
          .filter(({ value }) => value !== null)
          .map((option) => ({ line: `${typed} ${option.names.at(-1) ?? ''} `, option })),
      );
      const words = await offered(
        shell,
        program,
        options.map(({ line }) => line),
      );
      for (const { line, option } of options) {
        const kind = valueKind(option);
        const expected = {
          words: kind.kind === 'words' ? [...kind.words].sort() : [],
          file: ['some-file', 'some-folder'],
          folder: ['some-folder'],
          anything: [],
        }[kind.kind];
        expect(words(line), line).toEqual(expected);
      }
    });
  });
});

describe.each(SHELLS)('%s', (shell) => {
  test('knows values behind an equals sign, and commands behind options', async () => {
    const lines = [
      'sesame send --protocol=',
      'sesame put -r --to logs -q --files-from some-fi',
      'sesame knock open --tc',
    ];
    const words = await offered(shell, PROGRAMS.sesame, lines);
    expect(words(lines[0] ?? '').map((word) => word.replace('--protocol=', ''))).toEqual(['3', '4']);
    expect(words(lines[1] ?? '')).toEqual(['some-file']);
    expect(words(lines[2] ?? '')).toEqual(['--tcp']);
  });

  test('offers files of this machine, and none where names on the server are wanted', async () => {
    const lines = [
      'sesame put some-',
      'sesame ls some-',
      'sesame put --to some-',
      'sesamed files get c some-',
    ];
    const client = await offered(shell, PROGRAMS.sesame, lines.slice(0, 3));
    expect(client(lines[0] ?? '')).toEqual(['some-file', 'some-folder']);
    expect(client(lines[1] ?? '')).toEqual([]);
    expect(client(lines[2] ?? '')).toEqual([]);
    const server = await offered(shell, PROGRAMS.sesamed, lines.slice(3));
    expect(server(lines[3] ?? '')).toEqual([]);
  });

  test('is what sesamed completion prints', async () => {
    const { code, stdout } = await sesamed(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toBe(COMPLETIONS[shell](PROGRAMS.sesamed));
  });
});

test('words of settings come from their schemas', async () => {
  const line = 'sesamed serve --log-format ';
  expect((await offered('bash', PROGRAMS.sesamed, [line]))(line)).toEqual(['json', 'pretty']);
});

test('bash-completion finds it by the name of the program', async () => {
  const completions = join(folder.path, 'share/bash-completion/completions');
  await mkdir(completions, { recursive: true });
  await writeFile(join(completions, 'sesame'), COMPLETIONS.bash(PROGRAMS.sesame));
  const script =
    'source /usr/share/bash-completion/bash_completion; _completion_loader sesame; complete -p sesame';
  const env = { XDG_DATA_DIRS: join(folder.path, 'share') };
  const { stdout, stderr } = await Program.run('bash', ['--norc', '-c', script], { env });
  expect(stdout, stderr).toContain('-F _sesame sesame');
});

test('a shell that it does not know is refused', async () => {
  const { code, stderr } = await sesamed(['completion', 'csh']);
  expect(code).toBe(2);
  expect(stderr).toContain('bash, zsh, fish');
});
