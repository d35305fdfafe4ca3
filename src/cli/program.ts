import { Command, CommanderError } from 'commander';
import { messageOf, SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import { auditCommand } from './audit.ts';
import { clientsCommand } from './clients.ts';
import { completionCommand } from './completion/completion-command.ts';
import { configCommand } from './config.ts';
import { decryptCommand } from './decrypt.ts';
import { describeCommand } from './describe/describe-command.ts';
import { enrollCommand } from './enroll.ts';
import { exitCodeFor, ExitCode } from './exit-codes.ts';
import { filesCommand } from './files.ts';
import { gateCommand } from './gate.ts';
import { guardCommand } from './guard.ts';
import { httpCommand } from './http.ts';
import { joinsCommand } from './joins.ts';
import { policiesCommand } from './policies.ts';
import { reloadCommand } from './reload.ts';
import { serveCommand } from './serve.ts';
import { tokensCommand } from './tokens.ts';
import { usersCommand } from './users.ts';
import { programVersion } from './version.ts';

/** Runs `sesamed` with its arguments. @returns the exit code */
export async function run(argv: readonly string[]): Promise<number> {
  const program = makeProgram();
  // Whatever this program writes is nobody else's to read.
  process.umask(0o077);
  for (const command of program.commands) overrideExit(command);
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? ExitCode.done);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    report(error);
    return exitCodeFor(error);
  }
}

function makeProgram(): Command {
  const program = new Command('sesamed')
    .description(
      'The Sesame server: receives files, verifies them, and makes them durable before it says so.',
    )
    .version(programVersion())
    .exitOverride()
    .addCommand(serveCommand(), { isDefault: true })
    .addCommand(enrollCommand())
    .addCommand(clientsCommand())
    .addCommand(joinsCommand())
    .addCommand(filesCommand())
    .addCommand(usersCommand())
    .addCommand(tokensCommand())
    .addCommand(auditCommand())
    .addCommand(guardCommand())
    .addCommand(gateCommand())
    .addCommand(policiesCommand())
    .addCommand(decryptCommand())
    .addCommand(httpCommand())
    .addCommand(configCommand())
    .addCommand(reloadCommand());
  return program
    .addCommand(completionCommand(program))
    .addCommand(describeCommand(program), { hidden: true });
}

function overrideExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(overrideExit);
}

function report(error: unknown): void {
  const text =
    error instanceof SesameError || !(error instanceof Error)
      ? messageOf(error)
      : (error.stack ?? error.message);
  // What a client calls itself may be in it; the lines are ours.
  console.error(`sesamed: ${text.split('\n').map(escapeForDisplay).join('\n')}`);
}
