import { Command } from 'commander';
import { escapeForDisplay, formatBytes } from '../base/format.ts';
import type { ClientListing } from '../control/operations.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';
import { revokeCommand } from './revoke-clients.ts';
import { waitingCommands } from './waiting-clients.ts';
import { waitingAt, whyAt } from './watch-text.ts';

interface ListOptions extends OperatorOptions {
  readonly joinedBy?: string;
}

export function clientsCommand(): Command {
  const command = new Command('clients')
    .description('the clients of a server, running or not')
    .addCommand(
      operatorCommand('ls', 'list all clients')
        .option('--joined-by <id>', 'those alone that joined by this fleet line: fleet:N')
        .action(async (options: ListOptions) => {
          const clients = await clientsOf(options);
          console.log(options.json ? JSON.stringify(clients) : listing(clients, options));
        }),
    )
    .addCommand(revokeCommand())
    .addCommand(
      operatorCommand(
        'reset',
        'take a v3 client’s key from it, so that a new program can have its name and its files',
      )
        .argument('<name>')
        .action(async (name: string, options: OperatorOptions) => {
          const value = await operate(settingsFor(options), { op: 'clients.reset', name });
          const shown = escapeForDisplay(name);
          console.log(
            options.json
              ? JSON.stringify(value)
              : `${shown} is reset: the next program to register this name has it.`,
          );
        }),
    );
  for (const decision of waitingCommands()) command.addCommand(decision);
  return command;
}

/** All, or those that joined by one line. */
async function clientsOf(options: ListOptions): Promise<readonly ClientListing[]> {
  // carryOut gives exactly this for clients.ls.
  const all = (await operate(settingsFor(options), { op: 'clients.ls' })) as ClientListing[];
  const { joinedBy } = options;
  return joinedBy === undefined ? all : all.filter(({ joined_by: line }) => line === joinedBy);
}

function listing(clients: readonly ClientListing[], { joinedBy }: ListOptions): string {
  if (clients.length === 0 && joinedBy !== undefined) {
    return `No client joined by ${escapeForDisplay(joinedBy)}. sesamed joins ls shows lines that are good yet.`;
  }
  if (clients.length === 0) {
    return 'No client has joined yet. Make a join line for one with: sesamed enroll NAME';
  }
  const now = Date.now();
  const rows = clients.map((client) => [
    escapeForDisplay(client.name),
    `v${client.protocol}`,
    client.state,
    client.last_seen.slice(0, 19).replace('T', ' '),
    String(client.files),
    formatBytes(client.bytes),
    quotaText(client.quota),
    waitingAt(client.watch, now),
    client.id,
  ]);
  const head = ['NAME', 'PROTOCOL', 'STATE', 'LAST SEEN (UTC)', 'FILES', 'SIZE', 'QUOTA', 'WAITING', 'ID'];
  return [formatTable(head, rows), ...clients.flatMap(whyAt)].join('\n');
}

function quotaText({ bytes, files }: ClientListing['quota']): string {
  const parts = [bytes === null ? [] : formatBytes(bytes), files === null ? [] : `${files} files`].flat();
  return parts.join(', ');
}
