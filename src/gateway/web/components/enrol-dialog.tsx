import { useState } from 'preact/hooks';
import type { NewJoinLine } from '../../join-types.ts';
import { api } from '../api.ts';
import { formatTime } from '../format.ts';
import { say } from '../toasts.ts';
import { Choice, Field } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { QrCode } from './qr-code.tsx';
import { Secret, SecretDialog } from './secret-dialog.tsx';
import { Ago, Text } from './text.tsx';
import { WriteOnlyCheck } from './write-only-check.tsx';

const HOURS = [
  ['1', '1 hour'],
  ['24', '1 day'],
  ['168', '7 days'],
] as const;

interface EnrolProps {
  readonly onEnrolled: () => void;
  readonly onClose: () => void;
}

/** Makes a join line for a machine, and shows it. */
export function EnrolDialog({ onEnrolled, onClose }: EnrolProps) {
  const [name, setName] = useState('');
  const [writeOnly, setWriteOnly] = useState(false);
  const [hours, setHours] = useState<(typeof HOURS)[number][0]>('24');
  const [made, setMade] = useState<NewJoinLine>();
  if (made) return <JoinLineDialog made={made} onClose={onClose} />;

  return (
    <FormDialog
      title="Enrol a client"
      action="Make a join line"
      onClose={onClose}
      onSubmit={async () => {
        setMade(await api.enrol({ name, write_only: writeOnly, expires_hours: Number(hours) }));
        say(`Made a join line for ${name}.`);
        onEnrolled();
      }}
    >
      <Field
        label="Name of the machine"
        hint="Its files will stand below this name."
        autoFocus
        value={name}
        onInput={setName}
      />
      <Choice label="The line is good for" value={hours} options={HOURS} onChange={setHours} />
      <WriteOnlyCheck checked={writeOnly} onChange={setWriteOnly} />
    </FormDialog>
  );
}

function JoinLineDialog({ made, onClose }: { readonly made: NewJoinLine; readonly onClose: () => void }) {
  return (
    <SecretDialog title="Join line" onClose={onClose}>
      <p>
        Run this on{' '}
        <strong>
          <Text of={made.name} />
        </strong>
        . It works once, until {formatTime(made.expires)} (<Ago of={made.expires} />
        ), and is not shown again.
      </p>
      <Secret label="the command" text={`sesame enroll '${made.line}'`} />
      <div class="join">
        <QrCode text={made.line} label="The join line as a QR code" />
        <div>
          <p class="muted">Or the line alone, by this code or to paste where a join line is asked for:</p>
          <Secret label="the join line" text={made.line} />
        </div>
      </div>
    </SecretDialog>
  );
}
