import { Command } from 'commander';
import { escapeForDisplay, formatBytes } from '../base/format.ts';
import type { ClientListing } from '../control/operations.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';
import { waitingCommands } from './waiting-clients.ts';
import { waitingAt, whyAt } from './watch-text.ts';

export function clientsCommand(): Command {
  const command = new Command('clients')
    .description('the clients of a server, running or not')
    .addCommand(
      operatorCommand('ls', 'list all clients').action(async (options: OperatorOptions) => {
        // carryOut gives exactly this for clients.ls.
        const clients = (await operate(settingsFor(options), { op: 'clients.ls' })) as ClientListing[];
        console.log(options.json ? JSON.stringify(clients) : listing(clients));
      }),
    )
    .addCommand(
      operatorCommand(
        'revoke',
        'shut the key of a v4 client out for good, and end what it does at this moment',
      )
        .argument('<name>')
        .action(async (name: string, options: OperatorOptions) => {
          const value = await operate(settingsFor(options), { op: 'clients.revoke', name });
          const shown = escapeForDisplay(name);
          console.log(
            options.json
              ? JSON.stringify(value)
              : `${shown} is revoked. Its files and receipts stay. For a new key under this name: sesamed enroll NAME`,
          );
        }),
    )
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

function listing(clients: readonly ClientListing[]): string {
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
    waitingAt(client.watch, now),
    client.id,
  ]);
  const head = ['NAME', 'PROTOCOL', 'STATE', 'LAST SEEN (UTC)', 'FILES', 'SIZE', 'WAITING', 'ID'];
  return [formatTable(head, rows), ...clients.flatMap(whyAt)].join('\n');
}
