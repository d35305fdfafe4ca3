// A program at a terminal, with somebody who types.
import { fileURLToPath } from 'node:url';
import { Program } from './program.ts';

const DRIVER = fileURLToPath(new URL('at-a-terminal.py', import.meta.url));

export interface AtTerminal {
  /** Everything that stood on the terminal, what it echoed included. */
  readonly shown: string;
  readonly code: number;
  /** Whether the terminal echoes what is typed after the program has ended. */
  readonly echoes: boolean;
}

/** Runs a program to its end, and types `keys` as soon as it shows `prompt`. */
export async function typeAt(prompt: string, keys: string, argv: readonly string[]): Promise<AtTerminal> {
  const { code, stdout, stderr } = await Program.run('python3', [DRIVER, prompt, ...argv], { input: keys });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as AtTerminal;
}
