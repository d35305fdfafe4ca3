import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** The top folder of the project. */
export const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Runs a command in the top folder to its end.
 *
 * @returns what it wrote to stdout
 * @throws with all of its output, where its exit code is not 0
 */
export function run(argv: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const [program = '', ...args] = argv;
  const options = {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
  } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (error) throw error;
  if (status === 0) return stdout;
  throw new Error(`${argv.join(' ')}: exit code ${String(status)}\n${stdout}${stderr}`);
}
