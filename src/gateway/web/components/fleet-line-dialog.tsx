import { useState } from 'preact/hooks';
import type { NewFleetLine } from '../../join-types.ts';
import { api } from '../api.ts';
import { FieldError } from '../faults.ts';
import { countOf, formatTime } from '../format.ts';
import { patternFault } from '../pattern-fault.ts';
import { say } from '../toasts.ts';
import { Choice, Field } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { Secret, SecretDialog } from './secret-dialog.tsx';
import { Ago, Text } from './text.tsx';
import { WriteOnlyCheck } from './write-only-check.tsx';

const HOURS = [
  ['1', '1 hour'],
  ['24', '1 day'],
  ['72', '3 days'],
  ['168', '7 days'],
  ['720', '30 days'],
  ['8760', '1 year'],
] as const;

interface DialogProps {
  readonly onMade: () => void;
  readonly onClose: () => void;
}

/** Makes a join line for many machines, and shows it. */
export function FleetLineDialog({ onMade, onClose }: DialogProps) {
  const [pattern, setPattern] = useState('');
  const [uses, setUses] = useState('100');
  const [hours, setHours] = useState<(typeof HOURS)[number][0]>('72');
  const [writeOnly, setWriteOnly] = useState(false);
  const [made, setMade] = useState<NewFleetLine>();
  if (made) return <LineDialog made={made} onClose={onClose} />;

  return (
    <FormDialog
      title="Make a line for many"
      action="Make a join line"
      onClose={onClose}
      onSubmit={async () => {
        const given = uses.trim();
        if (!/^\d+$/.test(given)) throw new FieldError({ uses: 'How many machines? A whole number.' });
        const enrolment = {
          pattern,
          uses: Number(given),
          write_only: writeOnly,
          expires_hours: Number(hours),
        };
        setMade(await api.addFleetLine(enrolment).catch(patternFault));
        say(`Made a join line for ${pattern}.`);
        onMade();
      }}
    >
      <Field
        label="Names of the machines"
        name="pattern"
        hint={
          <>
            <code>*</code> stands for any characters, <code>?</code> for one: <code>web-*</code>. A machine
            whose name does not match is refused.
          </>
        }
        autoFocus
        autoComplete="off"
        value={pattern}
        onInput={setPattern}
      />
      <Field
        label="For how many machines"
        name="uses"
        hint="A machine that has joined can run it again, and uses nothing up."
        autoComplete="off"
        value={uses}
        onInput={setUses}
      />
      <Choice label="The line is good for" value={hours} options={HOURS} onChange={setHours} />
      <WriteOnlyCheck who="They" checked={writeOnly} onChange={setWriteOnly} />
    </FormDialog>
  );
}

function LineDialog({ made, onClose }: { readonly made: NewFleetLine; readonly onClose: () => void }) {
  return (
    <SecretDialog title="Join line" onClose={onClose}>
      <p>
        For {countOf(made.uses, 'machine')} named{' '}
        <strong>
          <Text of={made.pattern} limit={100} />
        </strong>
        , until {formatTime(made.expires)} (<Ago of={made.expires} />
        ). It is not shown again.
      </p>
      <Secret label="the join line" text={made.line} />
      <p class="muted">On each machine, which joins under its host name, or under another with --name:</p>
      <Secret label="the command" text={`sesame enroll '${made.line}'`} />
    </SecretDialog>
  );
}
