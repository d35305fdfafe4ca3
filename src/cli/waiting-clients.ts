import type { Command } from 'commander';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { JoinListing, RequestListing } from '../control/join-operations.ts';
import { parsePin } from '../crypto/pin.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';
import { askAtTerminal } from './terminal-question.ts';

interface ApproveOptions extends OperatorOptions {
  readonly name?: string;
  readonly writeOnly?: boolean;
}

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
    .argument('<fingerprint>', 'of its key, as the machine itself shows it; or its name, to be asked for it')
    .option('--name <other>', 'give it another name')
    .option('--write-only', 'it may send files, and never list or fetch them')
    .addHelpText(
      'after',
      `
It is the key that is approved: take the fingerprint from the machine itself, which shows this
command as a whole. Whoever asks can call itself what it likes. A fingerprint that begins with
a dash stands behind --.`,
    )
    .action(async (which: string, options: ApproveOptions) => {
      const chosen = isFingerprint(which)
        ? await withFingerprint(which, options)
        : await confirmed(which, options);
      if (!chosen) {
        console.error('No machine asks under this name with that fingerprint. Nothing was changed.');
        process.exitCode = 1;
        return;
      }
      const { name, fingerprint } = chosen;
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
    .argument('<fingerprint>', 'of its key; or its name, where one machine alone asks under it')
    .action(async (which: string, options: OperatorOptions) => {
      const { name, fingerprint } = isFingerprint(which)
        ? await withFingerprint(which, options)
        : await theOne(which, options);
      const value = await operate(settingsFor(options), { op: 'joins.deny', name, fingerprint });
      console.log(options.json ? JSON.stringify(value) : `${escapeForDisplay(name)} is denied for a day.`);
    });
}

/** Also where a machine has made it its name: that one is not meant. */
function isFingerprint(which: string): boolean {
  return parsePin(which) !== undefined;
}

async function requestsOf(options: OperatorOptions): Promise<readonly RequestListing[]> {
  // carryOut gives exactly this for joins.ls.
  return ((await operate(settingsFor(options), { op: 'joins.ls' })) as JoinListing).requests;
}

/** The machine with this key, denied or not. @throws `not-found` */
async function withFingerprint(fingerprint: string, options: OperatorOptions): Promise<RequestListing> {
  const found = (await requestsOf(options)).find((request) => request.fingerprint === fingerprint);
  if (found) return found;
  throw new SesameError(
    'not-found',
    `no machine asks to join with the fingerprint ${fingerprint}: sesamed clients waiting`,
  );
}

/** Those that wait under this name, one at least. @throws `not-found` */
async function waitingAs(name: string, options: OperatorOptions): Promise<readonly RequestListing[]> {
  const same = (await requestsOf(options)).filter(
    (request) => request.denied === null && clientNameKey(request.name) === clientNameKey(name),
  );
  if (same.length > 0) return same;
  throw new SesameError(
    'not-found',
    `no machine that calls itself "${escapeForDisplay(name)}" asks to join: sesamed clients waiting`,
  );
}

/** @throws `not-found`; `bad-setting` where there are more */
async function theOne(name: string, options: OperatorOptions): Promise<RequestListing> {
  const [one, ...others] = await waitingAs(name, options);
  if (one && others.length === 0) return one;
  throw new SesameError(
    'bad-setting',
    `${others.length + 1} machines call themselves "${escapeForDisplay(name)}": give the fingerprint of one, as sesamed clients waiting shows it`,
  );
}

/**
 * Which of those that were shown: a yes would say nothing about 43 characters, and somebody else's request may have taken
 * the place of the one that was looked at.
 *
 * @returns undefined for a fingerprint that none of them has. @throws `not-found`; `bad-setting` where nobody can be asked
 */
async function confirmed(name: string, options: OperatorOptions): Promise<RequestListing | undefined> {
  const same = await waitingAs(name, options);
  const answer = await askAtTerminal(
    `${same.map(askingText).join('\n')}\nFingerprint, as that machine shows it: `,
    'give the fingerprint in place of the name, as the machine shows it',
  );
  return same.find(({ fingerprint }) => fingerprint === answer);
}

function askingText({ name, address, asked, fingerprint }: RequestListing): string {
  return `${escapeForDisplay(name)} asks from ${escapeForDisplay(address)} since ${minuteOf(asked)} UTC, with the fingerprint\n  ${fingerprint}`;
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
