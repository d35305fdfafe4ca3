// The man pages of both programs: without a fault, and with all that the programs know.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describedClient, describedServer } from '../../scripts/packaging/share.ts';
import { programFiles } from '../../scripts/packaging/share-folder.ts';
import { allCommands } from '../../src/cli/completion/command-paths.ts';
import { SETTING_KEYS } from '../../src/config/settings.ts';
import { rendered } from '../support/man.ts';
import { Program } from '../support/program.ts';
import { TemporaryFolder } from '../support/running-server.ts';

const DATE = '2026-03-01';
const DESCRIPTIONS = { sesame: describedClient(), sesamed: describedServer() };

let folder: TemporaryFolder;
/** By page, what a reader sees, in lines of any length. */
const pages = new Map<string, string>();

beforeAll(async () => {
  folder = await TemporaryFolder.create();
  for (const description of Object.values(DESCRIPTIONS)) {
    for (const [path, content] of programFiles(description, DATE)) {
      if (!path.startsWith('man/')) continue;
      const name = path.replace(/^man\/man\d\//, '').replace(/\.gz$/, '');
      await mkdir(join(folder.path, 'man'), { recursive: true });
      await writeFile(join(folder.path, 'man', name), gunzipSync(content));
      pages.set(name, await rendered(join(folder.path, 'man', name)));
    }
  }
});

afterAll(() => folder[Symbol.asyncDispose]());

/** A line begins with it; where it is short, what it means stands on the same line. */
function hasTerm(page: string, term: string): boolean {
  return page.split('\n').some((line) => `${line.trim()} `.startsWith(`${term} `));
}

test('mandoc finds nothing wrong with any', async () => {
  const all = [...pages.keys()].map((name) => join(folder.path, 'man', name));
  expect(all.length).toBeGreaterThan(20);
  const { code, stdout, stderr } = await Program.run('mandoc', ['-T', 'lint', '-W', 'warning', ...all]);
  expect(stdout + stderr).toBe('');
  expect(code).toBe(0);
});

describe.each(Object.entries(DESCRIPTIONS))('%s', (name, { program, version }) => {
  test('has a page for itself and for each of its commands', () => {
    const expected = [`${name}.1`, ...program.commands.map((command) => `${name}-${command.name}.1`)];
    expect([...pages.keys()]).toEqual(expect.arrayContaining(expected));
    expect(pages.get(`${name}.1`)).toContain(`sesame ${version}`);
    expect(pages.get(`${name}.1`)).toContain(DATE);
  });

  test('the pages name every command, option and argument', () => {
    const missing = allCommands(program).flatMap(({ path, command }) => {
      const page = pages.get(path.length === 1 ? `${name}.1` : `${name}-${path[1] ?? ''}.1`) ?? '';
      const described = command.options.filter(({ names, value }) => {
        const term = [names.join(', '), ...(value === null ? [] : [value])].join(' ');
        return !hasTerm(page, term);
      });
      const isCalled = command.commands.length > 0 || hasTerm(page, path.join(' '));
      return [
        ...described.map(({ names }) => [...path, ...names].join(' ')),
        ...(isCalled ? [] : [path.join(' ')]),
      ];
    });
    expect(missing).toEqual([]);
  });
});

test('what --help says below the options is there: text, examples, exit codes', () => {
  const page = pages.get('sesame-put.1') ?? '';
  for (const heading of ['SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO'])
    expect(page).toMatch(new RegExp(`^${heading}$`, 'm'));
  expect(page).toContain(String.raw`[a-z] [!a-z]  one of a set     \*  a star`);
  expect(page).toContain("sesame put -r /var/log/app --to web-1 --exclude '*.tmp'");
  expect(page).toContain('0 every file acknowledged, 1 other, 2 usage');
});

test('sesame.toml(5) has every setting, its default, its words, its flag and its variable', () => {
  const page = pages.get('sesame.toml.5') ?? '';
  expect(SETTING_KEYS.filter((key) => !hasTerm(page, key))).toEqual([]);
  const text = page.replace(/ +/g, ' ');
  expect(text).toContain('One of pretty, json. Default: pretty.');
  expect(text).toContain('As a flag --v3-max-sends NUMBER, in the environment SESAME_V3_MAX_SENDS.');
});
