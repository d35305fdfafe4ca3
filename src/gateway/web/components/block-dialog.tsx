import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { say } from '../toasts.ts';
import { Choice, Field } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';

/** In seconds. */
const TIMES = [
  ['900', '15 minutes'],
  ['3600', '1 hour'],
  ['86400', '1 day'],
  ['604800', '7 days'],
  ['2592000', '30 days'],
  ['31536000', '1 year'],
] as const;

const LONGEST_REASON = 200;

/** Shuts somebody out by hand. */
export function BlockDialog({
  onBlocked,
  onClose,
}: {
  readonly onBlocked: () => void;
  readonly onClose: () => void;
}) {
  const [who, setWho] = useState('');
  const [time, setTime] = useState<(typeof TIMES)[number][0]>('3600');
  const [reason, setReason] = useState('');
  return (
    <FormDialog
      title="Block somebody"
      action="Block"
      onClose={onClose}
      onSubmit={async () => {
        const block = await api.block({
          who: who.trim(),
          seconds: Number(time),
          reason: reason.trim() === '' ? null : reason.trim(),
        });
        say(`${block.who} is blocked.`);
        onClose();
        onBlocked();
      }}
    >
      <Field
        label="Who"
        hint={
          <>
            An address, an IPv6 /64, <code>client:NAME</code> or <code>user:NAME</code>. Connections end at
            once.
          </>
        }
        autoFocus
        autoComplete="off"
        value={who}
        onInput={setWho}
      />
      <Choice label="For how long" value={time} options={TIMES} onChange={setTime} />
      <Field
        label="Reason"
        hint="For whoever looks at the list. May be left empty."
        optional
        autoComplete="off"
        maxLength={LONGEST_REASON}
        value={reason}
        onInput={setReason}
      />
    </FormDialog>
  );
}
