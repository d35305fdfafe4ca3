import { Command } from 'commander';
import { escapeForDisplay } from '../base/format.ts';
import type { GateListing, OpeningListing } from '../gate/gate-listing.ts';
import { removeRules } from '../gate/remove-rules.ts';
import { formatSeconds, parseDuration } from './duration.ts';
import { gateHelperCommand } from './gate-helper.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';

/** Who is let in (docs/GATE.md). */
export function gateCommand(): Command {
  return new Command('gate')
    .description('who is let in where the ports are shut to strangers')
    .addCommand(
      operatorCommand('ls', 'who is let in now, and for how long').action(
        async (options: OperatorOptions) => {
          // carryOut gives exactly this for gate.ls.
          const gate = (await operate(settingsFor(options), { op: 'gate.ls' })) as GateListing;
          console.log(options.json ? JSON.stringify(gate) : listing(gate));
        },
      ),
    )
    .addCommand(
      operatorCommand('open', 'let an address in, as if it had knocked')
        .argument('<address>')
        .option('--for <time>', 'how long: 90s, 15m, 2h, up to 1d (default: as long as a knock)')
        .action(async (address: string, options: OperatorOptions & { for?: string }) => {
          const time = options.for === undefined ? null : parseDuration(options.for, '--for');
          const request = { op: 'gate.open', address, time } as const;
          const value = (await operate(settingsFor(options), request)) as OpeningListing;
          const text = `${value.address} is let in for ${formatSeconds(value.seconds_left)}.`;
          console.log(options.json ? JSON.stringify(value) : text);
        }),
    )
    .addCommand(
      operatorCommand('close', 'let an address in no longer; what stands goes on')
        .argument('<address>')
        .action(async (address: string, options: OperatorOptions) => {
          const value = await operate(settingsFor(options), { op: 'gate.close', address });
          console.log(options.json ? JSON.stringify(value) : `${address} is let in no longer.`);
        }),
    )
    .addCommand(
      new Command('remove')
        .description('take away the firewall rules that a killed server left')
        .action(async () => {
          const removed = await removeRules();
          console.log(removed.length > 0 ? removed.join('\n') : 'There are no rules of a gate.');
        }),
    )
    .addCommand(gateHelperCommand());
}

function listing({ driver, fault, open }: GateListing): string {
  const state = fault === null ? '' : `\nIt cannot be opened just now: ${escapeForDisplay(fault)}`;
  if (open.length === 0) return `Shut (${driver}): nobody has knocked of late.${state}`;
  const rows = open.map(({ address, by, since, seconds_left: left }) => [
    address,
    formatSeconds(left),
    escapeForDisplay(by),
    since.slice(0, 19).replace('T', ' '),
  ]);
  return `${formatTable(['ADDRESS', 'FOR', 'BY', 'SINCE (UTC)'], rows)}${state}`;
}
