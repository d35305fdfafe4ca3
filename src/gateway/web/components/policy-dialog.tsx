import { useState } from 'preact/hooks';
import type { ListedPolicy } from '../../fleet-types.ts';
import { api } from '../api.ts';
import { FieldError } from '../faults.ts';
import { patternFault } from '../pattern-fault.ts';
import { changeOf, draftOf, type AmountField, type PolicyDraft, type YesOrNo } from '../policy-draft.ts';
import { say } from '../toasts.ts';
import { Choice, Field } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { MatchingPreview } from './matching-clients.tsx';
import { Text } from './text.tsx';

const YES_OR_NO: readonly (readonly [YesOrNo, string])[] = [
  ['', 'not said'],
  ['yes', 'yes'],
  ['no', 'no'],
];

const CONFLICTS: readonly (readonly [PolicyDraft['conflict'], string])[] = [
  ['', 'not said'],
  ['replace', 'replace: the newer one takes its place'],
  ['version', 'version: both are kept'],
  ['refuse', 'refuse: the older one stays'],
];

interface PolicyDialogProps {
  /** The operator's policies, among which a new one must not be yet. */
  readonly others: readonly ListedPolicy[];
  /** The one to be changed. */
  readonly policy?: ListedPolicy | undefined;
  /** For whom a new one is, where that is settled. */
  readonly pattern?: string | undefined;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}

/** Makes one of the operator's policies, or changes it. */
export function PolicyDialog({ others, policy, pattern: settled, onSaved, onClose }: PolicyDialogProps) {
  const fixed = policy?.pattern ?? settled;
  const [pattern, setPattern] = useState(fixed ?? '');
  const [draft, setDraft] = useState(() => draftOf(policy));
  const take = (part: Partial<PolicyDraft>): void => setDraft((now) => ({ ...now, ...part }));
  const amount = (field: AmountField, label: string, hint: string) => (
    <Field
      label={label}
      name={field}
      hint={hint}
      optional
      autoComplete="off"
      autoFocus={field === 'max_bytes' && fixed !== undefined}
      value={draft[field]}
      onInput={(text) => take({ [field]: text })}
    />
  );

  return (
    <FormDialog
      title={policy ? 'Change this policy' : 'Make a policy'}
      action={policy ? 'Save policy' : 'Make policy'}
      shape="wide"
      onClose={onClose}
      onSubmit={async () => {
        if (!policy) checkNew(pattern, others);
        const change = changeOf(pattern, draft, policy);
        if (!policy || Object.keys(change).length > 1) await api.setPolicy(change).catch(patternFault);
        say(`The policy for ${pattern} holds from the next file on.`);
        onClose();
        onSaved();
      }}
    >
      {fixed === undefined ? (
        <Field
          label="Clients it is for"
          name="pattern"
          hint={<MatchingPreview pattern={pattern} />}
          autoFocus
          autoComplete="off"
          placeholder="web-*"
          value={pattern}
          onInput={setPattern}
        />
      ) : (
        <p class="thing">
          <Text of={fixed} limit={200} />
        </p>
      )}
      <p class="muted">
        What is left empty the policy says nothing of, and a wider one counts. <code>none</code> is no limit,
        whatever a wider one says.
      </p>
      <div class="form-grid">
        {amount('max_bytes', 'Storage in all', 'such as 10G or 500M')}
        {amount('max_files', 'Files in all', 'such as 1000')}
        {amount('max_file', 'One file', 'such as 2G')}
        {amount('max_rate', 'Rate', 'such as 5M/s')}
        <Choice
          label="Write only"
          value={draft.write_only}
          options={YES_OR_NO}
          onChange={(write_only) => take({ write_only })}
        />
        <Choice
          label="Append only"
          value={draft.append_only}
          options={YES_OR_NO}
          onChange={(append_only) => take({ append_only })}
        />
      </div>
      <Choice
        label="Where another version stands"
        value={draft.conflict}
        options={CONFLICTS}
        onChange={(conflict) => take({ conflict })}
      />
    </FormDialog>
  );
}

/** @throws FieldError */
function checkNew(pattern: string, others: readonly ListedPolicy[]): void {
  const isThere = others.some(
    (one) => one.origin === 'operator' && one.pattern.toLowerCase() === pattern.toLowerCase(),
  );
  if (isThere)
    throw new FieldError({ pattern: 'There is a policy for this pattern already: change that one.' });
}
