import type { Command } from 'commander';
import { HOUR } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { ControlRequest } from '../control/control-protocol.ts';
import { LONGEST_LINE, MOST_USES } from '../transfer/fleet-lines.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';

interface EnrollOptions extends OperatorOptions {
  readonly pattern?: string;
  readonly uses?: string;
  readonly writeOnly?: boolean;
  readonly expires: string;
  readonly advertise?: string;
}

export function enrollCommand(): Command {
  return operatorCommand('enroll', 'make a join line, for one machine or for many')
    .argument('[name]', 'what the machine will be called; also its folder below files/')
    .option('--pattern <glob>', 'for many machines instead: those whose names match, with * and ?')
    .option('--uses <number>', 'how many of them, with --pattern')
    .option('--write-only', 'who joins by it may send files, and never list or fetch them')
    .option('--expires <hours>', 'for how long the line is good', '24')
    .option('--advertise <host:port>', 'the address to put into the line')
    .addHelpText(
      'after',
      `
The line holds a secret: give it to that machine only, and there run
  sesame enroll LINE
or, so that it does not show in the list of processes, sesame enroll - and paste it.

A line for many goes into an image, or is handed out by configuration management:
  sesamed enroll --pattern 'web-*' --uses 500 --expires 72
Each machine joins under its host name, or as sesame enroll LINE --name NAME says.
sesamed joins ls shows how often it can still be used, sesamed joins rm ends it.`,
    )
    .action(async (name: string | undefined, options: EnrollOptions) => {
      const settings = settingsFor(options, options.advertise);
      const value = (await operate(settings, requestOf(name, options))) as { readonly line: string };
      if (options.json) {
        console.log(JSON.stringify(value));
        return;
      }
      console.log(value.line);
      console.error(adviceFor(name, options, value.line));
    });
}

function requestOf(name: string | undefined, options: EnrollOptions): ControlRequest {
  const { pattern, uses, writeOnly = false, expires, advertise: address = null } = options;
  const shared = { writeOnly, lifetime: lifetimeOf(expires), address };
  if (name !== undefined) {
    if (pattern === undefined && uses === undefined) return { op: 'enroll', name, ...shared };
    throw new SesameError(
      'bad-setting',
      'a line is for the one machine NAME, or for many with --pattern and --uses',
    );
  }
  if (pattern === undefined || uses === undefined) {
    throw new SesameError('bad-setting', 'give the NAME of a machine, or --pattern and --uses for many');
  }
  return { op: 'joins.enroll', pattern, uses: usesOf(uses), ...shared };
}

function adviceFor(name: string | undefined, { expires, uses }: EnrollOptions, line: string): string {
  if (name === undefined) {
    return `On each machine run:  sesame enroll '${line}'\nIt works for ${uses ?? ''} machines, within ${expires} h.`;
  }
  return `On ${escapeForDisplay(name)} run:  sesame enroll '${line}'\nIt works once, within ${expires} h.`;
}

function usesOf(text: string): number {
  const uses = Number(text);
  if (Number.isInteger(uses) && uses >= 1 && uses <= MOST_USES) return uses;
  throw new SesameError('bad-setting', `--uses ${text}: a number of machines, 1 to ${MOST_USES}`);
}

function lifetimeOf(hours: string): number {
  const lifetime = Number(hours) * HOUR;
  if (lifetime > 0 && lifetime <= LONGEST_LINE) return lifetime;
  throw new SesameError(
    'bad-setting',
    `--expires ${hours}: a number of hours, at most ${LONGEST_LINE / HOUR}`,
  );
}
