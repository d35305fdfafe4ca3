import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { JoinListing, RequestListing } from '../control/join-operations.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';

interface DecideOptions extends OperatorOptions {
  readonly fingerprint?: string;
}

interface ApproveOptions extends DecideOptions {
  readonly name?: string;
  readonly writeOnly?: boolean;
}

const FINGERPRINT = 'all 43 characters of it, as the machine itself shows them';

/** Machines that ask to join, with `join = "approval"` (FLEET.md 1). */
export function waitingCommands(): readonly Command[] {
  return [waitingCommand(), approveCommand(), denyCommand()];
}

function waitingCommand(): Command {
  return operatorCommand('waiting', 'machines that ask to join').action(async (options: OperatorOptions) => {
    const requests = await requestsOf(options);
    console.log(options.json ? JSON.stringify(requests) : listing(requests));
  });
}

function approveCommand(): Command {
  return operatorCommand('approve', 'let a machine join that asks to')
    .argument('<name>', 'what it calls itself')
    .option('--fingerprint <pin>', `which machine, without a question: ${FINGERPRINT}`)
    .option('--name <other>', 'give it another name')
    .option('--write-only', 'it may send files, and never list or fetch them')
    .addHelpText(
      'after',
      `
It is the key that is approved: compare the fingerprint with the one that the machine shows,
on its own screen. Whoever asks can call itself what it likes.`,
    )
    .action(async (name: string, options: ApproveOptions) => {
      const fingerprint = options.fingerprint ?? (await confirmed(name, options));
      if (fingerprint === undefined) {
        console.error('Nothing was changed.');
        process.exitCode = 1;
        return;
      }
      const value = (await operate(settingsFor(options), {
        ...{ op: 'joins.approve', name, fingerprint, as: options.name ?? null },
        writeOnly: options.writeOnly ?? false,
      })) as { readonly approved: string };
      const text = `${escapeForDisplay(value.approved)} is a client now: its next attempt is let in.`;
      console.log(options.json ? JSON.stringify(value) : text);
    });
}

function denyCommand(): Command {
  return operatorCommand('deny', 'refuse a machine that asks to join, for a day')
    .argument('<name>', 'what it calls itself')
    .option('--fingerprint <pin>', `which machine: ${FINGERPRINT}`)
    .action(async (name: string, options: DecideOptions) => {
      const fingerprint = options.fingerprint ?? (await theOne(name, options)).fingerprint;
      const value = await operate(settingsFor(options), { op: 'joins.deny', name, fingerprint });
      console.log(options.json ? JSON.stringify(value) : `${escapeForDisplay(name)} is denied for a day.`);
    });
}

async function requestsOf(options: OperatorOptions): Promise<readonly RequestListing[]> {
  // carryOut gives exactly this for joins.ls.
  return ((await operate(settingsFor(options), { op: 'joins.ls' })) as JoinListing).requests;
}

/** The one machine that waits under this name. @throws `not-found`; `bad-setting` where there are more */
async function theOne(name: string, options: OperatorOptions): Promise<RequestListing> {
  const all = await requestsOf(options);
  const same = all.filter(
    (request) => request.denied === null && clientNameKey(request.name) === clientNameKey(name),
  );
  const [one] = same;
  if (!one) {
    throw new SesameError(
      'not-found',
      `no machine that calls itself "${escapeForDisplay(name)}" asks to join: sesamed clients waiting`,
    );
  }
  if (same.length === 1) return one;
  throw new SesameError(
    'bad-setting',
    `${same.length} machines call themselves "${escapeForDisplay(name)}": say which with --fingerprint\n${listing(same)}`,
  );
}

/** @returns the fingerprint; undefined where the answer is no. @throws `bad-setting` where nobody can be asked */
async function confirmed(name: string, options: OperatorOptions): Promise<string | undefined> {
  const one = await theOne(name, options);
  if (!process.stdin.isTTY) {
    throw new SesameError(
      'bad-setting',
      'there is no terminal to ask at: give --fingerprint, as the machine shows it',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    process.stderr.write(
      `${escapeForDisplay(one.name)} asks from ${escapeForDisplay(one.address)} since ${minuteOf(one.asked)} UTC, with the fingerprint\n  ${one.fingerprint}\n`,
    );
    const answer = await terminal.question('Does that machine show the same? [y/N] ');
    return /^y(es)?$/i.test(answer.trim()) ? one.fingerprint : undefined;
  } finally {
    terminal.close();
  }
}

function listing(requests: readonly RequestListing[]): string {
  if (requests.length === 0) return 'No machine asks to join.';
  const rows = requests.map(({ name, fingerprint, address, asked, denied }) => [
    escapeForDisplay(name),
    fingerprint,
    escapeForDisplay(address),
    minuteOf(asked),
    denied === null ? 'waiting' : 'denied',
  ]);
  return formatTable(['NAME', 'FINGERPRINT', 'ADDRESS', 'SINCE (UTC)', 'STATE'], rows);
}

function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
