import type { ComponentChildren } from 'preact';
import { useContext, useId, useState } from 'preact/hooks';
import { FormFaults } from './form-faults.ts';
import { Text } from './text.tsx';

interface FieldProps {
  readonly label: string;
  /** As what is sent calls it: what the server finds wrong with it is said here. */
  readonly name?: string;
  readonly hint?: ComponentChildren;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly autoComplete?: string;
  readonly autoFocus?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly optional?: boolean;
  readonly placeholder?: string;
}

/** A line of text, which must be given unless it is optional. */
export function Field(props: FieldProps) {
  return <Input {...props} />;
}

/** A password, which can be looked at while it is typed. */
export function PasswordField(props: FieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Input {...props} hidden={!shown}>
      <button
        type="button"
        class="button quiet reveal"
        aria-pressed={shown}
        aria-label={`Show: ${props.label}`}
        onClick={() => setShown(!shown)}
      >
        {shown ? 'Hide' : 'Show'}
      </button>
    </Input>
  );
}

function Input({
  label,
  hint,
  onInput,
  hidden = false,
  optional = false,
  children,
  ...rest
}: FieldProps & { readonly hidden?: boolean; readonly children?: ComponentChildren }) {
  const id = useId();
  const fault = useContext(FormFaults)[rest.name ?? ''];
  const described = [hint !== undefined && `${id}-hint`, fault !== undefined && `${id}-fault`].filter(
    Boolean,
  );
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="input-row">
        <input
          {...rest}
          id={id}
          {...(hidden ? { type: 'password' as const } : { type: 'text' as const })}
          required={!optional}
          spellcheck={false}
          autoCapitalize="off"
          aria-invalid={fault !== undefined}
          aria-describedby={described.length === 0 ? undefined : described.join(' ')}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {children}
      </div>
      {fault !== undefined && (
        <p class="fault" id={`${id}-fault`} role="alert">
          <Text of={fault} />
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, title: string])[];
  readonly onChange: (value: T) => void;
}

/** One of a few. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          const chosen = options.find(([option]) => option === event.currentTarget.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([option, title]) => (
          <option key={option} value={option}>
            {title}
          </option>
        ))}
      </select>
    </div>
  );
}

interface CheckProps {
  readonly label: string;
  readonly hint: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Yes or no. */
export function Check({ label, hint, checked, onChange }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>
        {label}
        <span class="hint">{hint}</span>
      </span>
    </label>
  );
}

/** Looks for something as one types. */
export function SearchField({
  label,
  value,
  onInput,
}: {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}) {
  return (
    <input
      type="search"
      class="search"
      aria-label={label}
      placeholder={label}
      spellcheck={false}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}
