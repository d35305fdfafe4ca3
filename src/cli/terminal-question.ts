import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { SesameError } from '../base/errors.ts';

/**
 * Asks whoever sits at the terminal.
 *
 * @param instead what to do where there is none
 * @returns the answer, without white space around it; nothing where the terminal is closed instead
 * @throws `bad-setting` where nobody can be asked
 */
export async function askAtTerminal(question: string, instead: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new SesameError('bad-setting', `there is no terminal to ask at: ${instead}`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = once(terminal, 'close').then(() => '');
    return (await Promise.race([terminal.question(question), closed])).trim();
  } finally {
    terminal.close();
  }
}
