import type { PolicyAmount, PolicyFields } from '../../fleet-types.ts';
import { countOf, formatBytes, formatRate } from '../format.ts';

/** What a policy says, in a few words for each field that it says something of. */
export function PolicySays({ policy }: { readonly policy: PolicyFields }) {
  return (
    <ul class="says">
      {statements(policy).map((statement) => (
        <li key={statement}>{statement}</li>
      ))}
    </ul>
  );
}

const amount = (value: PolicyAmount, none: string, some: (limit: number) => string): string | null =>
  value === null ? null : value === 'none' ? none : some(value);

const choice = (value: boolean | null, yes: string, no: string): string | null =>
  value === null ? null : value ? yes : no;

function statements(policy: PolicyFields): readonly string[] {
  const { max_bytes, max_files, max_file, max_rate, write_only, append_only, conflict } = policy;
  return [
    amount(max_bytes, 'any storage', (limit) => `${formatBytes(limit)} in all`),
    amount(max_files, 'any number of files', (limit) => countOf(limit, 'file')),
    amount(max_file, 'files of any size', (limit) => `${formatBytes(limit)} a file`),
    amount(max_rate, 'any rate', formatRate),
    choice(write_only, 'write only', 'may read'),
    choice(append_only, 'append only', 'may replace'),
    conflict === null ? null : `conflict: ${conflict}`,
  ].filter((statement) => statement !== null);
}
