import { Command } from 'commander';
import { escapeForDisplay } from '../base/format.ts';
import type { JoinListing, LineListing } from '../control/join-operations.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';

/** Join lines that can still be used (FLEET.md 1). */
export function joinsCommand(): Command {
  return new Command('joins')
    .description('join lines that are good yet: those of one machine, and those of many')
    .addCommand(
      operatorCommand('ls', 'for whom they are, and how long; never their secrets').action(
        async (options: OperatorOptions) => {
          // carryOut gives exactly this for joins.ls.
          const { lines } = (await operate(settingsFor(options), { op: 'joins.ls' })) as JoinListing;
          console.log(options.json ? JSON.stringify(lines) : listing(lines));
        },
      ),
    )
    .addCommand(
      operatorCommand('rm', 'a join line is good no longer; who joined by it stays')
        .argument('<id>', 'as joins ls shows it')
        .action(async (id: string, options: OperatorOptions) => {
          const value = await operate(settingsFor(options), { op: 'joins.rm', id });
          console.log(
            options.json ? JSON.stringify(value) : `The join line ${escapeForDisplay(id)} is good no longer.`,
          );
        }),
    );
}

function listing(lines: readonly LineListing[]): string {
  if (lines.length === 0) return 'No join line waits. sesamed enroll --help says how to make one.';
  const rows = lines.map((line) => [
    escapeForDisplay(line.id),
    escapeForDisplay(line.for),
    `${line.uses_left} of ${line.uses}`,
    line.expires.slice(0, 16).replace('T', ' '),
    line.write_only ? 'write-only' : '',
  ]);
  return formatTable(['ID', 'FOR', 'USES LEFT', 'UNTIL (UTC)', ''], rows);
}
