import { Argument, Command } from 'commander';
import { describeProgram } from '../describe/describe-program.ts';
import { COMPLETIONS, SHELLS, type Shell } from './completion.ts';

export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print what teaches a shell to complete the commands of sesamed')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  source <(sesamed completion bash)      for this shell; in ~/.bashrc for all
  source <(sesamed completion zsh)       after compinit, in ~/.zshrc
  sesamed completion fish > ~/.config/fish/completions/sesamed.fish`,
    )
    .action((shell: Shell) => {
      process.stdout.write(COMPLETIONS[shell](describeProgram(program).program));
    });
}
