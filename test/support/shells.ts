// Real shells, asked what they would offer by a completion of ours.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Shell } from '../../src/cli/completion/completion.ts';
import { Program } from './program.ts';
import { TemporaryFolder } from './running-server.ts';

const DRIVERS = fileURLToPath(new URL('shells', import.meta.url));

/**
 * What a shell offers at the end of each of these lines, with this completion, in this folder.
 *
 * @param completion the path of its file
 */
export async function offers(
  shell: Shell,
  completion: string,
  cwd: string,
  lines: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  await using home = await TemporaryFolder.create();
  const input = lines.map((line) => `${line}\n`).join('');
  const env = { HOME: home.path, XDG_CONFIG_HOME: home.path, ZDOTDIR: home.path };
  const driver = join(DRIVERS, `complete.${shell}`);
  const { code, stdout, stderr } = await Program.run(shell, [driver, completion], { cwd, env, input });
  const answers = stdout.split(/(?<=^|\n)\n/).slice(0, lines.length);
  if (code !== 0 || stderr !== '' || answers.length !== lines.length) {
    throw new Error(`${shell} ended with ${String(code)} after ${answers.length} answers:\n${stderr}`);
  }
  return new Map(
    lines.map((line, at) => [line, answers[at]?.split('\n').filter((word) => word !== '') ?? []]),
  );
}
