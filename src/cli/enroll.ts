import type { Command } from 'commander';
import { HOUR } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';

interface EnrollOptions extends OperatorOptions {
  readonly writeOnly?: boolean;
  readonly expires: string;
  readonly advertise?: string;
}

export function enrollCommand(): Command {
  return operatorCommand('enroll', 'make a join line for one machine: it works once, and for a time')
    .argument('<name>', 'what the machine will be called; also its folder below files/')
    .option('--write-only', 'it may send files, and never list or fetch them')
    .option('--expires <hours>', 'for how long the line is good', '24')
    .option('--advertise <host:port>', 'the address to put into the line')
    .addHelpText(
      'after',
      `
The line holds a secret: give it to that machine only, and there run
  sesame enroll LINE
or, so that it does not show in the list of processes, sesame enroll - and paste it.`,
    )
    .action(async (name: string, options: EnrollOptions) => {
      const settings = settingsFor(options, options.advertise);
      const value = (await operate(settings, {
        op: 'enroll',
        name,
        writeOnly: options.writeOnly ?? false,
        lifetime: lifetimeOf(options.expires),
        address: options.advertise ?? null,
      })) as { readonly line: string };
      if (options.json) {
        console.log(JSON.stringify(value));
        return;
      }
      console.log(value.line);
      console.error(
        `On ${escapeForDisplay(name)} run:  sesame enroll '${value.line}'\nIt works once, within ${options.expires} h.`,
      );
    });
}

function lifetimeOf(hours: string): number {
  const lifetime = Number(hours) * HOUR;
  if (lifetime > 0 && lifetime <= 8760 * HOUR) return lifetime;
  throw new SesameError('bad-setting', `--expires ${hours}: a number of hours, at most 8760`);
}
