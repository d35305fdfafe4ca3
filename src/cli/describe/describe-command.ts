import { Command } from 'commander';
import { describeProgram } from './describe-program.ts';

/** `sesamed describe-commands`, out of which completions and man pages are made. Not in --help. */
export function describeCommand(program: Command): Command {
  return new Command('describe-commands').action(() => {
    console.log(JSON.stringify(describeProgram(program)));
  });
}
