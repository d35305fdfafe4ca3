import { Command } from 'commander';
import { DAY } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { TokenListing } from '../control/account-operations.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';

interface AddOptions extends OperatorOptions {
  readonly writeOnly?: boolean;
  readonly expires?: string;
}

/** Access tokens of clients, for scripts that speak HTTP. */
export function tokensCommand(): Command {
  return new Command('tokens')
    .description('access tokens, with which scripts upload over HTTP')
    .addCommand(
      operatorCommand('ls', 'list them, without their secrets').action(async (options: OperatorOptions) => {
        // carryOut gives exactly this for tokens.ls.
        const tokens = (await operate(settingsFor(options), { op: 'tokens.ls' })) as TokenListing[];
        console.log(options.json ? JSON.stringify(tokens) : listing(tokens));
      }),
    )
    .addCommand(
      operatorCommand('add', 'make one for a client, and the client where there is none')
        .argument('<client>')
        .option('--write-only', 'a client that is made by this may send files, and never list or fetch them')
        .option('--expires <days>', 'for how long it is good (default: for ever)')
        .addHelpText(
          'after',
          `
The token is shown once. With it:
  curl -u CLIENT:TOKEN -T report.csv http://127.0.0.1:8357/upload/2026/report.csv`,
        )
        .action(async (client: string, options: AddOptions) => {
          const value = (await operate(settingsFor(options), {
            op: 'tokens.add',
            client,
            writeOnly: options.writeOnly ?? false,
            lifetime: lifetimeOf(options.expires),
          })) as TokenListing & { readonly token: string };
          console.log(options.json ? JSON.stringify(value) : value.token);
          if (!options.json) {
            console.error(
              `For ${escapeForDisplay(value.client)}; it is shown only now. tokens rm ${value.id} ends it.`,
            );
          }
        }),
    )
    .addCommand(
      operatorCommand('rm', 'one is good no longer')
        .argument('<id>', 'as tokens ls shows it')
        .action(async (id: string, options: OperatorOptions) => {
          if (!/^[1-9]\d{0,14}$/.test(id)) throw new SesameError('bad-setting', `${id}: an id is a number`);
          const value = await operate(settingsFor(options), { op: 'tokens.rm', id: Number(id) });
          console.log(options.json ? JSON.stringify(value) : `Token ${id} is good no longer.`);
        }),
    );
}

function lifetimeOf(days: string | undefined): number | null {
  if (days === undefined) return null;
  const lifetime = Number(days) * DAY;
  if (lifetime > 0 && lifetime <= 3650 * DAY) return lifetime;
  throw new SesameError('bad-setting', `--expires ${days}: a number of days, at most 3650`);
}

function listing(tokens: readonly TokenListing[]): string {
  if (tokens.length === 0) return 'There is no access token. Make one with: sesamed tokens add CLIENT';
  const day = (time: string | null, none: string): string => time?.slice(0, 16).replace('T', ' ') ?? none;
  const rows = tokens.map(({ id, client, created, last_used: used, expires }) => [
    String(id),
    escapeForDisplay(client),
    day(created, ''),
    day(used, 'never'),
    day(expires, 'never'),
  ]);
  return formatTable(['ID', 'CLIENT', 'MADE (UTC)', 'LAST USED', 'EXPIRES'], rows);
}
