import { Command } from 'commander';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { AuditListing } from '../control/account-operations.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';

/** What fits into a line of control.sock, whatever is in the entries. */
const MOST = 200;

/** What people and programs did to the server. */
export function auditCommand(): Command {
  return new Command('audit').description('what was done to this server, and by whom').addCommand(
    operatorCommand('ls', 'list the newest entries')
      .argument('[search]', 'only those with this text in them')
      .option('-n, --number <count>', `how many, at most ${MOST}`, '50')
      .action(async (search: string | undefined, options: OperatorOptions & { readonly number: string }) => {
        const limit = Number(options.number);
        if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
          throw new SesameError('bad-setting', `-n ${options.number}: a number from 1 to ${MOST}`);
        }
        const request = { op: 'audit.ls', before: null, limit, search: search ?? '' } as const;
        // carryOut gives exactly this for audit.ls.
        const entries = (await operate(settingsFor(options), request)) as AuditListing[];
        console.log(options.json ? JSON.stringify(entries) : listing(entries));
      }),
  );
}

function listing(entries: readonly AuditListing[]): string {
  if (entries.length === 0) return 'Nothing of that kind was done yet.';
  const rows = entries.map(({ time, actor, address, action, target, outcome, detail }) => [
    time.slice(0, 19).replace('T', ' '),
    escapeForDisplay(actor),
    address ?? '',
    action,
    outcome,
    escapeForDisplay([target, detail].filter((text) => text !== null).join(', ')),
  ]);
  return formatTable(['TIME (UTC)', 'WHO', 'FROM', 'WHAT', 'OUTCOME', 'TO WHAT'], rows);
}
