import { Command } from 'commander';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { SuspectListing } from '../guard/suspect-listing.ts';
import { formatSeconds, parseDuration } from './duration.ts';
import { LONGEST_BLOCK } from '../guard/suspect-row.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';

const WHO = 'an address, an IPv6 /64, client:NAME or user:NAME';

/** Who misbehaved, and who is shut out for it (docs/GUARD.md). */
export function guardCommand(): Command {
  return new Command('guard')
    .description('who misbehaved, and who is blocked for it')
    .addCommand(
      operatorCommand('ls', 'scores and blocks').action(async (options: OperatorOptions) => {
        // carryOut gives exactly this for guard.ls.
        const suspects = (await operate(settingsFor(options), { op: 'guard.ls' })) as SuspectListing[];
        console.log(options.json ? JSON.stringify(suspects) : listing(suspects));
      }),
    )
    .addCommand(
      operatorCommand('block', 'shut somebody out for a while')
        .argument('<who>', WHO)
        .option('--for <time>', 'how long: 90s, 15m, 2h, 7d', '1h')
        .option('--reason <text>', 'for whoever looks at the list')
        .action(async (who: string, options: OperatorOptions & { for: string; reason?: string }) => {
          const time = parseDuration(options.for, '--for');
          // A guard could not read it back.
          if (time > LONGEST_BLOCK)
            throw new SesameError('bad-setting', `--for ${options.for}: a block lasts 365d at most`);
          const request = { op: 'guard.block', who, time, reason: options.reason ?? null } as const;
          const value = (await operate(settingsFor(options), request)) as {
            blocked: string;
            seconds: number;
          };
          const text = `${escapeForDisplay(value.blocked)} is blocked for ${formatSeconds(value.seconds)}.`;
          console.log(options.json ? JSON.stringify(value) : text);
        }),
    )
    .addCommand(
      operatorCommand('unblock', 'let somebody back in, and forget the score')
        .argument('<who>', WHO)
        .action(async (who: string, options: OperatorOptions) => {
          const value = await operate(settingsFor(options), { op: 'guard.unblock', who });
          console.log(options.json ? JSON.stringify(value) : `${escapeForDisplay(who)} is let in again.`);
        }),
    )
    .addCommand(
      operatorCommand('pin', 'make a new recovery PIN, and print it').action(
        async (options: OperatorOptions) => {
          const value = (await operate(settingsFor(options), { op: 'guard.pin' })) as { pin: string };
          console.log(options.json ? JSON.stringify(value) : value.pin);
          if (!options.json)
            console.error('It lets one blocked address back in, once; the one before is void.');
        },
      ),
    );
}

function listing(suspects: readonly SuspectListing[]): string {
  if (suspects.length === 0) return 'Nobody has misbehaved of late.';
  const rows = suspects.map(({ who, state, score, seconds_left: left, by, reason, blocks }) => [
    escapeForDisplay(who),
    state,
    left === null ? '' : formatSeconds(left),
    score.toFixed(1),
    String(blocks),
    by ?? '',
    escapeForDisplay(reason ?? ''),
  ]);
  return formatTable(['WHO', 'STATE', 'FOR', 'SCORE', 'BLOCKS', 'BY', 'REASON'], rows);
}
