import type { Command } from 'commander';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { ClientListing } from '../control/operations.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { askAtTerminal } from './terminal-question.ts';

interface RevokeOptions extends OperatorOptions {
  readonly joinedBy?: string;
  readonly yes?: boolean;
}

/** Names that a question has room for. */
const SHOWN = 8;

/** `sesamed clients revoke`: one client, or all that a fleet line let in. */
export function revokeCommand(): Command {
  return operatorCommand(
    'revoke',
    'shut the key of a v4 client out for good, and end what it does at this moment',
  )
    .argument('[name]')
    .option('--joined-by <id>', 'all clients instead that joined by a fleet line, fleet:N, which is ended')
    .option('--yes', 'with --joined-by: without a question')
    .action(async (name: string | undefined, options: RevokeOptions) => {
      const { joinedBy } = options;
      if ((name === undefined) === (joinedBy === undefined)) {
        throw new SesameError(
          'bad-setting',
          'give the NAME of a client, or --joined-by and the id of a fleet line',
        );
      }
      if (name !== undefined) await revokeOne(name, options);
      else if (joinedBy !== undefined) await revokeAll(joinedBy, options);
    });
}

async function revokeOne(name: string, options: RevokeOptions): Promise<void> {
  const value = await operate(settingsFor(options), { op: 'clients.revoke', name });
  const text = `${escapeForDisplay(name)} is revoked. Its files and receipts stay. For a new key under this name: sesamed enroll NAME`;
  console.log(options.json ? JSON.stringify(value) : text);
}

async function revokeAll(line: string, options: RevokeOptions): Promise<void> {
  if (!options.yes && !(await isConfirmed(line, options))) {
    console.error('Nothing was changed.');
    process.exitCode = 1;
    return;
  }
  // carryOut gives exactly this for joins.revoke.
  const value = (await operate(settingsFor(options), { op: 'joins.revoke', id: line })) as {
    readonly revoked: readonly string[];
  };
  const text = `${escapeForDisplay(line)} is good no longer, and ${clientsText(value.revoked.length)} revoked. Files and receipts stay.`;
  console.log(options.json ? JSON.stringify(value) : text);
}

async function isConfirmed(line: string, options: RevokeOptions): Promise<boolean> {
  const clients = (await operate(settingsFor(options), { op: 'clients.ls' })) as ClientListing[];
  const names = clients
    .filter(({ joined_by: id, state }) => id === line && state === 'joined')
    .map(({ name }) => escapeForDisplay(name));
  const shown = [...names.slice(0, SHOWN), ...(names.length > SHOWN ? ['…'] : [])].join(', ');
  const whom = names.length === 0 ? '' : `: ${shown}`;
  const answer = await askAtTerminal(
    `${clientsText(names.length)} to be revoked${whom}\nEnd ${escapeForDisplay(line)}, and shut them out for good? [y/N] `,
    'give --yes',
  );
  return /^y(es)?$/i.test(answer);
}

function clientsText(count: number): string {
  return count === 1 ? '1 client is' : `${count} clients are`;
}
