import { Command } from 'commander';
import chalk from 'chalk';
import { escapeForDisplay, formatBytes } from '../base/format.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { ClientListing } from '../control/operations.ts';
import { operate } from './operate.ts';

interface CommonOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

export function clientsCommand(): Command {
  return new Command('clients')
    .description('the clients of a server, running or not')
    .addCommand(
      common('ls', 'list all clients').action(async (options: CommonOptions) => {
        // carryOut gives exactly this for clients.ls.
        const clients = (await operate(dataDirOf(options), { op: 'clients.ls' })) as ClientListing[];
        console.log(options.json ? JSON.stringify(clients) : table(clients));
      }),
    )
    .addCommand(
      common('reset', 'take a client’s key from it, so that a new program can have its name and its files')
        .argument('<name>')
        .action(async (name: string, options: CommonOptions) => {
          const value = await operate(dataDirOf(options), { op: 'clients.reset', name });
          console.log(
            options.json
              ? JSON.stringify(value)
              : `${escapeForDisplay(name)} is reset: the next program to register this name has it.`,
          );
        }),
    );
}

function common(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data-dir <folder>', 'the server’s data folder (default: as the settings have it)')
    .option('--json', 'print JSON');
}

function dataDirOf({ dataDir }: CommonOptions): string {
  return loadSettings({ flags: { 'data-dir': dataDir }, environment: process.env }).settings['data-dir'];
}

function table(clients: readonly ClientListing[]): string {
  if (clients.length === 0) return 'No client has registered yet. A client does with: sesame send';
  const rows = clients.map((client) => [
    escapeForDisplay(client.name),
    client.state,
    client.last_seen.slice(0, 19).replace('T', ' '),
    String(client.files),
    formatBytes(client.bytes),
    client.id,
  ]);
  const head = ['NAME', 'STATE', 'LAST SEEN (UTC)', 'FILES', 'SIZE', 'ID'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [chalk.bold(line(head)), ...rows.map(line)].join('\n');
}
