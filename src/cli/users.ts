import { Command, Option } from 'commander';
import { escapeForDisplay } from '../base/format.ts';
import type { PersonListing } from '../control/account-operations.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';

interface NewLink {
  readonly name: string;
  readonly link: string;
}

/** People who may sign in to the web console. */
export function usersCommand(): Command {
  return new Command('users')
    .description('people who may sign in to the web console')
    .addCommand(
      operatorCommand('ls', 'list everybody').action(async (options: OperatorOptions) => {
        // carryOut gives exactly this for users.ls.
        const people = (await operate(settingsFor(options), { op: 'users.ls' })) as PersonListing[];
        console.log(options.json ? JSON.stringify(people) : listing(people));
      }),
    )
    .addCommand(
      operatorCommand('add', 'add somebody, who signs in by a link first')
        .argument('<name>')
        .addOption(
          new Option('--role <role>', 'a viewer changes nothing')
            .choices(['viewer', 'operator'])
            .default('viewer'),
        )
        .action(async (name: string, options: OperatorOptions & { readonly role: 'viewer' | 'operator' }) => {
          const request = { op: 'users.add', name, role: options.role } as const;
          showLink((await operate(settingsFor(options), request)) as NewLink, options);
        }),
    )
    .addCommand(
      operatorCommand('link', 'a new sign-in link, for who forgot the password')
        .argument('<name>')
        .action(async (name: string, options: OperatorOptions) => {
          showLink((await operate(settingsFor(options), { op: 'users.link', name })) as NewLink, options);
        }),
    )
    .addCommand(
      operatorCommand('rm', 'remove somebody, whose sessions end at once')
        .argument('<name>')
        .action(async (name: string, options: OperatorOptions) => {
          const value = await operate(settingsFor(options), { op: 'users.rm', name });
          console.log(options.json ? JSON.stringify(value) : `${escapeForDisplay(name)} is removed.`);
        }),
    );
}

function showLink(value: NewLink, options: OperatorOptions): void {
  if (options.json) {
    console.log(JSON.stringify(value));
    return;
  }
  console.log(value.link);
  console.error(`For ${escapeForDisplay(value.name)}, to choose a password: it works once, within a day.`);
}

function listing(people: readonly PersonListing[]): string {
  if (people.length === 0) {
    return 'Nobody has signed in yet. The server prints a link for the first operator when it starts.';
  }
  const rows = people.map(({ name, role, has_password: isIn, last_seen: seen }) => [
    escapeForDisplay(name),
    role,
    isIn ? 'yes' : 'not yet',
    seen?.slice(0, 19).replace('T', ' ') ?? 'never',
  ]);
  return formatTable(['NAME', 'ROLE', 'SIGNED IN', 'LAST SEEN (UTC)'], rows);
}
