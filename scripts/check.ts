/**
 * Runs every check of the project, one after another, and says at the end how each one went. This is what
 * `npm test` does once set-up is through.
 *
 *   npm test                                        everything
 *   npm test -- --only vitest --only lint           some of it
 *   npm test -- --only vitest -- test/unit -t crc   with arguments for vitest
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs, styleText } from 'node:util';

interface Check {
  readonly name: string;
  readonly argv: readonly string[];
  /** Why the check cannot run on this machine, if so. */
  readonly skipped?: string | undefined;
}

interface Outcome {
  readonly name: string;
  readonly verdict: 'passed' | 'FAILED' | 'skipped';
  readonly remark: string;
}

const root = resolve(import.meta.dirname, '..');

// Another release lays out the same style in another way. 14 is that of Debian 12.
const CLANG_FORMAT_MAJOR = 14;

function checks(vitestArgs: readonly string[]): Check[] {
  return [
    { name: 'typecheck', argv: ['tsc', '-p', 'tsconfig.json'] },
    { name: 'typecheck-web', argv: ['tsc', '-p', 'src/gateway/web/tsconfig.json'] },
    { name: 'lint', argv: ['eslint', '.'] },
    { name: 'prettier', argv: ['prettier', '--check', '--log-level', 'warn', '.'] },
    {
      name: 'clang-format',
      argv: [
        'find',
        'client-cpp',
        '-name',
        '*.[ch]pp',
        '-exec',
        'clang-format',
        '--dry-run',
        '-Werror',
        '{}',
        '+',
      ],
      skipped: clangFormatProblem(),
    },
    { name: 'vitest', argv: ['vitest', 'run', ...vitestArgs] },
    { name: 'c++', argv: [join('build-asan', 'sesame-tests')] },
  ];
}

function clangFormatProblem(): string | undefined {
  const { stdout, error } = spawnSync('clang-format', ['--version'], { encoding: 'utf8' });
  if (error) return 'clang-format is not installed';
  const major = /version (\d+)/.exec(stdout)?.[1];
  return Number(major) === CLANG_FORMAT_MAJOR ? undefined : `needs clang-format ${CLANG_FORMAT_MAJOR}`;
}

async function run(check: Check): Promise<Outcome> {
  if (check.skipped !== undefined) return { name: check.name, verdict: 'skipped', remark: check.skipped };
  console.log(styleText('bold', `\n── ${check.name}`));

  const start = performance.now();
  const ending = await exitOf(check.argv);
  const seconds = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  return ending === 0
    ? { name: check.name, verdict: 'passed', remark: seconds }
    : { name: check.name, verdict: 'FAILED', remark: `${seconds}, ${ending}` };
}

/** Runs a command on this terminal: 0, or in words how it ended. */
async function exitOf([command = '', ...args]: readonly string[]): Promise<0 | string> {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code === 0) return 0;
    return signal ? `ended by ${signal}` : `exit code ${code ?? 'unknown'}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The checks that the command line asks for; a wrong one ends the program with exit code 2. */
function selectedChecks(): Check[] {
  try {
    const { values, positionals } = parseArgs({
      options: { only: { type: 'string', multiple: true } },
      allowPositionals: true,
    });
    const all = checks(positionals);
    const names = all.map((check) => check.name);
    const unknown = values.only?.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new Error(`No check '${unknown}'. There are: ${names.join(', ')}`);
    return all.filter(({ name }) => values.only?.includes(name) ?? true);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

function report(outcomes: readonly Outcome[]): void {
  const colours = { passed: 'green', FAILED: 'red', skipped: 'yellow' } as const;
  console.log(styleText('bold', '\n── summary'));
  for (const { name, verdict, remark } of outcomes) {
    console.log(`${name.padEnd(14)}${styleText(colours[verdict], verdict.padEnd(9))}${remark}`);
  }
}

const outcomes: Outcome[] = [];
for (const check of selectedChecks()) outcomes.push(await run(check));
report(outcomes);
process.exitCode = outcomes.some(({ verdict }) => verdict === 'FAILED') ? 1 : 0;
