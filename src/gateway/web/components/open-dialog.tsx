import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { formatDuration } from '../format.ts';
import { say } from '../toasts.ts';
import { Choice, Field } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';

type Duration = 'knock' | '300' | '3600' | '28800' | '86400';

/** Lets an address in by hand. */
export function OpenDialog({
  openTime,
  onOpened,
  onClose,
}: {
  /** How long a knock opens, seconds. */
  readonly openTime: number;
  readonly onOpened: () => void;
  readonly onClose: () => void;
}) {
  const [address, setAddress] = useState('');
  const [time, setTime] = useState<Duration>('knock');
  const times: readonly (readonly [Duration, string])[] = [
    ['knock', `as long as a knock: ${formatDuration(openTime)}`],
    ['300', '5 minutes'],
    ['3600', '1 hour'],
    ['28800', '8 hours'],
    ['86400', '1 day'],
  ];
  return (
    <FormDialog
      title="Let an address in"
      action="Let in"
      onClose={onClose}
      onSubmit={async () => {
        const seconds = time === 'knock' ? null : Number(time);
        const opening = await api.openGate({ address: address.trim(), seconds });
        say(`${opening.address} is let in for ${formatDuration(opening.seconds_left)}.`);
        onClose();
        onOpened();
      }}
    >
      <Field
        label="Address"
        hint="One address, as the server sees it: 192.0.2.7 or 2001:db8::7. Connections that are made in this time go on."
        autoFocus
        autoComplete="off"
        value={address}
        onInput={setAddress}
      />
      <Choice label="For how long" value={time} options={times} onChange={setTime} />
    </FormDialog>
  );
}
