import { Check } from './field.tsx';

interface WriteOnlyCheckProps {
  /** Who sends: one machine, or many. */
  readonly who?: 'It' | 'They';
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Whether a machine may send alone. */
export function WriteOnlyCheck({ who = 'It', checked, onChange }: WriteOnlyCheckProps) {
  return (
    <Check
      label="Write only"
      hint={`${who} may send files, and neither list nor fetch any.`}
      checked={checked}
      onChange={onChange}
    />
  );
}
