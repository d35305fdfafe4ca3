import { Command } from 'commander';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay, escapeJson, formatBytes } from '../base/format.ts';
import { POLICY_SCHEMAS } from '../config/policy-setting.ts';
import type { ClientPolicyListing, PolicyListing } from '../control/policy-operations.ts';
import { POLICY_FIELDS, type Policy, type PolicyField } from '../transfer/policy.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { formatTable } from './table.ts';

const BYTES: ReadonlySet<PolicyField> = new Set(['max-bytes', 'max-file', 'max-rate']);

/** What each field takes, for --help. */
const FIELDS: Readonly<Record<PolicyField, readonly [value: string, help: string]>> = {
  'max-bytes': ['<size>', 'all that the client has stored and is about to: 10G, or none'],
  'max-files': ['<number>', 'likewise, files'],
  'max-file': ['<size>', 'the largest file'],
  'max-rate': ['<size>', 'content a second, of all its connections together'],
  'write-only': ['<yes|no>', 'whether it may send only, and not list or fetch'],
  'append-only': ['<yes|no>', 'whether what is stored stays, and only grows at its end'],
  conflict: ['<policy>', 'where another version stands: replace, version or refuse'],
};

type SetOptions = OperatorOptions & { readonly unset?: readonly string[] } & Readonly<
    Record<string, unknown>
  >;

/** What clients may do, and how much (FLEET.md 2). */
export function policiesCommand(): Command {
  return new Command('policies')
    .description('what clients may do, and how much: quotas, rates, write-only, append-only')
    .addCommand(
      operatorCommand('ls', 'list all policies, in the order in which they are asked').action(
        async (options: OperatorOptions) => {
          // carryOut gives exactly this for policies.ls.
          const policies = (await operate(settingsFor(options), { op: 'policies.ls' })) as PolicyListing[];
          console.log(options.json ? escapeJson(JSON.stringify(policies)) : listing(policies));
        },
      ),
    )
    .addCommand(setCommand())
    .addCommand(
      operatorCommand('rm', 'take away one of the operator’s policies')
        .argument('<pattern>')
        .action(async (pattern: string, options: OperatorOptions) => {
          const value = await operate(settingsFor(options), { op: 'policies.rm', pattern });
          const text = `The policy ${escapeForDisplay(pattern)} is gone. What was stored under it stays.`;
          console.log(options.json ? escapeJson(JSON.stringify(value)) : text);
        }),
    )
    .addCommand(
      operatorCommand('show', 'what holds for a client, from which policy, and how much of it is used')
        .argument('<client>')
        .action(async (client: string, options: OperatorOptions) => {
          const request = { op: 'policies.show', client } as const;
          const shown = (await operate(settingsFor(options), request)) as ClientPolicyListing;
          console.log(options.json ? escapeJson(JSON.stringify(shown)) : description(shown));
        }),
    );
}

function setCommand(): Command {
  const command = operatorCommand('set', 'make or change a policy; fields that are not named stay').argument(
    '<pattern>',
    'a client name, in which * stands for any characters and ? for one',
  );
  for (const field of POLICY_FIELDS) {
    const [value, help] = FIELDS[field];
    command.option(`--${field} ${value}`, help);
  }
  return command
    .option('--unset <field...>', 'let this policy say nothing of a field')
    .action(async (pattern: string, options: SetOptions) => {
      const request = {
        op: 'policies.set',
        pattern,
        policy: policyOf(options),
        unset: unsetOf(options),
      } as const;
      const made = (await operate(settingsFor(options), request)) as PolicyListing;
      if (options.json) console.log(escapeJson(JSON.stringify(made)));
      else
        console.log(
          `${escapeForDisplay(made.pattern)}: ${said(made.policy)}. It holds from the next file on.`,
        );
    });
}

/** @throws `bad-setting` */
function policyOf(options: SetOptions): Policy {
  const given: Record<string, unknown> = {};
  for (const field of POLICY_FIELDS) {
    const text = options[optionName(field)];
    if (text === undefined) continue;
    const checked = POLICY_SCHEMAS[field].safeParse(text);
    if (!checked.success) {
      const why = checked.error.issues.map(({ message }) => message).join('; ');
      throw new SesameError('bad-setting', `--${field}: ${why}`);
    }
    given[field] = checked.data;
  }
  return given;
}

/** @throws `bad-setting` */
function unsetOf({ unset = [] }: SetOptions): PolicyField[] {
  return unset.map((name) => {
    const field = POLICY_FIELDS.find((one) => one === name);
    if (field) return field;
    throw new SesameError('bad-setting', `--unset ${name}: a policy has ${POLICY_FIELDS.join(', ')}`);
  });
}

/** As commander calls it: max-bytes is maxBytes. */
function optionName(field: PolicyField): string {
  return field.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function listing(policies: readonly PolicyListing[]): string {
  if (policies.length === 0) return 'There are no policies: sesamed policies set PATTERN --max-bytes 10G';
  const rows = policies.map(({ pattern, from, policy }) => [escapeForDisplay(pattern), from, said(policy)]);
  return formatTable(['PATTERN', 'FROM', 'SAYS'], rows);
}

function said(policy: Policy): string {
  const fields = POLICY_FIELDS.filter((field) => policy[field] !== undefined);
  return fields.map((field) => `${field} ${valueText(field, policy[field])}`).join(', ');
}

function description({
  client,
  holds,
  files,
  bytes,
  claimed_files,
  claimed_bytes,
}: ClientPolicyListing): string {
  const rows = POLICY_FIELDS.map((field) => {
    const { value, from } = holds[field];
    const unsaid = field === 'write-only' ? 'as it joined' : 'none';
    return [
      field,
      value === null ? unsaid : valueText(field, value),
      from === null ? '' : escapeForDisplay(from),
    ];
  });
  return [
    `${escapeForDisplay(client)}: ${files} files, ${formatBytes(bytes)} stored; ` +
      `${claimed_files} files, ${formatBytes(claimed_bytes)} under way`,
    formatTable(['LIMIT', 'VALUE', 'POLICY'], rows),
  ].join('\n');
}

function valueText(field: PolicyField, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return String(value);
  if (!BYTES.has(field)) return String(value);
  return field === 'max-rate' ? `${formatBytes(value)}/s` : formatBytes(value);
}
